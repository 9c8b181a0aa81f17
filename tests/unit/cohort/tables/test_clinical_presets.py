import pytest

from adrepro.cohort.tables.clinical_lookup import ClinicalLookup
from adrepro.cohort.tables.clinical_presets import PRESETS, months_of, with_columns

ADNI, AIBL, OASIS = PRESETS["adni"], PRESETS["aibl"], PRESETS["oasis1"]


@pytest.mark.parametrize(
    ("session", "given", "expected"),
    [
        ("ses-M006", "n/a", "6"),
        ("ses-bl", "n/a", "0"),
        ("n/a", "n/a", "0"),
        ("ses-BASELINE", "n/a", "0"),
        ("ses-2", "n/a", "n/a"),
        ("ses-M006", "7.50", "7.5"),
        ("ses-M006", "half", "half"),
    ],
)
def test_months_come_from_the_table_or_from_the_label(session, given, expected):
    assert months_of(session, given) == expected


def test_a_column_of_the_user_replaces_those_of_the_preset():
    changed = with_columns(OASIS, {"diagnosis": "Group"})
    assert changed.columns["diagnosis"] == ("Group",) and not changed.diagnosis_from_cdr
    assert changed.columns["age"] == OASIS.columns["age"] and OASIS.columns["diagnosis"] == ()
    assert ClinicalLookup(changed, "0", {"group": "AD"}).diagnosis() == "AD"
    assert with_columns(OASIS, {"age": "years"}).diagnosis_from_cdr


def test_the_age_of_adnimerge_is_that_at_baseline_under_its_own_name_too():
    assert with_columns(ADNI, {"age": "AGE"}).columns["age"] == ("AGE", "age_bl")
