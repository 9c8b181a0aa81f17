"""One more clinical table, such as ADNIMERGE, to join to BIDS participants by id and visit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adrepro.cohort.clinical_presets import months_of
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, read_rows

PARTICIPANT_COLUMNS = ("participant_id", "ptid", "subject_id", "subject", "id", "rid")
VISIT_COLUMNS = ("session_id", "viscode", "visit")
SITE_PREFIX = re.compile(r"^(adni|aibl|oasis1?|oas1)", re.IGNORECASE)


@dataclass
class ClinicalTable:
    """Rows by participant and month, how many rows had no month, and whose rows were joined."""

    path: Path | None = None
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    without_month: int = 0
    joined: set[str] = field(default_factory=set)

    def of(self, participant: str) -> Mapping[str, dict[str, str]]:
        """The rows of a participant by month."""
        name = bare(participant)
        if name in self.rows:
            self.joined.add(name)
        return self.rows.get(name, {})

    def problems(self) -> list[str]:
        """A table that tells of nobody here."""
        if self.path is None or self.joined:
            return []
        return [f"{self.path}: tells of no participant of the datasets; compare its ids with participants.tsv"]

    def summary(self) -> list[str]:
        """What was joined, for the console."""
        if self.path is None:
            return []
        told = f"  {self.path.name}: {len(self.joined)} participants joined"
        return [told + (f", {self.without_month} rows without a month left (screening)" if self.without_month else "")]


def bare(participant: str) -> str:
    """An id as every table would write it: `sub-ADNI011S0002` and `011_S_0002` are one."""
    return SITE_PREFIX.sub("", re.sub(r"[^A-Za-z0-9]", "", participant.removeprefix("sub-"))).lower()


def read_clinical_table(path: Path | None) -> ClinicalTable:
    """Read the table; an empty one for no path.

    Raises
    ------
    UserError
        If it has no columns of participant and visit, or rows about the same visit that differ.
    """
    if path is None:
        return ClinicalTable()
    header, rows = read_rows(path)
    names = {name.lower(): name for name in header}
    who = next((names[n] for n in PARTICIPANT_COLUMNS if n in names), None)
    when = next((names[n] for n in VISIT_COLUMNS if n in names), None)
    if not who or not when:
        raise UserError(f"{path}: expected columns of participant (participant_id, PTID, ID) and visit (VISCODE)")
    table, problems = ClinicalTable(path), []
    for row in rows:
        months = months_of(f"ses-{row[when].removeprefix('ses-')}", MISSING)
        if months == MISSING:
            table.without_month += 1
            continue
        if "ptid" in names and "AGE" in row:
            row["age_bl"] = row.pop("AGE")  # ADNIMERGE repeats the age at baseline
        before = table.rows.setdefault(bare(row[who]), {}).setdefault(months, row)
        if other := differences(row, before):
            problems.append(
                f"line {row[LINE]}: {row[who]} at month {months} appears twice, and {other} differ from line "
                f"{before[LINE]}; keep one row"
            )
    raise_all(problems, str(path))
    return table


def differences(row: Mapping[str, str], before: Mapping[str, str]) -> str:
    """Columns in which two rows about the same thing differ, in words; empty where they agree."""
    return ", ".join(key for key in row if key != LINE and row[key] != before[key])
