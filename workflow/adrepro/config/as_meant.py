"""Values that YAML or the command line read otherwise than people: `1e-4`, `2e1`, `{folds: 2}` of `--config`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def as_meant(value: Any, expected: str) -> Any:
    """Return a value as the type that its key expects, if it can be read as such; else the value itself.

    Numbers with an exponent and without a point are text for YAML 1.1, and Snakemake takes all values within braces of
    `--config` for text.

    Parameters
    ----------
    value : object
        Plain value of a configuration.
    expected : str
        Type of a fault of pydantic, such as `int_type` or `float_parsing`.
    """
    if isinstance(value, str) and expected.startswith("bool"):
        return BOOLEANS.get(value.casefold(), value)
    if not expected.startswith(("int", "float")) or isinstance(value, bool):
        return value
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value) if expected.startswith("float") or not value.lstrip("+-").isdecimal() else int(value)
    if isinstance(value, float) and expected.startswith("int") and value.is_integer():
        return int(value)
    return value


def repaired(config: dict[str, Any], faults: Iterable[Mapping[str, Any]]) -> bool:
    """Replace the values of faults, in place, by what their keys expect; return whether any could be read as such.

    Parameters
    ----------
    config : dict
        Plain values of a configuration.
    faults : iterable of mapping
        Entries of `ValidationError.errors`.
    """
    changed = False
    for fault in faults:
        place, key = None, None
        value: Any = config
        for part in fault["loc"]:  # names of alternatives are among the keys
            inside = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
            if inside:
                place, key, value = value, part, value[part]
        meant = as_meant(value, fault["type"])
        if place is not None and (type(meant) is not type(value)):
            place[key] = meant
            changed = True
    return changed
