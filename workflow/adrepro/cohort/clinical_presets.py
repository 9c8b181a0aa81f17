"""Presets of studies: columns and spellings of clinical values in their tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adrepro.cohort.cohort_sheet import NUMBER, SEX
from adrepro.core.files import MISSING

CLASSES = ("CN", "AD", "MCI", "EMCI", "LMCI", "sMCI", "pMCI")
CLINICAL = ("diagnosis", "age", "sex", "mmse", "cdr")
EXTRA = ("site", "field_strength")  # in the sheet if any value is known
# Diagnosis after the change that a code of ADNI's DXCHANGE stands for.
CHANGES = {"1": "CN", "2": "MCI", "3": "AD", "4": "MCI", "5": "AD", "6": "AD", "7": "CN", "8": "MCI", "9": "CN"}


@dataclass(frozen=True)
class Preset:
    """Columns and rules of the tables of a study.

    Attributes
    ----------
    columns : dict of tuple of str
        Columns of each clinical value in lower case, in order of preference; a column `*_bl` holds a baseline value.
    classes : mapping of str
        Spellings of a diagnosis, in lower case, and the diagnosis in the sheet.
    missing : tuple of str
        Codes of missing values.
    diagnosis_from_cdr : bool
        Whether the diagnosis is CN for CDR 0 and AD for CDR above 0.
    lowest_age : float
        Age in years below which a visit is excluded.
    needs_date : bool
        Whether a visit without an examination date is excluded.
    not_screened_as : tuple of str
        Screening diagnoses of participants who are excluded.
    """

    columns: dict[str, tuple[str, ...]]
    classes: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    diagnosis_from_cdr: bool = False
    lowest_age: float = 0
    needs_date: bool = False
    not_screened_as: tuple[str, ...] = ()


GENERIC = Preset(
    {
        "diagnosis": ("diagnosis", "dx", "diagnosis_bl"),
        "age": ("age", "age_bl"),
        "sex": ("sex", "gender", "ptgender"),
        "mmse": ("mmse", "mms", "mmse_bl"),
        "cdr": ("cdr", "cdr_global", "cdglobal", "cdr_bl"),
        "months": ("months", "month"),
        "date": ("examination_date", "examdate"),
        "site": ("site",),
        "field_strength": ("field_strength", "magnetic_field_strength", "fldstreng"),
        "change": (),
        "screened_as": (),
    }
)
PRESETS = {
    "generic": GENERIC,
    "adni": replace(
        GENERIC,
        columns=GENERIC.columns
        | {
            "change": ("adni_diagnosis_change", "dxchange"),
            "screened_as": ("diagnosis_sc", "dx_bl", "diagnosis_bl"),
            "diagnosis": ("diagnosis", "dx"),
        },
        classes={"dementia": "AD", "nl": "CN", "sci": "CN"},
        missing=("-1", "-4"),
        not_screened_as=("SMC",),
    ),
    "aibl": replace(
        GENERIC,
        columns=GENERIC.columns | {"diagnosis": ("diagnosis", "dxcurren")},
        classes={"1": "CN", "2": "MCI", "3": "AD", "hc": "CN"},
        missing=("-1", "-4"),
        needs_date=True,
    ),
    "oasis1": replace(
        GENERIC,
        columns=GENERIC.columns | {"diagnosis": (), "sex": ("sex", "gender", "m/f")},
        diagnosis_from_cdr=True,
        lowest_age=62,
    ),
}


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
    if text.lower() in ("", "n/a", "na", "nan", "none") or text.removesuffix(".0") in preset.missing:
        return MISSING
    if kind == "diagnosis":
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
        Rows of the tables in order of preference: those of the visit, then those of the participant.
    """

    def __init__(self, preset: Preset, months: str, *rows: Mapping[str, str]) -> None:
        self.preset, self.months = preset, float(months) if NUMBER.fullmatch(months) else 0.0
        self.rows = [{key.lower(): value for key, value in row.items() if key} for row in rows]

    def __call__(self, kind: str) -> str:
        """Return the clinical value `kind`, or `n/a` if no table has it."""
        for row in self.rows:
            for name in self.preset.columns.get(kind, (kind,)):
                value = clean(row.get(name.lower(), ""), kind, self.preset)
                if value != MISSING and (later := self._at_visit(name, kind, value)) != MISSING:
                    return later
        return MISSING

    def _at_visit(self, column: str, kind: str, value: str) -> str:
        """Return a value for this visit; of baseline values (a column `*_bl`) only the age can be extrapolated."""
        if not column.endswith("_bl") or self.months == 0 or kind == "screened_as":
            return value
        if kind == "age" and NUMBER.fullmatch(value):
            return f"{float(value) + self.months / 12:.1f}"
        return MISSING

    def diagnosis(self) -> str:
        """Return the diagnosis from its column, the code of a change of ADNI, or the CDR, as the preset requires."""
        if self.preset.diagnosis_from_cdr:
            rating = self("cdr")
            return MISSING if not NUMBER.fullmatch(rating) else "CN" if float(rating) == 0 else "AD"
        found = self("diagnosis")
        return found if found != MISSING else CHANGES.get(self("change").removesuffix(".0"), MISSING)

    def exclusion_reason(self) -> str:
        """Return the reason why the preset excludes this visit; empty if it does not."""
        if self.preset.needs_date and self("date") == MISSING:
            return "no examination date"
        screened, age = self("screened_as"), self("age")
        if screened in self.preset.not_screened_as:
            return f"screened as {screened}"
        if NUMBER.fullmatch(age) and float(age) < self.preset.lowest_age:
            return f"age {age} is below {self.preset.lowest_age:g}"
        if self.preset.diagnosis_from_cdr and self("cdr") == MISSING:
            return "CDR not rated"
        return ""


def months_of(session: str, given: str) -> str:
    """Return the months since baseline of a session.

    Parameters
    ----------
    session : str
        Session label, such as `ses-M012` or `ses-bl`; `n/a` without sessions.
    given : str
        Months from a table, `n/a` if there are none; they take precedence over the label.

    Returns
    -------
    str
        Months, or `n/a` if neither gives them; text that is not a number is returned as it is.
    """
    if given != MISSING:
        return f"{float(given):g}" if NUMBER.fullmatch(given) else given
    if session == MISSING or re.fullmatch(r"ses-(bl|baseline)", session, re.IGNORECASE):
        return "0"
    number = re.fullmatch(r"ses-[Mm]0*([0-9]{1,4})", session)
    return number.group(1) if number else MISSING


def with_columns(preset: Preset, mapping: Mapping[str, str]) -> Preset:
    """Return a preset with columns that the user named, which replace those of the preset.

    Parameters
    ----------
    preset : Preset
        Preset of the dataset.
    mapping : mapping of str
        Column of each clinical value.
    """
    named = {kind: (column,) for kind, column in mapping.items()}
    by_cdr = preset.diagnosis_from_cdr and "diagnosis" not in named
    return replace(preset, columns={**preset.columns, **named}, diagnosis_from_cdr=by_cdr)
