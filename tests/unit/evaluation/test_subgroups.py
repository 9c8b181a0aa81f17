import pandas as pd

from adrepro.core.tables import write_table
from adrepro.evaluation.subgroups import age_band, groups_of, subgroups
from score_tables import APPROACHES, write_scores


def test_ages_fall_into_bands():
    ages = ["64.9", "65", "74.99", "85", "n/a"]
    bands = ["below 65", "65 to below 75", "65 to below 75", "85 and older", "n/a"]
    assert [age_band(age, [65, 75, 85]) for age in ages] == bands


def test_groups_leave_out_what_is_not_known():
    people = pd.DataFrame({"participant_id": ["a", "b"], "sex": ["F", "n/a"], "age": ["70", "80"]})
    found = groups_of(people, ["sex", "age", "site"], [75])
    assert found.to_numpy().tolist() == [["a", "sex", "F"], ["a", "age", "below 75"], ["b", "age", "75 and older"]]
    assert groups_of(people, ["site"], [75]).empty


def test_subgroups_have_numbers_where_both_classes_are(tmp_path):
    write_scores(tmp_path, per_class=10)
    ids = [f"sub-{split}{i}" for split in "te" for i in range(20)]
    sexes = ["F"] * 10 + ["M"] * 10  # of the test set, every woman is a control
    row = {"session_id": "n/a", "dataset": "d", "role": "study", "t1w": "n/a", "diagnosis": "CN", "age": "70"}
    sheet = pd.DataFrame([row | {"participant_id": i, "sex": s} for i, s in zip(ids, sexes * 2, strict=True)])
    sheet = sheet.assign(mmse="n/a", cdr="n/a", months="0")
    order = "participant_id session_id dataset role t1w diagnosis age sex mmse cdr months".split()
    write_table(tmp_path / "cohort.tsv", sheet[order])
    out = tmp_path / "subgroups.tsv"
    subgroups(tmp_path, tmp_path / "cohort.tsv", out, APPROACHES, 2, ["sex", "age"], [75], 200, 0.95, 1)
    found = pd.read_csv(out, sep="\t")
    assert set(found["variable"]) == {"sex"}  # a single age band is no subgroup
    assert found["value"].isna().all() and set(found["n_positive"]) == {0, 10}
