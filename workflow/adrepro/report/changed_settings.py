"""Settings, versions and inputs in which two runs differ."""

from collections.abc import Mapping
from typing import Any


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    """Return nested settings as a flat mapping with dotted keys.

    Parameters
    ----------
    config : mapping
        Nested settings.
    prefix : str
        Start of every key.

    Returns
    -------
    dict
        Value by dotted key.
    """
    flat: dict[str, object] = {}
    for key, value in config.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def changed_settings(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the settings, versions and checksums of inputs in which two studies differ.

    Parameters
    ----------
    one, other : mapping
        Content of `study.json` of both runs.

    Returns
    -------
    list of dict
        Rows `section key a b`.
    """
    rows = []
    for section in ("config", "packages", "inputs"):
        a, b = flatten(one[section]), flatten(other[section])
        for key in sorted(set(a) | set(b)):
            if a.get(key) != b.get(key):
                rows.append({"section": section, "key": key, "a": _text(a.get(key)), "b": _text(b.get(key))})
    if one["adrepro"] != other["adrepro"]:
        rows.insert(0, {"section": "packages", "key": "adrepro", "a": one["adrepro"], "b": other["adrepro"]})
    return rows


def _text(value: object) -> str:
    return "none" if value is None else str(value)
