import pytest

from adrepro.cohort.clinical_presets import PRESETS
from adrepro.cohort.visits import visits_of
from adrepro.core.user_tables import LINE

PERSON = {"participant_id": "sub-1", "sex": "F", LINE: "2"}


@pytest.fixture
def dataset(tmp_path):
    """Write scans of sessions and a table of sessions, and return the visits of the participant."""

    def visits(*sessions, table=None, more=None):
        for session in sessions:
            path = tmp_path / "sub-1" / session / "anat" / f"sub-1_{session}_T1w.nii.gz"
            path.parent.mkdir(parents=True)
            path.touch()
        if table:
            (tmp_path / "sub-1").mkdir(exist_ok=True)
            (tmp_path / "sub-1/sub-1_sessions.tsv").write_text(table)
        return visits_of(tmp_path, PERSON, PRESETS["generic"], more or {})

    return visits


def test_visits_are_sorted_by_month(dataset):
    found = dataset("ses-M024", "ses-M006", "ses-bl")
    assert [(visit.session, visit.months) for visit in found.visits] == [
        ("ses-bl", "0"), ("ses-M006", "6"), ("ses-M024", "24"),
    ]  # fmt: skip
    assert found.problems == [] and all(len(visit.images) == 1 for visit in found.visits)


def test_the_table_adds_visits_and_values_to_the_folder_of_the_same_month(dataset):
    found = dataset("ses-M12", table="session_id\tage\nses-M000\t70\nses-M012\t71\n")
    assert [(visit.session, visit.values("age"), len(visit.images)) for visit in found.visits] == [
        ("ses-M000", "70", 0), ("ses-M12", "71", 1),
    ]  # fmt: skip
    assert found.visits[1].source == "sub-1_sessions.tsv line 3" and found.visits[1].values("sex") == "F"
    assert "age" in found.columns


def test_a_further_table_joins_by_month_and_adds_visits(dataset):
    more = {"0": {"mmse": "29", LINE: "5"}, "18": {"mmse": "25", LINE: "6"}}
    found = dataset("ses-bl", more=more)
    assert [(visit.session, visit.months, visit.values("mmse")) for visit in found.visits] == [
        ("ses-bl", "0", "29"), ("ses-M018", "18", "25"),
    ]  # fmt: skip
    assert found.visits[0].source == "participants.tsv line 2, joined line 5"


def test_a_participant_without_sessions_has_one_visit(dataset):
    (visit,) = dataset().visits
    assert (visit.session, visit.months, visit.images) == ("n/a", "0", [])


def test_contradictions_are_problems(dataset):
    found = dataset("ses-a", "ses-b", table="session_id\tmonths\tage\nses-a\t6\t70\nses-b\t6\t70\nses-b\t6\t71\n")
    assert any("ses-a and ses-b are both at month 6" in problem for problem in found.problems)
    assert any("line 4: ses-b appears twice, and age differ from line 3" in problem for problem in found.problems)
