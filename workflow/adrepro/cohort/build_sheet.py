"""Build the cohort sheet of BIDS datasets (`adrepro cohort`)."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from adrepro.cohort.bids_index import find_scans, read_participants
from adrepro.cohort.clinical_presets import CLINICAL, EXTRA, Preset, with_columns
from adrepro.cohort.clinical_table import ClinicalTable, differences, read_clinical_table
from adrepro.cohort.cohort_sheet import COLUMNS, EXCLUDED, EXCLUDED_COLUMNS, NAME, PARTICIPANT, row_problems, shared_ids
from adrepro.cohort.visits import Visit, visits_of
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING, replacing, write_table
from adrepro.core.user_tables import LINE

SHOWN = 20  # excluded visits that are listed on the console; more are counted by reason


@dataclass
class Dataset:
    """A BIDS dataset to add to the sheet.

    Attributes
    ----------
    folder : Path
        Folder of the dataset.
    name : str
        Name in the column `dataset`.
    role : str
        `study` or `external`.
    preset : Preset
        Columns and rules of its tables.
    prefix : str
        Letters and digits to insert after `sub-` of its ids.
    """

    folder: Path
    name: str
    role: str
    preset: Preset
    prefix: str = ""


@dataclass
class CohortIndex:
    """Rows of the sheet, rows of the excluded table, problems that prevent a sheet, and columns of the input tables."""

    rows: list[dict[str, str]] = field(default_factory=list)
    excluded: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


def index_dataset(dataset: Dataset, base: Path, extra: ClinicalTable, keep: list[str]) -> CohortIndex:
    """Index one dataset.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    base : Path
        Folder of the sheet; paths of scans are relative to it.
    extra : ClinicalTable
        Clinical table to join.
    keep : list of str
        Further columns for the sheet.

    Returns
    -------
    CohortIndex
        Rows, exclusions and problems of the dataset.
    """
    found = CohortIndex()
    people: dict[str, dict[str, str]] = {}
    source = dataset.folder / "participants.tsv"
    try:
        header, table = read_participants(dataset.folder)
    except UserError as error:
        return CohortIndex(problems=[str(error)])
    found.columns.update(header)
    for person in table:
        participant = person["participant_id"]
        before = people.setdefault(participant, person)
        if not PARTICIPANT.fullmatch(participant):
            hint = f"; did you mean sub-{participant}?" if PARTICIPANT.fullmatch(f"sub-{participant}") else ""
            found.problems.append(
                f"{source} line {person[LINE]}: participant_id {participant!r} must match sub-[A-Za-z0-9]+"
                f"{hint or '; rename it and its folder'}"
            )
        elif other := differences(person, before):
            found.problems.append(
                f"{source} line {person[LINE]}: {participant} appears twice, and {other} differ from line "
                f"{before[LINE]}; keep one row"
            )
    for participant, person in people.items():
        if PARTICIPANT.fullmatch(participant):
            one = visits_of(dataset.folder, person, dataset.preset, extra.of(participant))
            found.problems += one.problems
            found.columns |= one.columns
            found.excluded += [(participant, MISSING, reason) for reason in one.ignored]
            _add_visits(dataset, participant, one.visits, base, keep, found)
    for folder in sorted(dataset.folder.glob("sub-*")):
        if folder.name not in people and folder.is_dir() and find_scans(dataset.folder, folder.name)[0]:
            found.excluded.append((folder.name, MISSING, "has images and no row in participants.tsv"))
    return found


def _add_visits(
    dataset: Dataset, participant: str, visits: list[Visit], base: Path, keep: list[str], found: CohortIndex
) -> None:
    """Add the visits of one participant to the rows of the sheet, or to the excluded ones with a reason."""
    name = f"sub-{dataset.prefix}{participant.removeprefix('sub-')}"
    if not any(visit.images for visit in visits):
        found.excluded.append((name, MISSING, "no T1w image in the dataset"))
    for visit in visits:
        values, images = visit.values, visit.images
        if reason := values.exclusion_reason():
            found.excluded.append((name, visit.session, reason))
            continue
        for other in images[1:]:
            reason = f"{other.name}: {images[0].name} of this session comes first"
            found.excluded.append((name, visit.session, reason))
        row = {
            "participant_id": name,
            "session_id": visit.session,
            "dataset": dataset.name,
            "role": dataset.role,
            "t1w": Path(os.path.relpath(images[0].absolute(), base)).as_posix() if images else MISSING,
            **{kind: values(kind) for kind in CLINICAL},
            "diagnosis": values.diagnosis(),
            "months": visit.months,
            **{kind: values(kind) for kind in (*EXTRA, *keep) if kind in keep or values(kind) != MISSING},
        }
        where = f"{dataset.folder}, {name} {visit.session} ({visit.source})"
        found.problems += [f"{where}: {problem}" for problem in row_problems(row)]
        found.rows.append(row)


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
