"""Base class of all sections, and types that several of them use."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)
from pydantic.config import JsonDict


class Section(BaseModel):
    """A section of the configuration: immutable, without unknown keys, and without conversion between types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class SparseSection(Section):
    """A section whose keys may be absent; only those that were given are written, at all levels."""

    model_config = ConfigDict(validate_default=False)

    @model_serializer(mode="wrap")
    def _given_keys(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        if info.exclude_unset:
            return handler(self)
        return self.model_dump(mode=info.mode, exclude_unset=True)


def setting(
    default: Any = ...,
    *,
    description: str,
    unit: str | None = None,
    source: str | None = None,
    default_from: str | None = None,
    **limits: Any,
) -> Any:
    """Declare a key of a section.

    Parameters
    ----------
    default : object, optional
        Value where the configuration has none; without it the key is required.
    description : str
        One or more sentences for the reference.
    unit : str, optional
        Unit of the value.
    source : str, optional
        Publication that the key, or its default, comes from.
    default_from : str, optional
        Key whose value an entry of the configuration has where it does not set this one.
    **limits
        Limits of pydantic's `Field`, such as `ge` or `max_length`.
    """
    given = (("unit", unit), ("source", source), ("default_from", default_from))
    extra: JsonDict = {name: text for name, text in given if text}
    if isinstance(default, list | dict):
        return Field(default_factory=lambda: default, description=description, json_schema_extra=extra, **limits)
    return Field(default, description=description, json_schema_extra=extra, **limits)


Text = Annotated[str, StringConstraints(min_length=1)]
TaskName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]
ApproachName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Iterations = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
DerivedFrom = Literal["participants", "others"]
