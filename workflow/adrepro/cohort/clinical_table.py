"""Join one more clinical table, such as ADNIMERGE, to BIDS participants by id and visit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adrepro.cohort.clinical_presets import months_of
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, read_rows

PARTICIPANT_COLUMNS = ("participant_id", "ptid", "subject_id", "subject", "id", "rid")
VISIT_COLUMNS = ("session_id", "viscode", "visit")
SITE_PREFIX = re.compile(r"^(adni|aibl|oasis1?|oas1)", re.IGNORECASE)


@dataclass
class ClinicalTable:
    """A clinical table: rows by participant and month, number of rows without a month, and joined participants."""

    path: Path | None = None
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    without_month: int = 0
    joined: set[str] = field(default_factory=set)

    def of(self, participant: str) -> Mapping[str, dict[str, str]]:
        """Return the rows of a participant by month, and mark the participant as joined.

        Parameters
        ----------
        participant : str
            Id in the form of BIDS.

        Returns
        -------
        dict of str to dict
            Cells by column, by month since baseline (text); empty for participants that the table lacks.
        """
        name = bare(participant)
        if name in self.rows:
            self.joined.add(name)
        return self.rows.get(name, {})

    def problems(self) -> list[str]:
        """Return a problem if no participant of the datasets is in the table."""
        if self.path is None or self.joined:
            return []
        return [f"{self.path}: contains no participant of the datasets; compare its ids with participants.tsv"]

    def summary(self) -> list[str]:
        """Return the number of joined participants as lines for the console."""
        if self.path is None:
            return []
        unused = f", {self.without_month} rows without a month left out (screening)" if self.without_month else ""
        return [f"  {self.path.name}: {len(self.joined)} participants joined{unused}"]


def bare(participant: str) -> str:
    """Return a participant id without prefixes and separators, equal for `sub-ADNI011S0002` and `011_S_0002`.

    Parameters
    ----------
    participant : str
        Id in any of the forms of BIDS, ADNI, AIBL or OASIS-1.

    Returns
    -------
    str
        Letters and digits in lower case, without the name of the study.
    """
    return SITE_PREFIX.sub("", re.sub(r"[^A-Za-z0-9]", "", participant.removeprefix("sub-"))).lower()


def read_clinical_table(path: Path | None) -> ClinicalTable:
    """Read a clinical table.

    Parameters
    ----------
    path : Path or None
        TSV or CSV with columns of participant (`PARTICIPANT_COLUMNS`) and visit (`VISIT_COLUMNS`); None for no table.

    Returns
    -------
    ClinicalTable
        Without rows if `path` is None.

    Raises
    ------
    UserError
        If there is no column of participant or visit, or rows of one visit differ.
    """
    if path is None:
        return ClinicalTable()
    header, rows = read_rows(path)
    names = {name.lower(): name for name in header}
    person = next((names[n] for n in PARTICIPANT_COLUMNS if n in names), None)
    visit = next((names[n] for n in VISIT_COLUMNS if n in names), None)
    if not person or not visit:
        raise UserError(f"{path}: expected columns of participant (participant_id, PTID, ID) and visit (VISCODE)")
    table, problems = ClinicalTable(path), []
    for row in rows:
        months = months_of(f"ses-{row[visit].removeprefix('ses-')}", MISSING)
        if months == MISSING:
            table.without_month += 1
            continue
        if "ptid" in names and "AGE" in row:
            row["age_bl"] = row.pop("AGE")  # ADNIMERGE repeats the age at baseline
        before = table.rows.setdefault(bare(row[person]), {}).setdefault(months, row)
        if other := differences(row, before):
            problems.append(
                f"line {row[LINE]}: {row[person]} at month {months} appears twice, and {other} differ from line "
                f"{before[LINE]}; keep one row"
            )
    raise_if_any(problems, str(path))
    return table


def differences(row: Mapping[str, str], before: Mapping[str, str]) -> str:
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
    return ", ".join(key for key in row if key != LINE and row[key] != before[key])
