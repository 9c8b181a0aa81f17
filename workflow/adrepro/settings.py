"""The configuration: merged, validated against a closed schema, with messages that name the key."""

import json
from itertools import combinations
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from .approaches import problems as approach_problems
from .errors import UserError, nearest, raise_all
from .tasks import classes_of, column_of, is_binary, members

PATHS = (
    "cohort",
    "lists",
    "brain_masks",
    "labels",
    "table",
    "folder",
)  # keys that hold a file or a folder where they hold text
SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"


def read_yaml(path: Path) -> dict:
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected lines of `key: value`")
    return content


def value_at(config: dict, keys: tuple[str, ...]) -> object:
    """The value below nested `keys`, or None where there is none."""
    for key in keys:
        config = config.get(key) if isinstance(config, dict) else None  # type: ignore[assignment]
    return config


def without_folders(config: dict) -> dict:
    """A copy in which every file is named without its folders: paths of a machine are nobody's business in a report."""
    if isinstance(config, dict):
        return {
            key: Path(value).name if key in PATHS and isinstance(value, str) else without_folders(value)
            for key, value in config.items()
        }
    return config


def load_settings(paths: list[Path]) -> dict:
    """Configuration from files, each one changing the ones before it, validated."""
    config: dict = {}
    for path in paths:
        merge(config, read_yaml(path))
    validate(config, ", ".join(map(str, paths)))
    return config


def merge(base: dict, change: dict) -> None:
    """Update `base` in place, section by section (as Snakemake does)."""
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value


def _as_meant(value: object) -> object:
    """A value in which the texts `null`, `true` and `false` are what they say: `--config` hands them over as text."""
    if isinstance(value, dict):
        return {key: _as_meant(inner) for key, inner in value.items()}
    return {"null": None, "true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def validate(config: dict, where: str) -> None:
    """Raise a `UserError` that lists every unknown key, wrong type and value out of range in `config`.

    Tasks and approaches that a later file set to null are taken away first, in place.
    """
    config.update({key: _as_meant(value) for key, value in config.items()})
    for section in ("tasks", "approaches", "pretraining"):
        entries = config.get(section)
        if isinstance(entries, dict):
            config[section] = {name: value for name, value in entries.items() if value is not None}
    schema = read_yaml(SCHEMA)
    # Through JSON, since Snakemake hands over ordered and frozen mappings.
    plain = json.loads(json.dumps(config))
    problems = [
        problem
        for error in sorted(
            Draft202012Validator(schema).iter_errors(plain), key=lambda e: list(map(str, e.absolute_path))
        )
        for problem in _explain(error)
    ]
    raise_all(problems or _across_keys(plain), f"configuration ({where})")


def _explain(error) -> list[str]:
    path = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [key for key in error.instance if key not in known]
        return [f"unknown key '{path + '.' if path else ''}{key}'{nearest(key, known)}" for key in unknown]
    if error.validator in ("oneOf", "anyOf") and error.context:
        return [f"{path}: {error.instance!r} fits no accepted form"]
    return [f"{path or 'top level'}: {error.message}"]


def _across_keys(config: dict) -> list[str]:
    """Rules between keys, which a schema cannot say."""
    problems = []
    for name, task in config["tasks"].items():
        if sum((key in task) for key in ("positive", "classes", "predict")) != 1 or ("positive" in task) != (
            "negative" in task
        ):
            problems.append(f"tasks.{name}: give positive and negative, or classes, or predict")
            continue
        expanded = [set(members(v) if column_of(task) == "label" else v) for v in classes_of(task).values()]
        for one, other in combinations(expanded, 2):
            if one & other:
                problems.append(f"tasks.{name}: {', '.join(sorted(one & other))} cannot be in two classes")
    if not any(is_binary(task) for task in config["tasks"].values()):
        problems.append("tasks: the approaches need at least one task with positive and negative")
    problems += approach_problems(config)
    preprocessing = config["preprocessing"]
    if preprocessing["brain_extraction"] == "provided" and not preprocessing["brain_masks"]:
        problems.append("preprocessing.brain_masks: name the folder of BIDS derivatives that holds the brain masks")
    return problems
