import pytest

from adrepro.core.errors import UserError
from adrepro.inference.preprocess import preprocess
from bids_folders import make_bids


def test_a_folder_with_other_work_is_refused(tmp_path):
    bids = make_bids(tmp_path / "data", "participant_id\nsub-1\n", scans=["sub-1"])
    work = tmp_path / "work"
    (work / "results").mkdir(parents=True)
    (work / "results/derivatives").symlink_to(tmp_path / "others")
    with pytest.raises(UserError, match=f"{work}: holds the work on {tmp_path}/others; choose another --work"):
        preprocess(bids, tmp_path / "out", work, [], [], {}, [], 4, 1)
