"""Build the cohort sheet of BIDS datasets (`adrepro cohort`)."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

from adrepro.cohort.bids.argument_problems import CONFLICTS, argument_problems
from adrepro.cohort.bids.dataset_index import CohortIndex, Dataset, index_dataset
from adrepro.cohort.cohort_sheet import COLUMNS, EXCLUDED, EXCLUDED_COLUMNS, shared_ids
from adrepro.cohort.tables.clinical_presets import EXTRA, columns_read, with_columns
from adrepro.cohort.tables.clinical_table import ClinicalTable, read_clinical_table
from adrepro.core.errors import raise_if_any
from adrepro.core.files import MISSING, replacing
from adrepro.core.tables import write_table
from adrepro.core.user_tables import LINE

CONFLICT_COLUMNS = ["participant_id", "session_id", "value", "used", "used_source", "other", "other_source"]
SHOWN = 20  # excluded visits and conflicts that are listed on the console; more are counted


def make_sheet(
    datasets: list[Dataset],
    out: Path,
    mapping: dict[str, str],
    keep: list[str] | None = None,
    tables_first: bool = False,
    constant: list[str] | None = None,
) -> str:
    """Write the cohort sheet, with `cohort_excluded.tsv` and, if tables disagree, `cohort_conflicts.tsv` beside it.

    Nothing is written, and an older sheet stays as it is, unless every row is valid.

    Parameters
    ----------
    datasets : list of Dataset
        BIDS datasets, with the clinical tables of each.
    out : Path
        Sheet to write, with the columns `cohort_sheet.COLUMNS` and further ones; paths of scans are relative to it.
    mapping : dict
        Column of the input tables for a clinical value, such as `{"diagnosis": "group"}`.
    keep : list of str, optional
        Further columns of the input tables for the sheet.
    tables_first : bool
        Whether clinical tables come before the tables of a dataset where they disagree.
    constant : list of str, optional
        Clinical values and further columns that hold at every visit where a table gives them once for a participant;
        others count at the first visit alone.

    Returns
    -------
    str
        Summary for the console.

    Raises
    ------
    UserError
        Lists all problems of all datasets.
    """
    keep = [column for column in dict.fromkeys(keep or []) if column.lower() not in EXTRA]
    always = [name.lower() for name in constant or []]
    raise_if_any(argument_problems(datasets, out, keep, always), "adrepro cohort")
    for dataset in datasets:
        dataset.preset = replace(dataset.preset, constant=(*dataset.preset.constant, *always))
    tables, found = _read_tables(datasets, mapping, keep), CohortIndex()
    for dataset in datasets:
        own = [tables[path] for path in dataset.tables]
        one = index_dataset(dataset, out.absolute().parent, own, keep, tables_first)
        named = {**mapping, **{k: k for k in keep}} if one.columns else {}
        found.rows, found.excluded = found.rows + one.rows, found.excluded + one.excluded
        found.conflicts += one.conflicts
        found.withheld += one.withheld
        found.notes += one.notes
        found.problems += _unknown_columns(dataset.folder, one.columns, named) + one.problems
        if not one.problems and not any(row["t1w"] != MISSING for row in one.rows):
            found.problems.append(_nothing_read(dataset, one))
    kept = [column for column in dict.fromkeys((*EXTRA, *keep)) if any(column in row for row in found.rows)]
    sheet = pd.DataFrame(found.rows, columns=[*COLUMNS, *kept]).fillna(MISSING)
    found.problems += [problem for table in tables.values() for problem in table.problems()]
    raise_if_any([*found.problems, *shared_ids(sheet)], "the cohort cannot be written")
    excluded = pd.DataFrame(found.excluded, columns=list(EXCLUDED_COLUMNS))
    with replacing(out) as temporary:  # neither table is replaced unless both can be
        write_table(temporary, sheet)
        write_table(out.parent / EXCLUDED, excluded)
        (out.parent / CONFLICTS).unlink(missing_ok=True)
        if found.conflicts:
            write_table(out.parent / CONFLICTS, pd.DataFrame(found.conflicts, columns=CONFLICT_COLUMNS))
    joined = [table.summary() for table in tables.values()]
    notes = [*joined, *_few(found.notes), *_withheld_lines(found.withheld), *_conflict_lines(out, found.conflicts)]
    return "\n".join([*summary(out, sheet, found.excluded), *notes])


def _read_tables(datasets: list[Dataset], mapping: dict[str, str], keep: list[str]) -> dict[Path, ClinicalTable]:
    """Apply the user's columns to the presets, and read each clinical table once."""
    wanted: dict[Path, set[str]] = {}
    for dataset in datasets:
        dataset.preset = with_columns(dataset.preset, mapping)
        for path in dataset.tables:
            wanted.setdefault(path, set()).update(columns_read(dataset.preset, keep))
    return {path: read_clinical_table(path, columns) for path, columns in wanted.items()}


def _nothing_read(dataset: Dataset, one: CohortIndex) -> str:
    """Return the problem of a dataset of which no scan is left, with the most frequent reason."""
    reasons = Counter(reason for _, _, reason in one.excluded).most_common(1)
    why = f" ({reasons[0][1]} times: {reasons[0][0]})" if reasons else ""
    return (
        f"{dataset.folder}: no T1w image is left of dataset {dataset.name}{why}; expected "
        "sub-*/[ses-*/]anat/sub-*_T1w.nii[.gz] of participants in participants.tsv"
    )


def _few(notes: list[str]) -> list[str]:
    return [f"  {note}" for note in notes[:SHOWN]] + [f"  and {len(notes) - SHOWN} more"] * (len(notes) > SHOWN)


def _withheld_lines(withheld: Counter[str]) -> list[str]:
    """Return the values of participants that later visits, which have none of their own, do not get."""
    return [
        f"  {name}: given once for a participant, it counts at the first visit alone and is unknown at {count} later "
        f"ones; --constant {name} if it holds at every visit"
        for name, count in sorted(withheld.items())
    ]


def _conflict_lines(out: Path, conflicts: list[tuple[str, ...]]) -> list[str]:
    """Return the values on which tables disagree, for the console."""
    if not conflicts:
        return []
    lines = [f"  tables disagree on {len(conflicts)} values; the first counts (--prefer): {out.parent / CONFLICTS}"]
    lines += [
        f"    {participant} {session}: {kind} {used} ({source}), {other} ({other_source})"
        for participant, session, kind, used, source, other, other_source in conflicts[:SHOWN]
    ]
    return lines + [f"    and {len(conflicts) - SHOWN} more"] * (len(conflicts) > SHOWN)


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
