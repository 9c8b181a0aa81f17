"""Base class of all sections, and types that several of them use."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, StringConstraints, model_serializer
from pydantic.config import JsonDict


class Section(BaseModel):
    """A section of the configuration: immutable, without unknown keys, and without conversion between types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SparseSection(Section):
    """A section whose keys may be absent; only those that were given are written."""

    @model_serializer(mode="wrap")
    def _given_keys(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any] | None:
        if self is None:  # a section that an entry of approaches does not give
            return None
        return {key: value for key, value in handler(self).items() if key in self.model_fields_set}


def setting(
    default: Any = ..., *, description: str, unit: str | None = None, source: str | None = None, **limits: Any
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
    **limits
        Limits of pydantic's `Field`, such as `ge` or `max_length`.
    """
    extra: JsonDict = {name: text for name, text in (("unit", unit), ("source", source)) if text}
    if isinstance(default, list | dict):
        return Field(default_factory=lambda: default, description=description, json_schema_extra=extra, **limits)
    return Field(default, description=description, json_schema_extra=extra, **limits)


Text = Annotated[str, StringConstraints(min_length=1)]
TaskName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]
ApproachName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Iterations = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
DerivedFrom = Annotated[
    str, StringConstraints(pattern=r"^(participants|others)$"), Field(examples=["participants", "others"])
]
