"""The configuration: merged, validated against a closed schema, with messages that name the key."""

import json
import math
import re
from itertools import combinations
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from adrepro.config.approaches import problems as approach_problems
from adrepro.config.tasks import classes_of, column_of, is_binary, members
from adrepro.core.errors import UserError, nearest, raise_all
from adrepro.core.files import refuse_irregular

PATHS = (
    "cohort",
    "lists",
    "brain_masks",
    "labels",
    "table",
    "folder",
    "weights",
)  # keys that hold a file or a folder where they hold text
SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"
MAX_DEPTH, MAX_VALUES = 20, 100_000  # of a configuration; anchors of YAML can make circles and bombs
# In `results`, where each task has a folder of its name, and among the tables of `results/splits`.
TAKEN = frozenset(
    "checkpoints cohort comparison derivatives features holdout longitudinal models participants pretraining reference "
    "splits volumes balance".split()
)


class _Loader(yaml.SafeLoader):
    """YAML as data, in which no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {', '.join(twice)} appears twice; keep one", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict:
    """A YAML file of `key: value` lines as plain data; whatever is wrong with it is told with its name."""
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
        raise UserError(f"{path}: __use_yte__ runs code out of a configuration; take it away, and ask who wrote it")
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
    plain, problems = _plain(config)
    raise_all(problems, f"configuration ({where})")
    config.update({key: _as_meant(value) for key, value in plain.items()})
    for section in ("tasks", "approaches", "pretraining"):
        entries = config.get(section)
        if isinstance(entries, dict):
            config[section] = {name: value for name, value in entries.items() if value is not None}
    schema = read_yaml(SCHEMA)
    plain = json.loads(json.dumps(config))
    problems = [
        problem
        for error in sorted(Validator(schema).iter_errors(plain), key=lambda e: list(map(str, e.absolute_path)))
        for problem in _explain(error)
    ]
    raise_all(problems or _across_keys(plain), f"configuration ({where})")


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# A whole number is written as one: 20.0 is no seed.
Validator = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def _plain(config: dict) -> tuple[dict, list[str]]:
    """A copy of plain mappings, lists and values (Snakemake hands over its own kinds), and what cannot be one."""
    problems: list[str] = []
    left = [MAX_VALUES]

    def copy(value: object, path: str, depth: int) -> object:
        left[0] -= 1
        if left[0] < 0 or depth > MAX_DEPTH:
            if not problems or "too large" not in problems[-1]:
                problems.append(f"{path}: too large or too deep for a configuration; write it out without anchors")
            return None
        if hasattr(value, "items"):
            if not all(isinstance(key, str) for key in value):
                wrong = [key for key in value if not isinstance(key, str)]
                problems.append(f"{path or 'top level'}: key {wrong[0]!r} is no text; put it in quotes")
            return {str(k): copy(v, f"{path}.{k}" if path else str(k), depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [copy(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            problems.append(f"{path}: {value} is no number that can be used; write a finite one")
        elif value is not None and not isinstance(value, str | int | float | bool):
            problems.append(f"{path}: {str(value)[:40]!r} is a {type(value).__name__}; put it in quotes or correct it")
            return str(value)[:40]
        elif isinstance(value, int) and abs(value) > 2**53:
            problems.append(f"{path}: too large a number")
        return value

    return copy(config, "", 0), problems  # type: ignore[return-value]


def _explain(error) -> list[str]:
    path = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [key for key in error.instance if key not in known]
        return [f"unknown key '{path + '.' if path else ''}{key}'{nearest(key, known)}" for key in unknown]
    if error.validator in ("oneOf", "anyOf") and error.context:
        meant = [one for one in error.context if one.validator != "type"] or error.context  # a form of its own type
        closest = _explain(best_match(meant))
        return [f"{path}: {error.instance!r} fits no accepted form; nearest: {'; '.join(closest)}"]
    hint = ""
    if error.validator == "type" and isinstance(error.instance, str) and _NUMBER.fullmatch(error.instance):
        hint = f"; YAML takes it for text: write it with a point and a sign, such as {float(error.instance):.1e}"
    return [f"{path or 'top level'}: {error.message}{hint}"]


def _across_keys(config: dict) -> list[str]:
    """Rules between keys, which a schema cannot say."""
    problems = [
        f"tasks.{name}: results has a folder or table of this name; choose another"
        for name in config["tasks"]
        if name.lower() in TAKEN
    ]
    limits = {f"quality.limits.{name}": limit for name, limit in config["quality"]["limits"].items()}
    problems += [f"{name}: {low:g} is above {high:g}; swap them" for name, (low, high) in limits.items() if low > high]
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
