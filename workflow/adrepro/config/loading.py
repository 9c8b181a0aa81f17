"""Read configuration files: YAML as data, merged in the order of the files."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from adrepro.config.settings.study import StudySettings
from adrepro.config.validation import validate
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import refuse_irregular

MAX_DEPTH, MAX_VALUES = 20, 100_000  # of a configuration; anchors of YAML can make circles and bombs
WORDS = {"null": None, "true": True, "false": False}


class _Loader(yaml.SafeLoader):
    """YAML without tags, in which no key appears twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {', '.join(twice)} appears twice; keep one", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of `key: value` lines as plain data.

    Raises
    ------
    UserError
        Names the file and the fault: no such file, no YAML, a key that appears twice, or code in YAML.
    """
    try:
        refuse_irregular(path)
        content = _Loader(Path(path).read_text(encoding="utf-8-sig")).get_single_data() or {}
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected lines of `key: value`")
    if "__use_yte__" in content:  # Snakemake would take its values for Python and run them
        raise UserError(
            f"{path}: __use_yte__ runs code from a configuration; remove it, and it may come from an untrusted source"
        )
    return content


def merge(base: dict[str, Any], change: dict[str, Any]) -> None:
    """Update `base` in place with `change`, section by section, as Snakemake merges configuration files.

    Parameters
    ----------
    base : dict
        Sections that are changed in place.
    change : dict
        Sections with the new values; null replaces a section.
    """
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value


def load_settings(paths: Sequence[Path]) -> StudySettings:
    """Return the validated settings of configuration files, each of which changes those before it.

    Parameters
    ----------
    paths : sequence of Path
        YAML files, the strongest last.

    Returns
    -------
    StudySettings

    Raises
    ------
    UserError
        Lists every unknown key, wrong type and value out of range.
    """
    config: dict[str, Any] = {}
    for path in paths:
        merge(config, read_yaml(path))
    return settings_of(config, ", ".join(map(str, paths)))


def settings_of(config: dict[str, Any], where: str) -> StudySettings:
    """Return the validated settings of a merged configuration.

    Parameters
    ----------
    config : dict
        The configuration as Snakemake or YAML give it.
    where : str
        Names the configuration in errors.

    Raises
    ------
    UserError
        Lists every fault: unknown, renamed and missing keys, wrong types, values out of range, contradictions.
    """
    return validate(plain(config, where), where)


def plain(config: dict[str, Any], where: str) -> dict[str, Any]:
    """Return a copy of plain mappings, lists and values, without tasks and approaches that are null.

    Snakemake hands over its own kinds of mappings, and `--config` hands over `null`, `true` and `false` as text.

    Raises
    ------
    UserError
        Lists values that cannot be in a configuration: dates, infinite numbers, circles of anchors.
    """
    problems: list[str] = []
    left = MAX_VALUES

    def copy(value: Any, path: str, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > MAX_DEPTH:
            if not problems or "too large" not in problems[-1]:
                problems.append(f"{path}: too large or too deep for a configuration; write it out without anchors")
            return None
        if hasattr(value, "items"):
            wrong = [key for key in value if not isinstance(key, str)]
            if wrong:
                problems.append(f"{path or 'top level'}: key {wrong[0]!r} is no text; put it in quotes")
            return {str(k): copy(v, f"{path}.{k}" if path else str(k), depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [copy(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            problems.append(f"{path}: {value} is not a usable number; write a finite one")
        elif value is not None and not isinstance(value, str | int | float | bool):
            problems.append(f"{path}: {str(value)[:40]!r} is a {type(value).__name__}; put it in quotes or correct it")
            return str(value)[:40]
        elif isinstance(value, int) and abs(value) > 2**53:
            problems.append(f"{path}: too large a number")
        return WORDS.get(value, value) if isinstance(value, str) else value

    found = copy(config, "", 0)
    raise_if_any(problems, f"configuration ({where})")
    for section in ("tasks", "approaches", "pretraining"):
        entries = found.get(section)
        if isinstance(entries, dict):
            found[section] = {name: value for name, value in entries.items() if value is not None}
    return found


def value_at(config: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """Return the value below nested `keys`, or None where there is none.

    Parameters
    ----------
    config : dict
        Plain values of a configuration.
    keys : tuple of str
        Names of the sections, then of the key.

    Returns
    -------
    object
    """
    value: Any = config
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
