import numpy as np
import pandas as pd

from adrepro.report.qc_table import quality_table, robust_z


def test_outliers_of_the_cohort_get_a_warning_and_the_worst_come_first():
    scans = pd.DataFrame({"participant_id": [f"sub-{i}" for i in range(9)], "session_id": "n/a"})
    scans["scan"] = scans["participant_id"]
    records = [{"verdict": "pass", "reasons": [], "measures": {"tiv_ml": 1400 + i}} for i in range(9)]
    records[3]["measures"]["tiv_ml"] = 2000
    records[5] |= {"verdict": "fail", "reasons": ["tiv_ml is 1, expected 2 to 3"]}
    table = quality_table(scans, records, warn_z=5)
    assert table["scan"].tolist()[:2] == ["sub-5", "sub-3"]
    assert table["verdict"].tolist() == ["fail", "warn"] + ["pass"] * 7
    assert "tiv_ml" in table["reasons"][1]


def test_z_scores_of_equal_values_are_zero():
    assert (robust_z(np.ones(5)) == 0).all()


def test_fractions_of_a_percent_are_no_reason_for_a_warning_and_many_lesions_among_none_are():
    scans = pd.DataFrame({"participant_id": list("abcde"), "session_id": "n/a", "scan": list("abcde")})
    gray, lesions = [0.001, 0.002, 0.003, 0.002, 0.03], [0.0, 0.0, 0.0, 0.0, 30.0]
    records = [
        {"measures": {"gray_in_white": g, "wmh_ml": ml}, "verdict": "pass", "reasons": []}
        for g, ml in zip(gray, lesions, strict=True)
    ]
    table = quality_table(scans, records, warn_z=5).set_index("scan")
    assert table["reasons"]["e"] == "wmh_ml is +30.0 robust z from the cohort"
    assert (table["verdict"].drop("e") == "pass").all()
