import numpy as np
import pandas as pd
import pytest

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from adrepro.features.regional_rates import rate_of_change, regional_rates

VISITS = {"sub-1": {"ses-A": 0, "ses-B": 12, "ses-C": 24}, "sub-2": {"ses-A": 0}}


def test_a_rate_is_the_slope_in_percent_of_the_mean_per_year():
    volumes = np.array([[100.0, 2, 0], [98, 2, 0], [96, 2, 0]])
    assert rate_of_change(np.array([0.0, 12, 24]), volumes) == pytest.approx([-2 / 98 * 100, 0, 0])
    assert rate_of_change(np.array([0.0, 6]), volumes[:2])[0] == pytest.approx(-4 / 99 * 100)


@pytest.fixture
def study(tmp_path):
    rows = [
        (p, s, "A", "study", "x.nii", "CN", "n/a", "n/a", "n/a", "n/a", str(m))
        for p, visits in VISITS.items()
        for s, m in visits.items()
    ]
    sheet = pd.DataFrame(rows, columns=list(COLUMNS))
    write_table(tmp_path / "cohort.tsv", sheet)
    scans = sheet[["participant_id", "session_id"]]
    write_table(tmp_path / "included.tsv", scans.assign(scan=scans["participant_id"] + "_" + scans["session_id"]))
    return tmp_path


def run(folder, volumes, max_months=None, records=()):
    out, left_out = folder / "rates.tsv", folder / "left_out.tsv"
    regional_rates(
        folder / "included.tsv", folder / "cohort.tsv", volumes, list(records), max_months, out, left_out
    )  # fmt: skip
    return read_table(out)


def measured(path, scans, ml):
    table = pd.DataFrame({"scan": scans, "name": "Left hippocampus", "volume_ml": ml})
    write_table(path, table)
    return path


def test_each_visit_of_a_participant_gets_the_rate_and_a_single_visit_none(study):
    scans = [f"sub-1_{s}" for s in VISITS["sub-1"]]
    found = run(study, [measured(study / "sub-1.tsv", scans, [4.0, 3.9, 3.8])])
    assert found["session_id"].tolist() == list(VISITS["sub-1"]) and set(found["participant_id"]) == {"sub-1"}
    assert found.iloc[0].tolist()[2:] == ["3", "2.0", "-2.5641"]


def test_visits_that_were_left_out_or_are_late_do_not_count(study):
    scans = [f"sub-1_{s}" for s in VISITS["sub-1"]]
    two = measured(study / "two.tsv", scans[:2], [4.0, 3.9])
    assert run(study, [two])[["visits", "years"]].iloc[0].tolist() == ["2", "1.0"]
    three = measured(study / "three.tsv", scans, [4.0, 3.9, 1.0])
    assert run(study, [three], 12)["visits"].iloc[0] == "2"


def test_a_visit_of_someone_else_is_listed_with_its_reason(study):
    write_json(study / "record.json", {"left_out": {"sub-1_ses-C": "overlap is 0.60"}})
    two = measured(study / "two.tsv", ["sub-1_ses-A", "sub-1_ses-B"], [4.0, 3.9])
    run(study, [two], records=[study / "record.json"])
    expected = [["sub-1", "ses-C", "within_person", "overlap is 0.60"]]
    assert read_table(study / "left_out.tsv").to_numpy().tolist() == expected


def test_tables_of_single_scans_are_named_by_their_files(study):
    paths = []
    for session, ml in (("ses-A", 4.0), ("ses-B", 3.9), ("ses-C", 3.8)):
        path = study / f"sub-1_{session}_atlas-x_desc-volume_morph.tsv"
        write_table(path, pd.DataFrame({"index": [1], "name": ["Left hippocampus"], "volume_ml": [ml]}))
        write_json(path.with_suffix(".json"), {"stream": "longitudinal"})
        paths.append(path)
    assert run(study, paths)["Left hippocampus"].iloc[0] == "-2.5641"


def test_a_stranger_at_baseline_gets_no_rate(study):
    scans = [f"sub-1_{s}" for s in ("ses-B", "ses-C")]
    assert run(study, [measured(study / "x.tsv", scans, [4.0, 3.9])])["session_id"].tolist() == ["ses-B", "ses-C"]


def test_gray_matter_without_a_region_has_no_rate(study):
    rows = [("sub-1_ses-A", "a", 1.0), ("sub-1_ses-B", "a", 1.0)] + [
        (f"sub-1_ses-{s}", "unassigned", 1.0) for s in "AB"
    ]
    write_table(study / "x.tsv", pd.DataFrame(rows, columns=["scan", "name", "volume_ml"]))
    assert list(run(study, [study / "x.tsv"]).columns)[4:] == ["a"]


def test_visits_of_both_streams_of_freesurfer_are_refused(study):
    paths = []
    for session, stream in (("ses-A", "longitudinal"), ("ses-B", "cross-sectional")):
        path = study / f"sub-1_{session}_atlas-x_desc-volume_morph.tsv"
        write_table(path, pd.DataFrame({"index": [1], "name": ["Left hippocampus"], "volume_ml": [4.0]}))
        write_json(path.with_suffix(".json"), {"stream": stream})
        paths.append(path)
    with pytest.raises(UserError, match="sub-1: visits of the cross-sectional and of the longitudinal stream"):
        run(study, paths)


def test_nobody_with_two_visits_is_told(study):
    with pytest.raises(UserError, match="no participant has two included scans .* use features: volume"):
        run(study, [])
