"""`adrepro cohort`: from BIDS datasets to the cohort sheet."""

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
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import MISSING, replacing, write_table
from adrepro.core.user_tables import LINE

SHOWN = 20  # lines of who was left out, before the console is told numbers alone


@dataclass
class Dataset:
    """One BIDS folder: its name in the sheet, how its tables are read, and what is put before its ids."""

    folder: Path
    name: str
    role: str
    preset: Preset
    prefix: str = ""


@dataclass
class Index:
    """What was found: rows of the sheet and of the excluded table, problems that forbid a sheet, and known columns."""

    rows: list[dict[str, str]] = field(default_factory=list)
    excluded: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


def index_dataset(dataset: Dataset, base: Path, extra: ClinicalTable, keep: list[str]) -> Index:
    """Index one dataset; `keep` lists further columns for the sheet."""
    found, people = Index(), {}
    source = dataset.folder / "participants.tsv"
    try:
        header, table = read_participants(dataset.folder)
    except UserError as error:
        return Index(problems=[str(error)])
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
            found.excluded += [(participant, MISSING, reason) for reason in one.left]
            _add_visits(dataset, participant, one.visits, base, keep, found)
    for folder in sorted(dataset.folder.glob("sub-*")):
        if folder.name not in people and folder.is_dir() and find_scans(dataset.folder, folder.name)[0]:
            found.excluded.append((folder.name, MISSING, "has images and no row in participants.tsv"))
    return found


def _add_visits(
    dataset: Dataset, participant: str, visits: list[Visit], base: Path, keep: list[str], found: Index
) -> None:
    """Add rows of the sheet for the visits of one participant, or why they are left out."""
    name = f"sub-{dataset.prefix}{participant.removeprefix('sub-')}"
    if not any(visit.images for visit in visits):
        found.excluded.append((name, MISSING, "no T1w image in the dataset"))
    for visit in visits:
        look, images = visit.values, visit.images
        if reason := look.left_out():
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
            **{kind: look(kind) for kind in CLINICAL},
            "diagnosis": look.diagnosis(),
            "months": visit.months,
            **{kind: look(kind) for kind in (*EXTRA, *keep) if kind in keep or look(kind) != MISSING},
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
    """Write the cohort sheet `out` and `cohort_excluded.tsv` beside it; returns a summary for the console.

    `mapping` names the column of a clinical value, `table` is one more table to join, `keep` lists further columns.
    Nothing is written, and an older sheet stays as it is, unless every row is right.
    """
    keep = list(dict.fromkeys(keep or []))
    raise_all(argument_problems(datasets, out, table, keep), "adrepro cohort")
    extra, found = read_clinical_table(table), Index()
    for dataset in datasets:
        dataset.preset = with_columns(dataset.preset, mapping)
        one = index_dataset(dataset, out.absolute().parent, extra, keep)
        named = {**mapping, **{k: k for k in keep}} if one.columns else {}
        found.rows, found.excluded = found.rows + one.rows, found.excluded + one.excluded
        found.problems += _unknown_columns(dataset.folder, one.columns, named) + one.problems
    kept = [column for column in dict.fromkeys((*EXTRA, *keep)) if any(column in row for row in found.rows)]
    sheet = pd.DataFrame(found.rows, columns=[*COLUMNS, *kept]).fillna(MISSING)
    raise_all([*found.problems, *extra.problems(), *shared_ids(sheet)], "the cohort cannot be written")
    left_out = pd.DataFrame(found.excluded, columns=list(EXCLUDED_COLUMNS))
    with replacing(out) as temporary:  # neither table is new unless both are
        write_table(temporary, sheet)
        write_table(out.parent / EXCLUDED, left_out)
    return "\n".join([*summary(out, sheet, found.excluded), *extra.summary()])


def argument_problems(datasets: list[Dataset], out: Path, table: Path | None, keep: list[str]) -> list[str]:
    """What cannot be right whatever the files say."""
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
    there = ", ".join(sorted(known - {LINE}))
    return [
        f"{folder}: no column {column!r} for {kind}; there are {there}"
        for kind, column in named.items()
        if column.lower() not in lower
    ]


def summary(out: Path, sheet: pd.DataFrame, excluded: list[tuple[str, str, str]]) -> list[str]:
    """What was found, kept and left out, for the console."""
    scanned = int((sheet["t1w"] != MISSING).sum())
    lines = [f"{out}: {sheet['participant_id'].nunique()} participants, {len(sheet)} visits, {scanned} with a scan"]
    lines += [f"  {d}: {n} participants" for d, n in sheet.groupby("dataset")["participant_id"].nunique().items()]
    lines += [f"  diagnosis {d}: {n} visits" for d, n in sheet["diagnosis"].value_counts().sort_index().items()]
    if len(excluded) <= SHOWN:
        return lines + [f"  left out: {who} {session}: {reason}" for who, session, reason in excluded]
    varying = re.compile(r"\S+\.nii\S*|(?<=age )\S+")
    reasons = Counter(varying.sub("...", reason) for _, _, reason in excluded)
    lines += [f"  left out: {n} times {reason}" for reason, n in reasons.most_common()]
    return [*lines, f"  who: {out.parent / EXCLUDED}"]
