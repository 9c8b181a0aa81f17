"""BIDS datasets and columns that the flags of `adrepro cohort` name."""

import os
import re
from pathlib import Path

import yaml

from adrepro.cohort.bids.dataset_index import Dataset
from adrepro.cohort.tables.clinical_presets import CLINICAL, PRESETS
from adrepro.core.errors import UserError, raise_if_any


def read_columns(path: Path) -> dict[str, str]:
    """Return the columns of clinical values from a YAML file.

    Parameters
    ----------
    path : Path
        YAML with lines such as `diagnosis: group`.

    Raises
    ------
    UserError
        If the file holds anything else.
    """
    mapping = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if (
        not isinstance(mapping, dict)
        or not set(mapping) <= set(CLINICAL)
        or not all(isinstance(column, str) for column in mapping.values())
    ):
        raise UserError(f"{path}: expected lines such as `diagnosis: group`, for {', '.join(CLINICAL)}")
    return mapping


def list_datasets(
    bids: list[str],
    dataset: list[str] | None,
    prefix: list[str] | None,
    preset: list[str],
    external: list[str],
    tables: list[str],
    filters: list[str] | None = None,
) -> list[Dataset]:
    """Return the BIDS datasets of a cohort sheet.

    Parameters
    ----------
    bids : list of str
        Folders.
    dataset, prefix : list of str, optional
        Names, and prefixes of participant ids, one for each folder; by default names of the folders, and none.
    preset : list of str
        Names of presets, one for all or each folder; empty for `generic`.
    external : list of str
        Names of the datasets for external testing.
    tables : list of str
        Clinical tables: `NAME=FILE` for one dataset, of which there can be several, in order of preference; files alone
        for each folder in order; or one file for all.
    filters : list of str, optional
        Entities that the names of images must hold, such as `acq=mprage`.

    Raises
    ------
    UserError
        If the lists differ in length, or a dataset is unknown.
    """
    folders = [Path(folder) for folder in bids]
    names = dataset or [Path(os.path.realpath(folder)).name for folder in folders]
    prefixes = prefix or [""] * len(folders)
    presets = preset or ["generic"]
    presets = presets * len(folders) if len(presets) == 1 else presets
    flags = (("--dataset", names), ("--prefix", prefixes), ("--preset", presets))
    raise_if_any(
        (
            f"{len(values)} {flag} for {len(folders)} --bids; give one for each, in order"
            for flag, values in flags
            if len(values) != len(folders)
        ),
        "adrepro cohort",
    )
    raise_if_any(
        (f"--external {e} is none of {', '.join(names)}" for e in external if e not in names), "adrepro cohort"
    )
    joined, entities = _tables_of(names, tables), read_filters(filters or [])
    return [
        Dataset(
            folder, name, "external" if name in external else "study", PRESETS[chosen], start, joined[name], entities
        )
        for folder, name, chosen, start in zip(folders, names, presets, prefixes, strict=True)
    ]


def read_filters(filters: list[str]) -> dict[str, str]:
    """Return entities of BIDS names from `acq=mprage`, also written `acq-mprage`.

    Parameters
    ----------
    filters : list of str
        One entity and its value each.

    Raises
    ------
    UserError
        If a filter is none, or an entity has two values.
    """
    pairs = [re.fullmatch(r"([a-z]+)[=-]([A-Za-z0-9]+)", text) for text in filters]
    problems = [
        f"--filter {text}: expected an entity of BIDS names and its value, such as acq=mprage or run=1"
        for text, pair in zip(filters, pairs, strict=True)
        if not pair or pair[1] in ("sub", "ses")
    ]
    found: dict[str, str] = {}
    for pair in filter(None, pairs):
        if found.setdefault(pair[1], pair[2]) != pair[2]:
            problems.append(f"--filter {pair[1]}: {found[pair[1]]} and {pair[2]}; give one")
    raise_if_any(problems, "adrepro")
    return found


def _tables_of(names: list[str], tables: list[str]) -> dict[str, list[Path]]:
    """Return the clinical tables of each dataset."""
    found: dict[str, list[Path]] = {name: [] for name in names}
    named = [(name, file) for name, equals, file in (table.partition("=") for table in tables) if equals]
    alone = [table for table in tables if "=" not in table]
    problems = [
        f"--table {name}={file}: {name} is none of {', '.join(names)}" for name, file in named if name not in found
    ]
    if alone and (named or (len(alone) not in (1, len(names)) and len(names) > 1)):
        problems.append(
            f"--table {alone[0]}: say of which dataset, as {names[0]}={alone[0]}; files alone are one for all, or one "
            "for each --bids"
        )
    raise_if_any(problems, "adrepro cohort")
    for name, file in named:
        found[name].append(Path(file))
    if len(names) == 1:
        found[names[0]] += map(Path, alone)
        return found
    for name, file in zip(names, alone * len(names) if len(alone) == 1 else alone, strict=False):
        found[name].append(Path(file))
    return found
