from adrepro.core.tables import read_table
from leak_kinds import KINDS
from leak_studies import LeakStudy


def written(tmp_path, kind=None):
    """A study whose files are written, with a leak of some kind."""
    study = LeakStudy(tmp_path)
    if kind:
        KINDS[kind][0](study)
    study.check()
    return study


def test_a_clean_study_has_the_checks_as_the_report_lists_them(tmp_path):
    study = written(tmp_path)
    found = study.image_checks()
    assert {check["verdict"] for check in found} == {"clean"} and len(found) == 3
    assert set(found[0]) == {"name", "compared", "count", "verdict", "examples"}
    table = read_table(study.results / "cohort/similarity.tsv", ("different", "same"))
    assert table["different"].sum() == 26 * 25 / 2 and table["same"].sum() == 0


def test_people_who_are_known_to_be_different_may_look_alike(tmp_path):
    study = written(tmp_path, "one image with noise")
    assert [check["count"] for check in study.image_checks()] == [0, 1, 0]
    pair = [study.one("train", 1), study.one("external")]
    assert [check["count"] for check in study.image_checks(distinct=[pair])] == [0, 0, 0]


def test_volumes_are_compared_where_there_are_no_maps(tmp_path):
    study = written(tmp_path)
    rows = study.people[["participant_id"]].assign(session_id="ses-M000", tiv_ml="1500", hippocampus="3.5")
    rows.loc[2:, "hippocampus"] = [f"{n}" for n in range(len(rows) - 2)]
    (study.results / "features").mkdir()
    rows.to_csv(study.results / "features/regional.tsv", sep="\t", index=False)
    found = {check["name"]: check["count"] for check in study.image_checks(suffix=None)}
    assert found["no equal volumes of two participants"] == 1
