"""The visits of a participant: what its session table, its folders and one more clinical table say, together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adrepro.cohort.bids_index import find_scans, read_sessions
from adrepro.cohort.clinical_presets import Found, Preset, months_of
from adrepro.cohort.clinical_table import differences
from adrepro.cohort.cohort_sheet import NUMBER
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE


@dataclass
class Visit:
    """One visit: its session (`n/a` without sessions), months since baseline (text), images and clinical values."""

    session: str
    months: str
    images: list[Path]
    values: Found
    source: str  # the table and line that tell of it, for messages


@dataclass
class Visits:
    """All visits in the order of time, the columns of their tables, images left out, problems that forbid a sheet."""

    visits: list[Visit] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def visits_of(bids: Path, person: Mapping[str, str], preset: Preset, more: Mapping[str, Mapping[str, str]]) -> Visits:
    """The visits of `person`, a row of `participants.tsv`; `more` holds rows of one more table by month."""
    participant = person["participant_id"]
    scans, left = find_scans(bids, participant)
    found = Visits(left=left)
    told = _told_sessions(bids, participant, scans, found)
    found.columns = {column for row in (*told.values(), *more.values()) for column in row}
    months = {name: _months(name, told.get(name, {}), preset) for name in {*told, *scans} or {MISSING}}
    named = {name: months_of(name, MISSING) for name in months}
    if MISSING not in months.values() and MISSING not in months:
        known = {*months.values(), *named.values()}
        months |= {f"ses-M{float(m):03.0f}": m for m in more if m not in known}
    found.problems += [
        f"{participant}: {' and '.join(same)} are both at month {month}; correct the months"
        for month in sorted({*months.values()} - {MISSING})
        if len(same := sorted(name for name, at in months.items() if at == month)) > 1
    ]
    for session in sorted(months, key=lambda name: (_number(months[name]), name)):
        own = told.get(session, {})
        joined = more.get(months[session]) or more.get(named.get(session, MISSING), {})
        source = f"{participant}_sessions.tsv line {own[LINE]}" if own else f"participants.tsv line {person[LINE]}"
        found.visits.append(
            Visit(
                session,
                months[session],
                scans.get(session, []),
                Found(preset, months[session], own, joined, person),
                f"{source}, joined line {joined[LINE]}" if joined else source,
            )
        )
    return found


def _told_sessions(bids: Path, participant: str, scans: Mapping[str, list[Path]], found: Visits) -> dict[str, dict]:
    """Rows of `sub-*_sessions.tsv` by session, named as the folder of the same month is; problems go to `found`."""
    folders: dict[str, str] = {}
    for session in scans:
        month = months_of(session, MISSING)
        if month != MISSING and folders.setdefault(month, session) != session:
            found.problems.append(f"{participant}: {folders[month]} and {session} are the same month; keep one")
    told: dict[str, dict] = {}
    try:
        rows = read_sessions(bids, participant)
    except UserError as error:
        found.problems.append(str(error))
        return told
    for row in rows:
        name, month = row["session_id"], months_of(row["session_id"], MISSING)
        session = name if name in scans or month == MISSING else folders.setdefault(month, name)
        if other := differences(row, told.setdefault(session, row)):
            found.problems.append(
                f"{participant}_sessions.tsv line {row[LINE]}: {session} appears twice, and {other} differ from line "
                f"{told[session][LINE]}; keep one row"
            )
    return told


def _months(session: str, row: Mapping[str, str], preset: Preset) -> str:
    return months_of(session, Found(preset, MISSING, row)("months") if row else MISSING)


def _number(months: str) -> float:
    return float(months) if NUMBER.fullmatch(months) else 0.0
