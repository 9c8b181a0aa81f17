"""Merge the session table, the folders and clinical tables into the visits of a participant."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adrepro.cohort.bids.bids_index import ANY, find_scans, read_scan_row, read_sessions
from adrepro.cohort.bids.likely_names import likely
from adrepro.cohort.cohort_sheet import NUMBER
from adrepro.cohort.tables.clinical_lookup import CONSTANT, PARTICIPANT, WHOLE, ClinicalLookup
from adrepro.cohort.tables.clinical_presets import Preset, months_of
from adrepro.cohort.tables.clinical_table import SOURCE, Row, differences
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE


@dataclass
class Visit:
    """A visit: session (`n/a` without sessions), months since baseline (text), T1w images and clinical values."""

    session: str
    months: str
    images: list[Path]
    values: ClinicalLookup
    source: str  # table and line, for messages


@dataclass
class Visits:
    """Visits in the order of time, columns of their tables, ignored images, and problems that prevent a sheet."""

    visits: list[Visit] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def visits_of(
    bids: Path,
    person: Mapping[str, str],
    preset: Preset,
    more: Sequence[Mapping[str, Row]],
    tables_first: bool = False,
    entities: Mapping[str, str] = ANY,
) -> Visits:
    """Return the visits of one participant.

    Parameters
    ----------
    bids : Path
        Folder of a BIDS dataset.
    person : mapping of str
        Row of `participants.tsv`.
    preset : Preset
        Columns and rules of the dataset.
    more : sequence of mapping
        Rows of clinical tables by month, in order of preference; the month `n/a` stands for all visits.
    tables_first : bool
        Whether clinical tables come before the tables of the dataset.
    entities : mapping of str to str
        Entities that the names of images must hold.

    Returns
    -------
    Visits
        The visits with their problems.
    """
    participant = person["participant_id"]
    scans, ignored = find_scans(bids, participant, entities)
    found = Visits(ignored=ignored)
    sessions = _session_rows(bids, participant, scans, found)
    found.columns = {column for row in sessions.values() for column in row}
    tables = [dict(table) for table in more]
    always = [{**table.pop(MISSING), WHOLE: "yes"} for table in tables if MISSING in table]
    months = {name: _months(name, sessions.get(name, {}), preset) for name in {*sessions, *scans} or {MISSING}}
    named = {name: months_of(name, MISSING) for name in months}
    known = {*months.values(), *named.values()}
    months |= {f"ses-M{float(m):03.0f}": m for table in tables for m in table if m not in known}
    found.problems += [
        f"{participant}: {' and '.join(same)} are both at month {month}; correct the months"
        for month in sorted({*months.values()} - {MISSING})
        if len(same := sorted(name for name, at in months.items() if at == month)) > 1
    ]
    order = sorted(months, key=lambda name: _place(name, months[name]))
    for session in order:
        at = (months[session], named.get(session, MISSING))
        joined = [row for table in tables if (row := table.get(at[0]) or table.get(at[1]))] + always
        own = [row for row in (sessions.get(session), read_scan_row(bids, participant, scans.get(session, []))) if row]
        known_person = {**person, SOURCE: f"participants.tsv line {person[LINE]}"}
        constant = _constant(known_person, preset)
        rows = [*joined, *own, constant] if tables_first else [*own, constant, *joined]
        first = None if session == order[0] else months[order[0]]
        values = ClinicalLookup(preset, months[session], *rows, {**known_person, WHOLE: "yes"}, first=first)
        source = ", ".join(row[SOURCE] for row in [*own, *joined] or [known_person])
        found.visits.append(Visit(session, months[session], scans.get(session, []), values, source))
    return found


def _session_rows(
    bids: Path, participant: str, scans: Mapping[str, list[Path]], found: Visits
) -> dict[str, dict[str, str]]:
    """Return rows of `sub-*_sessions.tsv` by the folder of the same month, and add problems to `found`."""
    folders: dict[str, str] = {}
    for session in scans:
        month = months_of(session, MISSING)
        if month != MISSING and folders.setdefault(month, session) != session:
            found.problems.append(f"{participant}: {folders[month]} and {session} are the same month; keep one")
    by_session: dict[str, dict[str, str]] = {}
    try:
        rows = read_sessions(bids, participant)
    except UserError as error:
        found.problems.append(str(error))
        return by_session
    for row in rows:
        name, month = row["session_id"], months_of(row["session_id"], MISSING)
        alike = likely(name, scans)
        if len(alike) > 1:
            found.problems.append(
                f"{participant}_sessions.tsv line {row[LINE]}: {name} may be {' or '.join(alike)}; write which"
            )
        name = alike[0] if len(alike) == 1 else name
        session = name if name in scans or month == MISSING else folders.setdefault(month, name)
        row = {**row, SOURCE: f"{participant}_sessions.tsv line {row[LINE]}"}
        if other := differences(row, by_session.setdefault(session, row)):
            found.problems.append(
                f"{participant}_sessions.tsv line {row[LINE]}: {session} appears twice, and {other} differ from line "
                f"{by_session[session][LINE]}; keep one row"
            )
    return by_session


def _constant(person: Mapping[str, str], preset: Preset) -> dict[str, str]:
    """Return the values of a participant that are the same at all visits: sex, and the diagnosis at baseline."""
    names = {name.lower() for kind in CONSTANT for name in preset.columns.get(kind, (kind,))} | {SOURCE, PARTICIPANT}
    return {name: value for name, value in {**person, PARTICIPANT: "yes"}.items() if name.lower() in names}


def _months(session: str, row: Mapping[str, str], preset: Preset) -> str:
    return months_of(session, ClinicalLookup(preset, MISSING, row)("months") if row else MISSING)


def _place(session: str, months: str) -> tuple[bool, float, bool, list[int | str]]:
    """Return the sort key of a visit: known months first, then names in natural order, `pre` before others."""
    known = bool(NUMBER.fullmatch(months))
    first = session.lower().startswith(("ses-baseline", "ses-pre", "ses-bl", "ses-screening"))
    words: list[int | str] = [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", session)]
    return not known, float(months) if known else 0.0, not first, words
