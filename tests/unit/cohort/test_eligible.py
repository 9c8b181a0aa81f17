import pytest

from adrepro.cohort.eligible import eligible
from adrepro.cohort.labels import label_cohort
from adrepro.core.errors import UserError
from adrepro.core.tables import read_table, write_table
from small_cohort import sheet


@pytest.fixture
def run(tmp_path):
    """Run the step on a sheet and its included scans; returns both tables."""

    def of(table, included=None, rates=None, left_out=None, group=None):
        tables = dict(zip(("labels", "visits"), label_cohort(table, 36), strict=True))
        tables |= {"cohort": table, "included": table if included is None else included}
        more = {name: one for name, one in {"rates": rates, "left_out": left_out}.items() if one is not None}
        for name, one in (tables | more).items():
            write_table(tmp_path / f"{name}.tsv", one)
        inputs = [tmp_path / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")]
        further = [[tmp_path / f"{name}.tsv"] if name in more else [] for name in ("rates", "left_out")]
        eligible(*inputs, *further, tmp_path / "people.tsv", tmp_path / "people_visits.tsv", group)
        return read_table(tmp_path / "people.tsv"), read_table(tmp_path / "people_visits.tsv")

    return of


def test_a_participant_needs_a_scan_at_the_first_visit_with_the_label(run):
    table = sheet()
    without = table[~((table["participant_id"] == "sub-AD0") & (table["session_id"] == "ses-M000"))]
    people, visits = run(table, without)
    assert "sub-AD0" not in set(people["participant_id"]) and "sub-AD1" in set(people["participant_id"])
    assert visits.loc[visits["participant_id"] == "sub-AD0", "session_id"].tolist() == ["ses-M036"]


def test_groups_are_the_units_of_a_draw(run):
    people, _ = run(sheet().assign(family="f1"), group="family")
    assert set(people["unit"]) == {"family f1"}


def test_with_rates_their_participants_take_part_and_visits_left_out_do_not_train(run):
    table = sheet(2, ("AD", "CN"))
    keys = ["participant_id", "session_id"]
    rates = table.loc[(table["months"] == "0") & (table["participant_id"] != "sub-AD1"), keys]
    gone = table.loc[(table["participant_id"] == "sub-CN0") & (table["months"] == "36"), keys]
    people, visits = run(table, rates=rates, left_out=gone.assign(step="within_person", reason="another head"))
    assert set(people["participant_id"]) == {"sub-AD0", "sub-CN0", "sub-CN1"}
    assert visits.groupby("participant_id").size()["sub-CN0"] == 1
    with pytest.raises(UserError, match="dataset A: no participant has two visits for the rate of change"):
        run(table, rates=rates.head(0))
