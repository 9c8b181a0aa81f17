"""Presets of studies: columns and spellings of clinical values in their tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adrepro.cohort.cohort_sheet import NUMBER
from adrepro.core.files import MISSING

CLASSES = ("CN", "AD", "MCI", "EMCI", "LMCI", "sMCI", "pMCI")
CLINICAL = ("diagnosis", "age", "sex", "mmse", "cdr")
EXTRA = ("diagnosis_bl", "site", "field_strength")  # in the sheet if any value is known


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
        Whether a participant without any examination date is excluded.
    not_at_baseline : tuple of str
        Baseline diagnoses of participants who are excluded.
    constant : tuple of str
        Values and columns that hold at every visit where a table gives them once for a participant.
    """

    columns: dict[str, tuple[str, ...]]
    classes: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    diagnosis_from_cdr: bool = False
    lowest_age: float = 0
    needs_date: bool = False
    not_at_baseline: tuple[str, ...] = ()
    constant: tuple[str, ...] = ("site",)


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
        "field_strength": ("field_strength", "magnetic_field_strength", "fldstreng", "mri_field"),
        "change": (),
        "diagnosis_bl": (),
    }
)
PRESETS = {
    "generic": GENERIC,
    "adni": replace(
        GENERIC,
        columns=GENERIC.columns
        | {
            "change": ("adni_diagnosis_change", "dxchange"),
            "diagnosis_bl": ("diagnosis_sc", "dx_bl", "diagnosis_bl"),
            "diagnosis": ("diagnosis", "dx", "dxcurren"),
        },
        classes={"dementia": "AD", "nl": "CN", "sci": "CN", "1": "CN", "2": "MCI", "3": "AD"},
        missing=("-1", "-4"),
        not_at_baseline=("SMC",),
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


def columns_read(preset: Preset, keep: list[str]) -> set[str]:
    """Return the columns that a sheet is made of, in lower case.

    Parameters
    ----------
    preset : Preset
        Preset of the dataset.
    keep : list of str
        Further columns for the sheet.
    """
    named = {column for columns in preset.columns.values() for column in columns}
    return {name.lower() for name in (*preset.columns, *CLINICAL, *EXTRA, *named, *keep, "session_id")}


def with_columns(preset: Preset, mapping: Mapping[str, str]) -> Preset:
    """Return a preset with columns that the user named, which replace those of the preset.

    Parameters
    ----------
    preset : Preset
        Preset of the dataset.
    mapping : mapping of str
        Column of each clinical value.
    """
    named: dict[str, tuple[str, ...]] = {kind: (column,) for kind, column in mapping.items()}
    if mapping.get("age", "").lower() == "age":
        named["age"] = (mapping["age"], "age_bl")  # ADNIMERGE's AGE, which is that at baseline
    by_cdr = preset.diagnosis_from_cdr and "diagnosis" not in named
    return replace(preset, columns={**preset.columns, **named}, diagnosis_from_cdr=by_cdr)
