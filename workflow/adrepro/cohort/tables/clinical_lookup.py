"""Clinical values of a visit, looked up in several tables."""

from collections.abc import Mapping

from adrepro.cohort.cohort_sheet import NUMBER, SEX
from adrepro.cohort.diagnosis_course import without_subtype
from adrepro.cohort.tables.clinical_presets import CLASSES, GENERIC, Preset
from adrepro.cohort.tables.clinical_table import SOURCE
from adrepro.core.files import MISSING
from adrepro.core.user_tables import UNKNOWN

# Diagnosis after the change that a code of ADNI's DXCHANGE stands for.
CHANGES = {"1": "CN", "2": "MCI", "3": "AD", "4": "MCI", "5": "AD", "6": "AD", "7": "CN", "8": "MCI", "9": "CN"}
CONSTANT = ("sex", "diagnosis_bl")  # values that are the same at all visits
WHOLE = "\twhole"  # key of a row of a participant, of no visit
COMPARED = ("diagnosis", "mmse", "cdr", *CONSTANT)  # values on which tables are compared
PARTICIPANT = "\tparticipant"  # key of the row of `participants.tsv`


def clean(value: object, kind: str, preset: Preset = GENERIC) -> str:
    """Return one table cell in the format of the sheet.

    Parameters
    ----------
    value : object
        The cell.
    kind : str
        Clinical value, such as `diagnosis`, `sex` or `age`.
    preset : Preset
        Spellings and missing values of the study.

    Returns
    -------
    str
        `n/a` for a missing value, `90` for `90+`, diagnoses and sex in the spelling of the sheet.
    """
    text = str(value).strip()
    if text.lower() in UNKNOWN or text.removesuffix(".0") in preset.missing:
        return MISSING
    if kind in ("diagnosis", "diagnosis_bl"):
        after = text.lower().rsplit(" to ", 1)[-1]  # of `MCI to Dementia` the later one
        spelling = {name.lower(): name for name in CLASSES} | dict(preset.classes)
        return spelling.get(after.removesuffix(".0"), text)
    if kind == "sex":
        return SEX.get(text.lower(), text)
    if kind == "age":
        return text.removesuffix("+")
    return text


class ClinicalLookup:
    """Look up clinical values of one visit in several table rows.

    Parameters
    ----------
    preset : Preset
        Columns and rules of the study.
    months : str
        Months since baseline, `n/a` if unknown.
    *rows : mapping of str
        Rows of the tables in order of preference: those of the visit, then those of the participant. A row with the key
        `WHOLE`, which belongs to no visit, counts at the first visit, and at others for what does not change.
    first : str, optional
        Months of the first visit of the participant; None for this visit.
    """

    def __init__(self, preset: Preset, months: str, *rows: Mapping[str, str], first: str | None = None) -> None:
        self.preset, self.is_first = preset, first is None
        self.months, self.since = _number(months), _number(months if first is None else first)
        self.rows = [{key.lower(): value for key, value in row.items() if key} for row in rows]

    def __call__(self, kind: str) -> str:
        """Return the clinical value `kind`, or `n/a` if no table has it."""
        for row in self.rows:
            for name in self.preset.columns.get(kind, (kind,)):
                value = clean(row.get(name.lower(), ""), kind, self.preset)
                if value != MISSING and (held := self._at_visit(name, kind, value, WHOLE in row)) != MISSING:
                    return held
        return MISSING

    def _at_visit(self, column: str, kind: str, value: str, whole: bool) -> str:
        """Return a value for this visit, or `n/a`: of values of another visit only the age can be extrapolated.

        A column `*_bl` holds a value of month 0, the row of a participant one of the first visit.
        """
        if kind.lower() in (*CONSTANT, *self.preset.constant):
            return value
        at_baseline = column.lower().endswith("_bl")
        if self.months is None or (since := 0.0 if at_baseline else self.since) is None:
            return value if self.is_first or not (at_baseline or whole) else MISSING
        if not (at_baseline or whole) or self.months == since:
            return value
        if kind == "age" and NUMBER.fullmatch(value):
            return f"{float(value) + (self.months - since) / 12:.1f}"
        return MISSING

    def withheld(self, kind: str) -> bool:
        """Return whether a row of the participant has a value that this visit, which has none of its own, does not get.

        Parameters
        ----------
        kind : str
            Clinical value.
        """
        if self.is_first or self(kind) != MISSING:
            return False
        return ClinicalLookup(self.preset, MISSING, *(row for row in self.rows if WHOLE in row))(kind) != MISSING

    def diagnosis(self) -> str:
        """Return the diagnosis from its column, the code of a change of ADNI, or the CDR, as the preset requires."""
        if self.preset.diagnosis_from_cdr:
            rating = self("cdr")
            return MISSING if not NUMBER.fullmatch(rating) else "CN" if float(rating) == 0 else "AD"
        found = self("diagnosis")
        return found if found != MISSING else CHANGES.get(self("change").removesuffix(".0"), MISSING)

    def exclusion_reason(self) -> str:
        """Return the reason why the preset excludes this visit; empty if it does not."""
        age = self("age")
        if NUMBER.fullmatch(age) and float(age) < self.preset.lowest_age:
            return f"age {age} is below {self.preset.lowest_age:g}"
        if age == MISSING and self.preset.lowest_age:
            return f"age unknown, expected {self.preset.lowest_age:g} or more"
        if self.preset.diagnosis_from_cdr and self("cdr") == MISSING:
            return "CDR not rated"
        return ""

    def contradictions(self) -> list[tuple[str, str, str, str, str]]:
        """Return the clinical values on which two tables disagree.

        Of a row of `participants.tsv` constant values alone are compared: the others there are those of one visit.

        Returns
        -------
        list of tuple of str
            Name of the value, the value that counts and its file and line, and the other value and its file and line.
        """
        rows = [row for row in self.rows if SOURCE in row]
        if len(rows) < 2:
            return []
        months, first = (MISSING if number is None else f"{number:g}" for number in (self.months, self.since))
        where = None if self.is_first else first
        found, own = [], [ClinicalLookup(self.preset, months, row, first=where) for row in rows]
        for kind in COMPARED:
            said = [
                (value, row[SOURCE])
                for row, look in zip(rows, own, strict=True)
                if (kind in CONSTANT or PARTICIPANT not in row)
                and (value := look.diagnosis() if kind == "diagnosis" else look(kind)) != MISSING
            ]
            other = next((one for one in said[1:] if _comparable(one[0]) != _comparable(said[0][0])), None)
            if other:
                found.append((kind, *said[0], *other))
        return found


def _number(months: str) -> float | None:
    return float(months) if NUMBER.fullmatch(months) else None


def _comparable(value: str) -> str | float:
    return float(value) if NUMBER.fullmatch(value) else without_subtype(value)
