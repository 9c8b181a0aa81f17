from dataclasses import replace

import pytest

from adrepro.cohort.bids.visits import visits_of
from adrepro.cohort.tables.clinical_presets import PRESETS
from adrepro.cohort.tables.clinical_table import SOURCE
from adrepro.core.user_tables import LINE

PERSON = {"participant_id": "sub-1", "sex": "F", LINE: "2"}


@pytest.fixture
def dataset(tmp_path):
    """Write scans of sessions and a table of sessions, and return the visits of the participant."""

    def visits(*sessions, table=None, more=(), tables_first=False):
        for session in sessions:
            path = tmp_path / "sub-1" / session / "anat" / f"sub-1_{session}_T1w.nii.gz"
            path.parent.mkdir(parents=True)
            path.touch()
        if table:
            (tmp_path / "sub-1").mkdir(exist_ok=True)
            (tmp_path / "sub-1/sub-1_sessions.tsv").write_text(table)
        return visits_of(tmp_path, PERSON, PRESETS["generic"], more, tables_first)

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


def row(line, **cells):
    return {**cells, LINE: str(line), SOURCE: f"t.csv line {line}"}


def test_tables_join_by_month_and_add_visits(dataset):
    found = dataset("ses-bl", more=[{"0": row(5, mmse="29")}, {"18": row(6, mmse="25")}])
    assert [(visit.session, visit.months, visit.values("mmse")) for visit in found.visits] == [
        ("ses-bl", "0", "29"), ("ses-M018", "18", "25"),
    ]  # fmt: skip
    assert [visit.source for visit in found.visits] == ["t.csv line 5", "t.csv line 6"]


def test_a_row_of_a_participant_counts_at_the_first_visit_and_elsewhere_for_what_does_not_change(dataset):
    found = dataset(
        "ses-M006", "ses-M018", more=[{"n/a": row(2, cdr="0.5", age="70", site="x", sex="M", mmse_bl="28")}]
    )
    first, later = (visit.values for visit in found.visits)
    assert [first(kind) for kind in ("cdr", "age", "site", "sex", "mmse")] == ["0.5", "70", "x", "F", "n/a"]
    assert [later(kind) for kind in ("cdr", "age", "site", "sex", "mmse")] == ["n/a", "71.0", "x", "F", "n/a"]
    assert later.withheld("cdr") and not later.withheld("age") and not first.withheld("cdr")


def test_a_later_visit_without_a_diagnosis_stays_unknown(dataset, monkeypatch):
    monkeypatch.setitem(PERSON, "diagnosis", "CN")
    table = "session_id\tmmse\tdiagnosis\nses-M000\t29\tn/a\nses-M012\t28\tn/a\nses-M024\t27\tMCI\n"
    found = dataset("ses-M000", "ses-M012", "ses-M024", "ses-M036", table=table)
    assert [visit.values.diagnosis() for visit in found.visits] == ["CN", "n/a", "MCI", "n/a"]
    always = replace(PRESETS["generic"], constant=("diagnosis",))
    monkeypatch.setitem(PRESETS, "generic", always)
    assert [visit.values.diagnosis() for visit in dataset(table=table).visits] == ["CN", "CN", "MCI", "CN"]


def test_baseline_values_of_sessions_without_a_month_are_those_of_the_first(dataset):
    found = dataset("ses-1", "ses-2", more=[{"n/a": row(2, age_bl="70", cdr_bl="0")}])
    assert [(visit.values("age"), visit.values("cdr")) for visit in found.visits] == [("70", "0"), ("n/a", "n/a")]


def test_sessions_are_joined_by_their_number_where_one_folder_has_it(dataset):
    found = dataset("ses-1", "ses-02", table="session_id\tage\nses-01\t70\nses-2\t71\n")
    assert [(v.session, v.values("age"), len(v.images)) for v in found.visits] == [
        ("ses-1", "70", 1),
        ("ses-02", "71", 1),
    ]


def test_a_session_that_may_be_two_folders_is_asked_about(dataset):
    found = dataset("ses-1", "ses-01", table="session_id\tage\nses-001\t70\n")
    assert "ses-001 may be ses-01 or ses-1; write which" in found.problems[0]


@pytest.mark.parametrize(("tables_first", "diagnosis"), [(False, "MCI"), (True, "AD")])
def test_tables_that_disagree_are_told_and_one_of_them_counts(dataset, tables_first, diagnosis):
    table = "session_id\tdiagnosis\tmmse\nses-M012\tLMCI\t27\n"
    more = [{"12": row(7, diagnosis="AD", mmse="27.0", sex="M")}]
    (visit,) = dataset("ses-M012", table=table, more=more, tables_first=tables_first).visits
    assert visit.values.diagnosis().removeprefix("L") == diagnosis
    first, second = ("LMCI", "sub-1_sessions.tsv line 2"), ("AD", "t.csv line 7")
    said = [second, first] if tables_first else [first, second]
    sexes = [("M", "t.csv line 7"), ("F", "participants.tsv line 2")]
    sexes = sexes if tables_first else sexes[::-1]
    assert visit.values.contradictions() == [("diagnosis", *said[0], *said[1]), ("sex", *sexes[0], *sexes[1])]
    assert visit.values("sex") == sexes[0][0]


def test_visits_of_tables_are_kept_beside_sessions_without_a_month(dataset):
    more = [{"0": row(5, diagnosis="MCI"), "24": row(6, diagnosis="AD")}]
    found = dataset("ses-M000", "ses-retest", more=more)
    assert [(visit.session, visit.values.diagnosis()) for visit in found.visits] == [
        ("ses-M000", "MCI"), ("ses-M024", "AD"), ("ses-retest", "n/a"),
    ]  # fmt: skip


def test_the_field_strength_of_clinica_comes_from_the_table_of_scans(dataset, tmp_path):
    (tmp_path / "sub-1/ses-M000").mkdir(parents=True)
    (tmp_path / "sub-1/ses-M000/sub-1_ses-M000_scans.tsv").write_text(
        "filename\tmri_field\nanat/sub-1_ses-M000_T1w.nii.gz\t1.5\n"
    )
    (tmp_path / "sub-1/ses-M000/anat").mkdir()
    (tmp_path / "sub-1/ses-M000/anat/sub-1_ses-M000_T1w.nii.gz").touch()
    (visit,) = dataset().visits
    assert visit.values("field_strength") == "1.5" and visit.source == "sub-1_ses-M000_scans.tsv line 2"


def test_a_participant_without_sessions_has_one_visit(dataset):
    (visit,) = dataset().visits
    assert (visit.session, visit.months, visit.images) == ("n/a", "0", [])


def test_contradictions_are_problems(dataset):
    found = dataset("ses-a", "ses-b", table="session_id\tmonths\tage\nses-a\t6\t70\nses-b\t6\t70\nses-b\t6\t71\n")
    assert any("ses-a and ses-b are both at month 6" in problem for problem in found.problems)
    assert any("line 4: ses-b appears twice, and age differ from line 3" in problem for problem in found.problems)


@pytest.mark.parametrize(
    "sessions", [("ses-bl", "ses-12mo"), ("ses-baseline", "ses-12m"), ("ses-pre", "ses-post"), ("ses-2", "ses-10")]
)
def test_values_of_the_participant_go_to_the_first_visit_also_without_months(dataset, sessions):
    found = dataset(*sessions, more=[{"n/a": row(2, cdr="0.5")}])
    assert [(visit.session, visit.values("cdr")) for visit in found.visits] == list(
        zip(sessions, ("0.5", "n/a"), strict=True)
    )
