import pytest

from adrepro.config.settings.analysis import LeakageSettings
from adrepro.core.errors import UserError
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.evaluation.split_leakage import split_leakage
from leak_kinds import KINDS
from leak_studies import LeakStudy


def check(study, allow_leak=False, suffix="jacobian.nii.gz", **settings):
    results = study.results
    study.check()
    split_leakage(
        results, results / "cohort.tsv", results / "cohort/included.tsv", suffix, results / "mask.nii.gz",
        results / "space.json", results / "atlas.json", results / "splits/leakage.json",
        results / "splits/similarity.tsv", list(study.views), None, LeakageSettings(**settings), study.derived_from,
        4.0, allow_leak,
    )  # fmt: skip
    return read_json(results / "splits/leakage.json")


def test_a_leak_stops_the_study_before_training_unless_it_is_allowed(tmp_path):
    study = LeakStudy(tmp_path)
    KINDS["one image in two partitions"][0](study)
    with pytest.raises(
        UserError, match="(?s)leakage before any training.*no image under two participants: 1 case, sub-"
    ):
        check(study)
    assert check(study, allow_leak=True)["verdict"] == "leak"


def test_a_clean_study_has_the_checks_as_the_report_lists_them(tmp_path):
    found = check(LeakStudy(tmp_path))
    assert found["verdict"] == "clean" and {c["verdict"] for c in found["checks"]} == {"clean"}
    assert set(found["checks"][0]) == {"name", "compared", "count", "verdict", "examples"}


def test_people_who_are_known_to_be_different_may_look_alike(tmp_path):
    study = LeakStudy(tmp_path)
    KINDS["one image with noise"][0](study)
    with pytest.raises(UserError, match="no head under two participants: 1 case, sub-"):
        check(study)
    pair = [study.one("train", 1), study.one("external")]
    assert check(study, distinct=[pair])["verdict"] == "clean"
    table = read_table(study.results / "splits/similarity.tsv", ("different", "same"))
    assert table["different"].sum() == 26 * 25 / 2 and table["same"].sum() == 0


def test_volumes_are_compared_where_there_are_no_maps(tmp_path):
    study = LeakStudy(tmp_path)
    study.check()
    rows = study.people[["participant_id"]].assign(session_id="ses-M000", tiv_ml="1500", hippocampus="3.5")
    rows.loc[2:, "hippocampus"] = [f"{n}" for n in range(len(rows) - 2)]
    (study.results / "features").mkdir()
    rows.to_csv(study.results / "features/regional.tsv", sep="\t", index=False)
    found = check(study, allow_leak=True, suffix=None)
    assert [c["count"] for c in found["checks"] if c["name"] == "no equal volumes of two participants"] == [1]
