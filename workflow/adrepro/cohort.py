"""`adrepro cohort`: from BIDS datasets to the cohort sheet."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from .errors import UserError, raise_all
from .files import MISSING, read_table, write_table
from .sheet import COLUMNS, PARTICIPANT, read_sheet, row_problems

FOUND_BY_NAME = {
    "diagnosis": ("diagnosis",),
    "age": ("age",),
    "sex": ("sex", "gender"),
    "mmse": ("mmse",),
    "cdr": ("cdr",),
}
CLASSES = ("CN", "AD", "MCI", "EMCI", "LMCI", "sMCI", "pMCI")
SEX = {"f": "F", "female": "F", "m": "M", "male": "M"}


def read_participants(bids: Path) -> pd.DataFrame:
    """`participants.tsv` of a BIDS dataset, all values as stripped text."""
    path = bids / "participants.tsv"
    if not bids.is_dir():
        raise UserError(f"{bids}: there is no such folder; --bids takes a BIDS dataset")
    if not path.is_file():
        raise UserError(f"{path}: missing; a BIDS dataset needs it to tell who was scanned")
    try:
        table = read_table(path)
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: not a readable TSV ({error})") from None
    if "participant_id" not in table.columns:
        commas = "; it is separated by commas: save it with tabs" if "," in "".join(map(str, table.columns)) else ""
        raise UserError(f"{path}: no column participant_id{commas}")
    if table.empty:
        raise UserError(f"{path}: has a header and no participants")
    return table.map(str.strip)


def find_columns(table: pd.DataFrame, mapping: Mapping[str, str], path: Path) -> dict[str, str]:
    """Which column of `table` holds each clinical value: as told in `mapping`, else found by name."""
    lower = {column.lower(): column for column in table.columns}
    found = {}
    for value, names in FOUND_BY_NAME.items():
        if value in mapping:
            found[value] = mapping[value]
        elif name := next((lower[n] for n in names if n in lower), None):
            found[value] = name
    raise_all(
        (f"no column {c!r} for {v}; there are {', '.join(table.columns)}" for v, c in found.items() if c not in table),
        str(path),
    )
    return found


def clean(value: str, kind: str) -> str:
    """One table cell as the sheet writes it: `n/a` for nothing, `90+` as 90, known classes in their spelling."""
    value = str(value).strip()
    if value.lower() in ("", "n/a", "na", "nan", "none"):
        return MISSING
    if kind == "diagnosis":
        return next((c for c in CLASSES if c.lower() == value.lower()), value)
    if kind == "sex":
        return SEX.get(value.lower(), value)
    if kind == "age":
        return value.removesuffix("+")
    return value


def months_of(session: str, given: str | None) -> str:
    """Months since baseline: from the table if it says so, else from a label such as `ses-M012`."""
    if given and given != MISSING:
        return given
    if session == MISSING or re.fullmatch(r"ses-(bl|baseline)", session, re.IGNORECASE):
        return "0"
    number = re.fullmatch(r"ses-[Mm]0*(\d+)", session)
    return number.group(1) if number else MISSING


def find_scans(bids: Path, participant: str) -> dict[str, list[Path]]:
    """T1w images of a participant by session (`n/a` without sessions), sorted by name."""
    scans: dict[str, list[Path]] = {}
    for path in sorted((bids / participant).glob("**/anat/*_T1w.nii*")):
        if path.name.endswith((".nii", ".nii.gz")):
            session = next((part for part in path.parts if part.startswith("ses-")), MISSING)
            scans.setdefault(session, []).append(path)
    return scans


def index_dataset(
    bids: Path, dataset: str, role: str, mapping: Mapping[str, str], prefix: str, base: Path
) -> tuple[list[dict], list[dict], list[str]]:
    """Rows of the sheet, rows of the excluded table, and problems of one BIDS dataset."""
    table = read_participants(bids)
    columns = find_columns(table, mapping, bids / "participants.tsv")
    rows, excluded, problems = [], [], []
    for line, person in enumerate(table.to_dict("records"), start=2):
        participant = person["participant_id"]
        if not PARTICIPANT.fullmatch(participant):
            problems.append(
                f"{bids / 'participants.tsv'} line {line}: participant_id {participant!r} must match sub-[A-Za-z0-9]+"
            )
            continue
        scans = find_scans(bids, participant)
        visits = _visits(bids, participant, scans, mapping)
        name = f"sub-{prefix}{participant.removeprefix('sub-')}"
        if not scans:
            excluded.append((name, MISSING, "no T1w image in the dataset"))
        for visit in visits:
            session = visit["session_id"]
            found = scans.get(session, [])
            excluded += [(name, session, f"{p.name}: {found[0].name} of this session comes first") for p in found[1:]]
            values = {k: clean(visit.get(k, person.get(columns.get(k, ""), "")), k) for k in FOUND_BY_NAME}
            t1w = Path(os.path.relpath(found[0].absolute(), base)).as_posix() if found else MISSING
            row = {"participant_id": name, "session_id": session, "dataset": dataset, "role": role, "t1w": t1w}
            row |= values | {"months": months_of(session, visit.get("months"))}
            problems += [f"{name} {session}: {problem}" for problem in row_problems(row)]
            rows.append(row)
    listed = set(table["participant_id"])
    for folder in sorted(bids.glob("sub-*")):
        if folder.is_dir() and folder.name not in listed and find_scans(bids, folder.name):
            excluded.append((folder.name, MISSING, "has images and no row in participants.tsv"))
    duplicated = table["participant_id"][table["participant_id"].duplicated()].unique()
    problems += [f"{bids / 'participants.tsv'}: {p} appears twice; keep one row" for p in duplicated]
    return rows, [dict(zip(("participant_id", "session_id", "reason"), e, strict=True)) for e in excluded], problems


def _visits(bids: Path, participant: str, scans: dict[str, list[Path]], mapping: Mapping[str, str]) -> list[dict]:
    """Visits of one participant, from `sub-*_sessions.tsv` and the folders, in order."""
    path = bids / participant / f"{participant}_sessions.tsv"
    if not path.is_file():
        return [{"session_id": session} for session in sorted(scans)] or [{"session_id": MISSING}]
    table = read_table(path).map(str.strip)
    if "session_id" not in table.columns:
        raise UserError(f"{path}: no column session_id")
    columns = find_columns(table, {k: v for k, v in mapping.items() if v in table.columns}, path)
    lower = {column.lower(): column for column in table.columns}
    visits = [
        {"session_id": row["session_id"], **{k: row[c] for k, c in columns.items()}}
        | ({"months": row[lower["months"]]} if "months" in lower else {})
        for row in table.to_dict("records")
    ]
    known = {visit["session_id"] for visit in visits}
    return visits + [{"session_id": session} for session in sorted(set(scans) - known)]


def make_sheet(
    folders: list[Path],
    datasets: list[str],
    external: list[str],
    mapping: Mapping[str, str],
    prefixes: list[str],
    out: Path,
) -> str:
    """Write the cohort sheet `out` and `cohort_excluded.tsv` beside it; returns a summary for the console."""
    rows, excluded, problems = [], [], []
    for folder, dataset, prefix in zip(folders, datasets, prefixes, strict=True):
        role = "external" if dataset in external else "study"
        r, e, p = index_dataset(folder, dataset, role, mapping, prefix, out.absolute().parent)
        rows, excluded, problems = rows + r, excluded + e, problems + p
    raise_all(problems, "the cohort cannot be written")
    write_table(out, pd.DataFrame(rows, columns=list(COLUMNS)))
    try:
        sheet = read_sheet(out)
    except UserError:
        out.unlink()
        raise
    write_table(
        out.parent / "cohort_excluded.tsv", pd.DataFrame(excluded, columns=["participant_id", "session_id", "reason"])
    )
    scanned = sheet[sheet["t1w"] != MISSING]
    lines = [
        f"{out}: {sheet['participant_id'].nunique()} participants, {len(sheet)} visits, {len(scanned)} with a scan"
    ]
    lines += [f"  {d}: {n} participants" for d, n in sheet.groupby("dataset")["participant_id"].nunique().items()]
    lines += [f"  diagnosis {d}: {n} visits" for d, n in sheet["diagnosis"].value_counts().sort_index().items()]
    lines += [f"  left out: {e['participant_id']} {e['session_id']}: {e['reason']}" for e in excluded]
    return "\n".join(lines)
