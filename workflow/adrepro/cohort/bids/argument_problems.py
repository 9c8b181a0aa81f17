"""Problems of the arguments of `adrepro cohort`, which hold for any content of the files."""

import os
from pathlib import Path

from adrepro.cohort.bids.dataset_index import Dataset
from adrepro.cohort.cohort_sheet import COLUMNS, EXCLUDED, NAME
from adrepro.cohort.tables.clinical_presets import CLINICAL, EXTRA

CONFLICTS = "cohort_conflicts.tsv"


def argument_problems(datasets: list[Dataset], out: Path, keep: list[str], constant: list[str]) -> list[str]:
    """Return the problems of the arguments of `make_sheet`, which hold for any content of the files.

    Parameters
    ----------
    datasets, out, keep
        As in `make_sheet`.
    constant : list of str
        As in `make_sheet`, in lower case.

    Returns
    -------
    list of str
        One line per problem.
    """
    names = [dataset.name for dataset in datasets]
    inputs = [path for dataset in datasets for path in (dataset.folder / "participants.tsv", *dataset.tables)]
    problems = [f"two datasets are called {name}; name them with --dataset" for name in names if names.count(name) > 1]
    problems += [
        f"dataset {n!r} must match {NAME.pattern}; name it with --dataset" for n in names if not NAME.fullmatch(n)
    ]
    problems += [
        f"--prefix {d.prefix!r} must be letters and digits"
        for d in datasets
        if not (d.prefix + "a").isalnum() or not d.prefix.isascii()
    ]
    if os.path.realpath(out) in map(os.path.realpath, inputs):
        problems.append(f"--out {out} is an input; choose another name")
    inside = [dataset.folder for dataset in datasets if _inside(out, dataset.folder)]
    problems += [f"--out {out} lies in a folder of a participant of {folder}; choose another" for folder in inside]
    if out.name in (EXCLUDED, CONFLICTS) or out.is_dir():
        problems.append(f"--out {out}: expected the name of a sheet, such as cohort.tsv")
    possible = (*CLINICAL, *EXTRA, *(column.lower() for column in keep))
    problems += [
        f"--constant {name}: expected one of {', '.join(possible)}" for name in constant if name not in possible
    ]
    taken = [column for column in keep if column.lower() in COLUMNS]
    problems += [f"--keep {column}: the sheet has that column already" for column in taken]
    lower = [column.lower() for column in keep]
    problems += [f"--keep {column} is named twice" for column in sorted({c for c in lower if lower.count(c) > 1})]
    return list(dict.fromkeys(problems))


def _inside(out: Path, bids: Path) -> bool:
    """Return whether a file lies in the folder of a participant."""
    own, root = Path(os.path.realpath(out)), Path(os.path.realpath(bids))
    return own.is_relative_to(root) and own.relative_to(root).parts[0].startswith("sub-")
