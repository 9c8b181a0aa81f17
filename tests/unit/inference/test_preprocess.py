import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.tables import write_table
from adrepro.inference.preprocess import _with_earlier, preprocess
from bids_folders import make_bids


def test_a_folder_with_other_work_is_refused(tmp_path):
    bids = make_bids(tmp_path / "data", "participant_id\nsub-1\n", scans=["sub-1"])
    work = tmp_path / "work"
    (work / "results").mkdir(parents=True)
    (work / "results/derivatives").symlink_to(tmp_path / "others")
    with pytest.raises(UserError, match=f"{work}: holds the work on {tmp_path}/others; choose another --work"):
        preprocess(bids, tmp_path / "out", work, [], [], {}, [], 4, 1)


def test_a_dataset_is_not_written_into(tmp_path):
    bids = make_bids(tmp_path / "data", "participant_id\nsub-1\n", scans=["sub-1"])
    for out, work in ((bids, tmp_path / "w"), (tmp_path / "o", bids), (tmp_path / "o", tmp_path / "o")):
        with pytest.raises(UserError, match="must be three folders"):
            preprocess(bids, out, work, [], [], {}, [], 4, 1)
    (tmp_path / "o").mkdir()
    (tmp_path / "o/dataset_description.json").write_text('{"Name": "other"}')
    with pytest.raises(UserError, match="holds another dataset"):
        preprocess(bids, tmp_path / "o", tmp_path / "w", [], [], {}, [], 4, 1)


def test_rows_of_earlier_calls_stay(tmp_path):
    path = tmp_path / "cohort.tsv"
    first, second = (
        pd.DataFrame({"participant_id": names, "t1w": t1w}) for names, t1w in ((["a", "b"], "x"), (["b"], "y"))
    )
    assert _with_earlier(first, path).equals(first)
    write_table(path, first)
    assert _with_earlier(second, path).to_numpy().tolist() == [["a", "x"], ["b", "y"]]
