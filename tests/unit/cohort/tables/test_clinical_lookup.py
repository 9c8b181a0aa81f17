import pytest

from adrepro.cohort.tables.clinical_lookup import ClinicalLookup, clean
from adrepro.cohort.tables.clinical_presets import GENERIC, PRESETS

ADNI, AIBL, OASIS = PRESETS["adni"], PRESETS["aibl"], PRESETS["oasis1"]


@pytest.mark.parametrize(
    ("value", "kind", "preset", "expected"),
    [
        (" ", "age", GENERIC, "n/a"),
        ("NaN", "age", GENERIC, "n/a"),
        ("-4.0", "mmse", ADNI, "n/a"),
        ("-4", "mmse", GENERIC, "-4"),
        ("90+", "age", GENERIC, "90"),
        ("Female", "sex", GENERIC, "F"),
        ("cn", "diagnosis", GENERIC, "CN"),
        ("pmci", "diagnosis", GENERIC, "pMCI"),
        ("MCI to Dementia", "diagnosis", ADNI, "AD"),
        ("Dementia", "diagnosis", GENERIC, "Dementia"),
        ("3.0", "diagnosis", AIBL, "AD"),
    ],
)
def test_cells_are_written_as_in_the_sheet(value, kind, preset, expected):
    assert clean(value, kind, preset) == expected


def test_rows_of_the_visit_come_first_and_baseline_values_count_at_baseline_alone():
    visit, person = {"AGE": "71"}, {"age": "70", "mmse_bl": "29", "sex": "F"}
    assert ClinicalLookup(GENERIC, "12", visit, person)("age") == "71"
    assert ClinicalLookup(GENERIC, "0", {}, person)("mmse") == "29"
    assert ClinicalLookup(GENERIC, "12", {}, person)("mmse") == "n/a"
    assert ClinicalLookup(GENERIC, "6", {}, {"age_bl": "70"})("age") == "70.5"
    assert ClinicalLookup(GENERIC, "6", {}, {"education": "12"})("education") == "12"


def test_the_diagnosis_follows_the_rule_of_the_preset():
    assert ClinicalLookup(ADNI, "6", {"DXCHANGE": "5.0"}).diagnosis() == "AD"
    assert ClinicalLookup(ADNI, "6", {"DX": "NL", "DXCHANGE": "5"}).diagnosis() == "CN"
    assert ClinicalLookup(ADNI, "6", {"DIAGNOSIS": "3.0"}).diagnosis() == "AD"
    assert ClinicalLookup(AIBL, "18", {"DXCURREN": "2"}).diagnosis() == "MCI"
    assert ClinicalLookup(ADNI, "6", {"diagnosis_sc": "EMCI"})("diagnosis_bl") == "EMCI"
    by_cdr = {value: ClinicalLookup(OASIS, "0", {"cdr": value}).diagnosis() for value in ("0.0", "0.5", "")}
    assert by_cdr == {"0.0": "CN", "0.5": "AD", "": "n/a"}


@pytest.mark.parametrize(
    ("preset", "row", "reason"),
    [
        (AIBL, {}, ""),
        (ADNI, {"dx_bl": "LMCI"}, ""),
        (OASIS, {"age": "61", "cdr": "0"}, "age 61 is below 62"),
        (OASIS, {"age": "62"}, "CDR not rated"),
        (OASIS, {"cdr": "0"}, "age unknown, expected 62 or more"),
        (OASIS, {"age": "62", "cdr": "0"}, ""),
        (GENERIC, {}, ""),
    ],
)
def test_the_preset_excludes_visits_with_a_reason(preset, row, reason):
    assert ClinicalLookup(preset, "0", row).exclusion_reason() == reason
