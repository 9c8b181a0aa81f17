from adrepro.config.directories import strip_directories


def test_a_report_sees_no_folders():
    config = {"cohort": "/a/b/cohort.tsv", "labels": {"horizon_months": 36}, "atlas": {"labels": "/x/own.nii.gz"}}
    shown = strip_directories(config | {"preprocessing": {"brain_masks": None}})
    assert shown["cohort"] == "cohort.tsv" and shown["atlas"]["labels"] == "own.nii.gz"
    approaches = {"approaches": {"a": {"weights": "/home/x/y.pth"}}}
    assert strip_directories(approaches)["approaches"]["a"]["weights"] == "y.pth"
    assert shown["labels"] == {"horizon_months": 36} and shown["preprocessing"]["brain_masks"] is None
