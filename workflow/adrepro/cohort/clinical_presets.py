"""Clinical values as BIDS converters and study tables write them, and presets that map their columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adrepro.cohort.cohort_sheet import NUMBER, SEX
from adrepro.core.files import MISSING

CLASSES = ("CN", "AD", "MCI", "EMCI", "LMCI", "sMCI", "pMCI")
CLINICAL = ("diagnosis", "age", "sex", "mmse", "cdr")
EXTRA = ("site", "field_strength")  # kept in the sheet where they are known
# What ADNI's code for a change of diagnosis says of the diagnosis after it.
CHANGES = {"1": "CN", "2": "MCI", "3": "AD", "4": "MCI", "5": "AD", "6": "AD", "7": "CN", "8": "MCI", "9": "CN"}


@dataclass(frozen=True)
class Preset:
    """Where a study's tables hold what, and its own rules.

    `columns` lists, per value, the columns that may hold it, first choice first, in lower case; one that ends in `_bl`
    tells of the first visit alone. `classes` maps spellings of a diagnosis, in lower case, to the sheet's.
    """

    columns: Mapping[str, tuple[str, ...]]
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
    """One table cell as the sheet writes it: `n/a` for nothing, `90+` as 90, known classes in their spelling."""
    text = str(value).strip()
    if text.lower() in ("", "n/a", "na", "nan", "none") or text.removesuffix(".0") in preset.missing:
        return MISSING
    if kind == "diagnosis":
        after = text.lower().rsplit(" to ", 1)[-1]  # `MCI to Dementia` is what it becomes
        spelling = {name.lower(): name for name in CLASSES} | dict(preset.classes)
        return spelling.get(after.removesuffix(".0"), text)
    if kind == "sex":
        return SEX.get(text.lower(), text)
    if kind == "age":
        return text.removesuffix("+")
    return text


class Found:
    """Looks up values in the rows that tell of one visit: its own first, then those of the participant."""

    def __init__(self, preset: Preset, months: str, *rows: Mapping[str, str]) -> None:
        self.preset, self.months = preset, float(months) if NUMBER.fullmatch(months) else 0.0
        self.rows = [{key.lower(): value for key, value in row.items() if key} for row in rows]

    def __call__(self, kind: str) -> str:
        """The value of this `kind`, `n/a` if no table holds it."""
        for row in self.rows:
            for name in self.preset.columns.get(kind, (kind,)):
                value = clean(row.get(name.lower(), ""), kind, self.preset)
                if value != MISSING and (later := self._at_visit(name, kind, value)) != MISSING:
                    return later
        return MISSING

    def _at_visit(self, column: str, kind: str, value: str) -> str:
        """What a value of the first visit (a column `*_bl`) is worth at this one: only an age can be carried on."""
        if not column.endswith("_bl") or self.months == 0 or kind == "screened_as":
            return value
        if kind == "age" and NUMBER.fullmatch(value):
            return f"{float(value) + self.months / 12:.1f}"
        return MISSING

    def diagnosis(self) -> str:
        """The diagnosis by the preset's rule: the column, ADNI's code of a change, or the CDR."""
        if self.preset.diagnosis_from_cdr:
            rating = self("cdr")
            return MISSING if not NUMBER.fullmatch(rating) else "CN" if float(rating) == 0 else "AD"
        found = self("diagnosis")
        return found if found != MISSING else CHANGES.get(self("change").removesuffix(".0"), MISSING)

    def left_out(self) -> str:
        """Why the preset leaves this visit out; empty if it does not."""
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
    """Months since baseline: from the table if it says so, else from a label such as `ses-M012` or `ses-bl`."""
    if given != MISSING:
        return f"{float(given):g}" if NUMBER.fullmatch(given) else given
    if session == MISSING or re.fullmatch(r"ses-(bl|baseline)", session, re.IGNORECASE):
        return "0"
    number = re.fullmatch(r"ses-[Mm]0*([0-9]{1,4})", session)
    return number.group(1) if number else MISSING


def with_columns(preset: Preset, mapping: Mapping[str, str]) -> Preset:
    """The preset with the columns that the user named in first and only place."""
    named = {kind: (column,) for kind, column in mapping.items()}
    by_cdr = preset.diagnosis_from_cdr and "diagnosis" not in named
    return replace(preset, columns={**preset.columns, **named}, diagnosis_from_cdr=by_cdr)
