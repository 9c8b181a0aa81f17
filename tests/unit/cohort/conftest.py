"""A BIDS folder of empty images."""

import pytest


@pytest.fixture
def bids(tmp_path):
    """A BIDS folder of empty images: two with a row, one without, one row without image, and a second run."""
    root = tmp_path / "bids"
    for name in (
        "sub-01/anat/sub-01_T1w",
        "sub-02/anat/sub-02_run-1_T1w",
        "sub-02/anat/sub-02_run-2_T1w",
        "sub-09/anat/sub-09_T1w",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.nii.gz").touch()
    rows = [
        "participant_id\tage\tgender\tgroup",
        "sub-01\t90+\tf\tdepr ",
        "sub-02\t35\tM\tcontrol",
        "sub-03\tn/a\t\tcontrol",
    ]
    (root / "participants.tsv").write_text("\n".join(rows) + "\n")
    return root
