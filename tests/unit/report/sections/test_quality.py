import pandas as pd

from adrepro.core.tables import write_table
from adrepro.report.html import embed
from adrepro.report.sections.quality import quality_picture, quality_summary


def test_verdicts_are_counted_and_measures_summarized(tmp_path):
    assert quality_summary(tmp_path / "quality.tsv") == {}
    rows = [
        {"scan": f"sub-{i}", "verdict": v, "tiv_ml": 1400 + i, "tiv_ml_z": 0}
        for i, v in enumerate(["fail", "pass", "pass"])
    ]
    write_table(tmp_path / "quality.tsv", pd.DataFrame(rows))
    assert quality_summary(tmp_path / "quality.tsv") == {
        "counts": {"fail": 1, "warn": 0, "pass": 2},
        "measures": [{"name": "tiv ml", "median": "1401", "range": "1400 to 1402"}],
    }


def test_the_picture_is_that_of_the_first_included_scan(tmp_path):
    assert quality_picture(tmp_path) == ("", "")
    write_table(tmp_path / "cohort" / "included.tsv", pd.DataFrame({"scan": ["sub-1_ses-A", "sub-2_ses-A"]}))
    assert quality_picture(tmp_path) == ("", "")
    figure = tmp_path / "derivatives" / "sub-1" / "ses-A" / "anat" / "sub-1_ses-A_desc-qc_figure.jpg"
    figure.parent.mkdir(parents=True)
    figure.write_bytes(b"picture")
    assert quality_picture(tmp_path) == ("sub-1_ses-A", embed(figure))
