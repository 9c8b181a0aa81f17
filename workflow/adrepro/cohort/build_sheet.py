"""Build the cohort sheet of BIDS datasets (`adrepro cohort`)."""

import os
import re
from collections import Counter
from pathlib import Path

import pandas as pd

from adrepro.cohort.clinical_presets import EXTRA, with_columns
from adrepro.cohort.clinical_table import read_clinical_table
from adrepro.cohort.cohort_sheet import COLUMNS, EXCLUDED, EXCLUDED_COLUMNS, NAME, shared_ids
from adrepro.cohort.dataset_index import CohortIndex, Dataset, index_dataset
from adrepro.core.errors import raise_if_any
from adrepro.core.files import MISSING, replacing
from adrepro.core.tables import write_table
from adrepro.core.user_tables import LINE

SHOWN = 20  # excluded visits that are listed on the console; more are counted by reason


def make_sheet(
    datasets: list[Dataset],
    out: Path,
    mapping: dict[str, str],
    table: Path | None = None,
    keep: list[str] | None = None,
) -> str:
    """Write the cohort sheet, and `cohort_excluded.tsv` beside it.

    Nothing is written, and an older sheet stays as it is, unless every row is valid.

    Parameters
    ----------
    datasets : list of Dataset
        BIDS datasets.
    out : Path
        Sheet to write, with the columns `cohort_sheet.COLUMNS` and further ones; paths of scans are relative to it.
    mapping : dict
        Column of the input tables for a clinical value, such as `{"diagnosis": "group"}`.
    table : Path, optional
        One more clinical table, joined by participant and visit.
    keep : list of str, optional
        Further columns of the input tables for the sheet.

    Returns
    -------
    str
        Summary for the console.

    Raises
    ------
    UserError
        Lists all problems of all datasets.
    """
    keep = list(dict.fromkeys(keep or []))
    raise_if_any(argument_problems(datasets, out, table, keep), "adrepro cohort")
    extra, found = read_clinical_table(table), CohortIndex()
    for dataset in datasets:
        dataset.preset = with_columns(dataset.preset, mapping)
        one = index_dataset(dataset, out.absolute().parent, extra, keep)
        named = {**mapping, **{k: k for k in keep}} if one.columns else {}
        found.rows, found.excluded = found.rows + one.rows, found.excluded + one.excluded
        found.problems += _unknown_columns(dataset.folder, one.columns, named) + one.problems
    kept = [column for column in dict.fromkeys((*EXTRA, *keep)) if any(column in row for row in found.rows)]
    sheet = pd.DataFrame(found.rows, columns=[*COLUMNS, *kept]).fillna(MISSING)
    raise_if_any([*found.problems, *extra.problems(), *shared_ids(sheet)], "the cohort cannot be written")
    excluded = pd.DataFrame(found.excluded, columns=list(EXCLUDED_COLUMNS))
    with replacing(out) as temporary:  # neither table is replaced unless both can be
        write_table(temporary, sheet)
        write_table(out.parent / EXCLUDED, excluded)
    return "\n".join([*summary(out, sheet, found.excluded), *extra.summary()])


def argument_problems(datasets: list[Dataset], out: Path, table: Path | None, keep: list[str]) -> list[str]:
    """Return the problems of the arguments of `make_sheet`, which hold for any content of the files.

    Parameters
    ----------
    datasets, out, table, keep
        As in `make_sheet`.

    Returns
    -------
    list of str
        One line per problem.
    """
    names = [dataset.name for dataset in datasets]
    inputs = [*(dataset.folder / "participants.tsv" for dataset in datasets), *([table] if table else [])]
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
    if out.name == EXCLUDED or out.is_dir():
        problems.append(f"--out {out}: expected the name of a sheet, such as cohort.tsv")
    taken = [column for column in keep if column.lower() in COLUMNS]
    problems += [f"--keep {column}: the sheet has that column already" for column in taken]
    lower = [column.lower() for column in keep]
    problems += [f"--keep {column} is named twice" for column in sorted({c for c in lower if lower.count(c) > 1})]
    return list(dict.fromkeys(problems))


def _unknown_columns(folder: Path, known: set[str], named: dict[str, str]) -> list[str]:
    lower = {column.lower() for column in known}
    available = ", ".join(sorted(known - {LINE}))
    return [
        f"{folder}: no column {column!r} for {kind}; there are {available}"
        for kind, column in named.items()
        if column.lower() not in lower
    ]


def summary(out: Path, sheet: pd.DataFrame, excluded: list[tuple[str, str, str]]) -> list[str]:
    """Return the summary of a sheet, line by line.

    Parameters
    ----------
    out : Path
        The sheet that was written.
    sheet : DataFrame
        Its rows.
    excluded : list of tuple
        Participant, session and reason of what was excluded.
    """
    scanned = int((sheet["t1w"] != MISSING).sum())
    lines = [f"{out}: {sheet['participant_id'].nunique()} participants, {len(sheet)} visits, {scanned} with a scan"]
    lines += [f"  {d}: {n} participants" for d, n in sheet.groupby("dataset")["participant_id"].nunique().items()]
    lines += [f"  diagnosis {d}: {n} visits" for d, n in sheet["diagnosis"].value_counts().sort_index().items()]
    if len(excluded) <= SHOWN:
        return lines + [f"  left out: {participant} {session}: {why}" for participant, session, why in excluded]
    varying = re.compile(r"\S+\.nii\S*|(?<=age )\S+")
    reasons = Counter(varying.sub("...", reason) for _, _, reason in excluded)
    lines += [f"  left out: {n} times {reason}" for reason, n in reasons.most_common()]
    return [*lines, f"  list: {out.parent / EXCLUDED}"]
