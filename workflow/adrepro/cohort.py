"""`adrepro cohort`: from BIDS datasets to the cohort sheet."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .bids import LINE, find_scans, read_participants, read_rows
from .clinical import CLINICAL, EXTRA, Preset, months_of, with_columns
from .errors import UserError, raise_all
from .files import MISSING, write_table
from .sheet import COLUMNS, PARTICIPANT, check_sheet, row_problems
from .visits import Visit, differences, visits_of

SHOWN = 20  # lines of who was left out, before the console is told numbers alone
SITE_PREFIX = re.compile(r"^(adni|aibl|oasis1?|oas1)", re.IGNORECASE)


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


def clinical_table(path: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Rows of a table such as ADNIMERGE by participant and month; ids are compared without punctuation."""
    rows = read_rows(path)
    names = {name.lower(): name for name in (rows[0] if rows else {})}
    who = next((names[n] for n in ("participant_id", "ptid", "subject_id", "id", "rid") if n in names), None)
    when = next((names[n] for n in ("session_id", "viscode", "visit") if n in names), None)
    if not who or not when:
        raise UserError(f"{path}: expected columns of participant (participant_id, PTID, ID) and visit (VISCODE)")
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        visit = re.sub(r"^ses-", "", row[when])
        months = months_of(f"ses-{visit}", MISSING)
        if months != MISSING:  # a screening visit has no month
            found.setdefault(_bare(row[who]), {}).setdefault(months, row)
    return found


def _bare(participant: str) -> str:
    """An id as every table would write it: `sub-ADNI011S0002` and `011_S_0002` are one."""
    return SITE_PREFIX.sub("", re.sub(r"[^A-Za-z0-9]", "", participant.removeprefix("sub-"))).lower()


def index_dataset(dataset: Dataset, base: Path, extra: dict, keep: list[str]) -> Index:
    """Index one dataset; `extra` is a `clinical_table`, `keep` lists further columns for the sheet."""
    found, people = Index(), {}
    source = dataset.folder / "participants.tsv"
    table = read_participants(dataset.folder)
    found.columns.update(table[0])
    for person in table:
        participant = person["participant_id"]
        before = people.setdefault(participant, person)
        if not PARTICIPANT.fullmatch(participant):
            hint = f"; did you mean sub-{participant}?" if PARTICIPANT.fullmatch(f"sub-{participant}") else ""
            found.problems.append(
                f"{source} line {person[LINE]}: participant_id {participant!r} must match sub-[A-Za-z0-9]+{hint}"
            )
        elif other := differences(person, before):
            found.problems.append(
                f"{source} line {person[LINE]}: {participant} appears twice, and {other} differ from line "
                f"{before[LINE]}; keep one row"
            )
    for participant, person in people.items():
        if PARTICIPANT.fullmatch(participant):
            one = visits_of(dataset.folder, person, dataset.preset, extra.get(_bare(participant), {}))
            found.problems += one.problems
            found.columns |= one.columns
            _add_visits(dataset, participant, one.visits, base, keep, found)
    for folder in sorted(dataset.folder.glob("sub-*")):
        if folder.name not in people and folder.is_dir() and find_scans(dataset.folder, folder.name):
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
        found.problems += [f"{name} {visit.session} ({visit.source}): {problem}" for problem in row_problems(row)]
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
    extra, keep = clinical_table(table) if table else {}, keep or []
    found = Index()
    for dataset in datasets:
        dataset.preset = with_columns(dataset.preset, mapping)
        one = index_dataset(dataset, out.absolute().parent, extra, keep)
        found.rows, found.excluded = found.rows + one.rows, found.excluded + one.excluded
        found.problems += (
            _unknown_columns(dataset.folder, one.columns, {**mapping, **{k: k for k in keep}}) + one.problems
        )
    raise_all(found.problems, "the cohort cannot be written")
    kept = [column for column in dict.fromkeys((*EXTRA, *keep)) if any(column in row for row in found.rows)]
    sheet = pd.DataFrame(found.rows, columns=[*COLUMNS, *kept]).fillna(MISSING)
    check_sheet(sheet, out)
    write_table(out, sheet)
    left_out = pd.DataFrame(found.excluded, columns=["participant_id", "session_id", "reason"])
    write_table(out.parent / "cohort_excluded.tsv", left_out)
    return summary(out, sheet, found.excluded)


def _unknown_columns(folder: Path, known: set[str], named: dict[str, str]) -> list[str]:
    lower = {column.lower() for column in known}
    there = ", ".join(sorted(known - {LINE}))
    return [
        f"{folder}: no column {column!r} for {kind}; there are {there}"
        for kind, column in named.items()
        if column.lower() not in lower
    ]


def summary(out: Path, sheet: pd.DataFrame, excluded: list[tuple[str, str, str]]) -> str:
    """What was found, kept and left out, for the console."""
    scanned = int((sheet["t1w"] != MISSING).sum())
    lines = [f"{out}: {sheet['participant_id'].nunique()} participants, {len(sheet)} visits, {scanned} with a scan"]
    lines += [f"  {d}: {n} participants" for d, n in sheet.groupby("dataset")["participant_id"].nunique().items()]
    lines += [f"  diagnosis {d}: {n} visits" for d, n in sheet["diagnosis"].value_counts().sort_index().items()]
    if len(excluded) <= SHOWN:
        return "\n".join(lines + [f"  left out: {who} {session}: {reason}" for who, session, reason in excluded])
    varying = re.compile(r"\S+\.nii\S*|(?<=age )\S+")
    reasons = Counter(varying.sub("...", reason) for _, _, reason in excluded)
    lines += [f"  left out: {n} times {reason}" for reason, n in reasons.most_common()]
    return "\n".join([*lines, f"  who: {out.parent / 'cohort_excluded.tsv'}"])
