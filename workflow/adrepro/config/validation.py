"""Validation of a configuration against the settings classes, with errors that name the key."""

import json
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import Tag, ValidationError

from adrepro.config.as_meant import repaired
from adrepro.config.consistency import contradictions
from adrepro.config.further_atlases import with_further_atlases
from adrepro.config.renames import renamed_keys
from adrepro.config.settings.base import Section
from adrepro.config.settings.study import StudySettings
from adrepro.core.errors import raise_if_any, suggest


def validate(config: dict[str, Any], where: str) -> StudySettings:
    """Return the settings of a configuration of plain values; values of another type are replaced if they can be read.

    Raises
    ------
    UserError
        Lists every key of an earlier version with its new name; else every unknown key, wrong type and value out of
        range; else every contradiction between keys.
    """
    raise_if_any(renamed_keys(config), f"configuration of an earlier version ({where}), rename its keys")
    try:
        settings = StudySettings.model_validate_json(json.dumps(config))
    except ValidationError as error:
        if repaired(config, error.errors()):
            return validate(config, where)
        faults = sorted(error.errors(), key=lambda fault: list(map(str, fault["loc"])))
        raise_if_any(map(explain, faults), f"configuration ({where})")
        raise
    settings = with_further_atlases(settings)
    raise_if_any(contradictions(settings), f"configuration ({where})")
    return settings


def explain(fault: Mapping[str, Any], root: type[Section] = StudySettings) -> str:
    """Return one fault that pydantic found as a line with the key, what was expected and what was given.

    Parameters
    ----------
    fault : mapping
        Entry of `ValidationError.errors`.
    root : type of Section
        Class that was validated; the nearest of its keys is suggested for an unknown one.
    """
    # Tags of alternatives, which hold a space, are no keys.
    keys = [
        str(key) for key in fault["loc"] if not (isinstance(key, str) and " " in key and key.startswith(("a ", "one ")))
    ]
    path = ".".join(keys) or "top level"
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{path}'{suggest(keys[-1], known_keys(keys[:-1], fault, root))}"
    if fault["type"] == "missing":
        return f"{path}: missing; add this key"
    expected = (
        fault["msg"]
        .removeprefix("Value error, ")
        .replace("Input should be ", "expected ")
        .replace("String should", "expected text that should")
    )
    expected = expected.replace("Input should", "expected to").replace("'", "")
    given = fault["input"]
    hint = ""
    if isinstance(given, bool) and fault["type"] == "string_type":
        hint = "; YAML reads no, off, yes and on so: put it in quotes"
    return f"{path.removesuffix('.[key]')}: {expected}, got {shown(given)}{hint}"


def shown(value: object) -> str:
    """Return a value as it may stand in an error: short, text in quotes.

    Parameters
    ----------
    value : object
        Plain value of a configuration.

    Returns
    -------
    str
        At most 80 characters, and an ellipsis.
    """
    text = repr(value) if not isinstance(value, dict | list) else json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:80]} ..."


def known_keys(path: list[str], fault: Mapping[str, Any], root: type[Section]) -> list[str]:
    """Return the keys of the section at `path` below the class `root`.

    Parameters
    ----------
    path : list of str
        Names of the outer sections, positions in lists and names of approaches among them.
    fault : mapping
        Entry of `ValidationError.errors`; its tags name the class of an alternative.
    root : type[Section]
        Class that was validated.

    Returns
    -------
    list of str
        Empty if the path leads to no section.
    """
    tags = [str(part) for part in fault["loc"]]
    kind: Any = root
    for key in path:
        if get_origin(kind) in (dict, list):  # a name of the user's, or a position
            kind = get_args(kind)[-1]
        else:
            section = _section_in(kind, tags)
            kind = section.model_fields[key].annotation if section and key in section.model_fields else None
    section = _section_in(kind, tags)
    return list(section.model_fields) if section else []


def _section_in(kind: Any, tags: list[str]) -> type[Section] | None:
    """Return the section class of a type; of alternatives the one that a tag in `tags` names."""
    if isinstance(kind, type) and issubclass(kind, Section):
        return kind
    named = [part.tag for part in getattr(kind, "__metadata__", ()) if isinstance(part, Tag)]
    if named and named[0] not in tags:
        return None
    return next((found for part in get_args(kind) if (found := _section_in(part, tags))), None)
