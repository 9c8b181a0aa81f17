"""Clinical tables of ADNI, AIBL and OASIS-1, joined to BIDS participants by id and visit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adrepro.cohort.tables.clinical_presets import months_of
from adrepro.cohort.tables.participant_ids import REPEAT, ROSTER_ID, bare, spelling
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, UNKNOWN, read_rows

PARTICIPANT_COLUMNS = ("participant_id", "ptid", "subject_id", "subject", "rid", "id")
VISIT_COLUMNS = ("session_id", "viscode2", "viscode", "visit", "visit_code", "visit code", "month", "months")
DATE_COLUMNS = ("examdate", "examination_date", "visit_date", "visdate")
SCREENING = "sc"
SOURCE = "\tsource"  # key of a row for its file and line, beside `LINE`

Row = Mapping[str, str]


@dataclass
class ClinicalTable:
    """A clinical table.

    Attributes
    ----------
    path : Path
        File.
    header : list of str
        Columns.
    rows : dict
        Cells by column of each visit, by participant and month since baseline (text); the month is `n/a` in a table
        without visits, whose rows hold for all of them.
    left_out : dict of str to int
        Number of rows that are not used, by reason.
    raw : dict of str to str
        Id in the table of each participant.
    joined : dict of str to str
        Participant of a dataset that each row was given to.
    asked : list of str
        Participants of the datasets that have no row.
    shared : list of str
        Rows that two participants of the datasets would have.
    """

    path: Path
    header: list[str]
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)

    def of(self, participant: str, given: str = "") -> Mapping[str, Row]:
        """Return the rows of a participant by month, and mark the participant as joined.

        Parameters
        ----------
        participant : str
            Id in the form of BIDS.
        given : str
            Spelling of `participants.tsv`, if it is another one.

        Returns
        -------
        dict of str to dict
            Cells by column, by month since baseline (text); empty for participants that the table lacks.
        """
        name = bare(given) if given and bare(given) in self.rows else bare(participant)
        number = ROSTER_ID.fullmatch(name)
        if name not in self.rows and number:
            name = str(int(number[1]))
        if name not in self.rows:
            self.asked.append(participant)
            return {}
        if self.joined.setdefault(name, participant) != participant:
            self.shared.append(f"{self.joined[name]} and {participant} are both {self.raw[name]} in the table")
        return self.rows[name]

    def problems(self) -> list[str]:
        """Return a problem if no participant of the datasets is in the table, or two have the same row."""
        if self.shared:
            hint = "join it to one dataset (--table NAME=FILE), or correct the ids"
            return [f"{self.path}: {problem}; {hint}" for problem in self.shared]
        if self.joined:
            return []
        if not self.rows:
            left_out = "".join(f", {n} {reason}" for reason, n in self.left_out.items())
            return [
                f"{self.path}: has no row of a known visit{left_out}; name the visit in a column session_id or VISCODE"
            ]
        return [f"{self.path}: contains no participant of the datasets; compare its ids with participants.tsv"]

    def summary(self) -> str:
        """Return the number of joined participants, and some of those without a row, for the console."""
        unused = "".join(f", {n} rows {reason} left out" for reason, n in self.left_out.items())
        shown = ", ".join(self.asked[:3]) + (", ..." if len(self.asked) > 3 else "")
        without = f"; without a row: {len(self.asked)} ({shown})" if self.asked else ""
        return f"  {self.path.name}: {len(self.joined)} participants joined{unused}{without}"

    def leave_out(self, reason: str) -> None:
        """Count one row that is not used.

        Parameters
        ----------
        reason : str
            Reason, after the word `rows`.
        """
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def read_clinical_table(path: Path, wanted: set[str] | None = None) -> ClinicalTable:
    """Read a clinical table.

    Parameters
    ----------
    path : Path
        TSV or CSV with a column of participant (`PARTICIPANT_COLUMNS`), and one of visit (`VISIT_COLUMNS`) unless each
        participant has one row.
    wanted : set of str, optional
        Columns to keep, in lower case; by default all. ADNI's tables have up to 700, and rows of one visit that differ
        in others, such as the time of an update.

    Raises
    ------
    UserError
        If there is no column of participant, or rows of one visit differ in a column to keep.
    """
    identity = {*PARTICIPANT_COLUMNS, *VISIT_COLUMNS}
    header, rows = read_rows(path, wanted and wanted | identity)
    names = {name.lower(): name for name in header}
    person = next((names[n] for n in PARTICIPANT_COLUMNS if n in names), None)
    visit = next((names[n] for n in VISIT_COLUMNS if n in names), None)
    if not person:
        hint = "; it is separated by semicolons: save it with commas or tabs" if ";" in header[0] else ""
        raise UserError(
            f"{path}: expected a column of participant (participant_id, PTID, RID, ID); it has {_few(header)}{hint}"
        )
    dated = [names[name] for name in names if name in DATE_COLUMNS or name.startswith("visit")]
    if not visit and dated:
        raise UserError(f"{path}: {dated[0]} tells of visits; name them in a column session_id, VISCODE or months")
    number = names.get("rid", person)
    table, problems = ClinicalTable(path, header), []
    first: dict[tuple[str, str], Row] = {}
    dropped = identity - (wanted or identity)
    baseline_age = "ptid" in names and visit and "AGE" in header  # ADNIMERGE repeats the age at baseline
    for row in rows:
        given = row[person] or row[number]
        repeat = REPEAT.match(given)
        if repeat and int(repeat[2]) > 1:
            table.leave_out("of repeat scans")
            continue
        months = _months(row[visit]) if visit else MISSING
        if months == MISSING and visit:
            table.leave_out("without a month")
            continue
        key = (bare(given), months)
        if bare(table.raw.setdefault(key[0], given)) and spelling(table.raw[key[0]]) != spelling(given):
            problems.append(f"line {row[LINE]}: {given} and {table.raw[key[0]]} are the same id without separators")
        row = {name: cell for name, cell in row.items() if name.lower() not in dropped}
        before = first.setdefault(key, row)
        if other := differences(row, before):
            problems.append(
                f"line {row[LINE]}: {given} {f'at month {months} ' if visit else ''}appears twice, and {other} "
                f"differ from line {before[LINE]}; keep one row"
            )
        cells = {**row, SOURCE: f"{path.name} line {row[LINE]}"}
        if baseline_age and "AGE" in cells:
            cells["age_bl"] = cells.pop("AGE")
        table.rows.setdefault(key[0], {}).setdefault(months, cells)
    raise_if_any(problems, str(path))
    _use_screening(table)
    return table


def _months(visit: str) -> str:
    """Return the month of a visit code: a number, `n/a`, or `sc` for screening."""
    if visit.lower() == SCREENING:
        return SCREENING
    if re.fullmatch(r"[0-9]{1,3}(\.0)?", visit):  # a column of months
        return f"{float(visit):g}"
    return months_of(f"ses-{visit.removeprefix('ses-')}", MISSING)


def _use_screening(table: ClinicalTable) -> None:
    """Let rows of screening stand for baseline where a participant has no row of it, or a cell without a value."""
    for rows in table.rows.values():
        screening = rows.pop(SCREENING, None)
        if screening is not None and "0" in rows:
            baseline = rows["0"]
            rows["0"] = {
                **screening,
                **{name: cell for name, cell in baseline.items() if cell.strip().lower() not in (*UNKNOWN, "-1", "-4")},
            }
        elif screening is not None:
            rows["0"] = screening


def _few(header: list[str]) -> str:
    return ", ".join(header[:8]) + (", ..." if len(header) > 8 else "")


def differences(row: Row, before: Row) -> str:
    """Return the columns in which two rows differ.

    Parameters
    ----------
    row, before : mapping of str
        Rows of one table.

    Returns
    -------
    str
        Names of the columns, separated by commas; empty if the rows agree.
    """
    return ", ".join(key for key in row if key not in (LINE, SOURCE) and row[key] != before[key])
