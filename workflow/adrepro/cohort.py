"""`adrepro cohort`: from BIDS datasets to the cohort sheet."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .bids import LINE, find_scans, read_participants, read_rows, read_sessions
from .clinical import CLINICAL, EXTRA, Found, Preset, months_of, with_columns
from .errors import UserError, raise_all
from .files import MISSING, write_table
from .sheet import COLUMNS, PARTICIPANT, check_sheet, row_problems

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
        elif before is not person and (other := [k for k in person if k != LINE and person[k] != before[k]]):
            found.problems.append(
                f"{source} line {person[LINE]}: {participant} appears twice, and {', '.join(other)} differ from line "
                f"{before[LINE]}; keep one row"
            )
    for participant, person in people.items():
        if PARTICIPANT.fullmatch(participant):
            _index_participant(dataset, participant, person, extra.get(_bare(participant), {}), base, keep, found)
    for folder in sorted(dataset.folder.glob("sub-*")):
        if folder.name not in people and folder.is_dir() and find_scans(dataset.folder, folder.name):
            found.excluded.append((folder.name, MISSING, "has images and no row in participants.tsv"))
    return found


def _index_participant(
    dataset: Dataset, participant: str, person: dict, more: dict, base: Path, keep: list[str], found: Index
) -> None:
    """Add the visits of one participant to `found`: of `sub-*_sessions.tsv`, of the folders and of a further table."""
    name = f"sub-{dataset.prefix}{participant.removeprefix('sub-')}"
    scans = find_scans(dataset.folder, participant)
    if not scans:
        found.excluded.append((name, MISSING, "no T1w image in the dataset"))
    told, problems = _told_visits(dataset, participant, scans)
    found.problems += problems
    found.columns.update(*told.values(), *more.values())
    months = {session: _months(session, told.get(session, {}), dataset.preset) for session in {*told, *scans}}
    known = set(months.values())
    months |= (
        {f"ses-M{int(float(m)):03}": m for m in more if m not in known} if months and MISSING not in months else {}
    )
    for session in sorted(months or {MISSING: "0"}, key=lambda s: (_number(months.get(s, "0")), s)):
        month = months.get(session, "0")
        look = Found(dataset.preset, month, told.get(session, {}), more.get(month, {}), person)
        images = scans.get(session, [])
        if reason := look.left_out():
            found.excluded.append((name, session, reason))
            continue
        first = images[0].name if images else ""
        found.excluded += [(name, session, f"{p.name}: {first} of this session comes first") for p in images[1:]]
        t1w = Path(os.path.relpath(images[0].absolute(), base)).as_posix() if images else MISSING
        row = {"participant_id": name, "session_id": session, "dataset": dataset.name, "role": dataset.role, "t1w": t1w}
        row |= {kind: look(kind) for kind in CLINICAL} | {"diagnosis": look.diagnosis(), "months": month}
        row |= {kind: value for kind in EXTRA if (value := look(kind)) != MISSING} | {kind: look(kind) for kind in keep}
        where = told.get(session, person)
        file = f"{participant}_sessions.tsv" if session in told else "participants.tsv"
        found.problems += [f"{name} {session} ({file} line {where[LINE]}): {p}" for p in row_problems(row)]
        found.rows.append(row)


def _told_visits(dataset: Dataset, participant: str, scans: dict) -> tuple[dict[str, dict], list[str]]:
    """Rows of `sub-*_sessions.tsv` by session, named as the folder of the same month is, and what is wrong."""
    told: dict[str, dict] = {}
    problems = []
    folders: dict[str, str] = {}
    for session in scans:
        month = months_of(session, MISSING)
        if month != MISSING and folders.setdefault(month, session) != session:
            problems.append(
                f"{dataset.folder / participant}: {folders[month]} and {session} are the same month; keep one"
            )
    for row in read_sessions(dataset.folder, participant):
        session = (
            row["session_id"]
            if row["session_id"] in scans
            else folders.get(months_of(row["session_id"], MISSING), row["session_id"])
        )
        before = told.setdefault(session, row)
        if before is not row and (other := [k for k in row if k != LINE and row[k] != before[k]]):
            problems.append(
                f"{participant}_sessions.tsv line {row[LINE]}: {session} appears twice, and {', '.join(other)} differ "
                f"from line {before[LINE]}; keep one row"
            )
    return told, problems


def _months(session: str, row: dict, preset: Preset) -> str:
    return months_of(session, Found(preset, MISSING, row)("months") if row else MISSING)


def _number(months: str) -> float:
    try:
        return float(months)
    except ValueError:
        return 0.0


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
