import numpy as np
import pandas as pd

from adrepro.core.tables import read_table
from adrepro.models.predictions import COLUMNS, write_scores, write_training


def test_the_record_of_training_names_each_scan_once_per_purpose(tmp_path):
    index = pd.DataFrame({"participant_id": ["sub-1", "sub-2"], "session_id": ["n/a", "n/a"]})
    write_training(tmp_path / "t.tsv", index, {"weights": np.array([1, 1, 0]), "voting weights": np.array([0])})
    rows = read_table(tmp_path / "t.tsv").to_numpy().tolist()
    assert rows == [["weights", "sub-1", "n/a"], ["weights", "sub-2", "n/a"], ["voting weights", "sub-1", "n/a"]]


def test_scores_are_those_outside_the_training_part_with_predictions_above_the_threshold(tmp_path):
    rows = pd.DataFrame({
        "participant_id": ["sub-1", "sub-2", "sub-3", "sub-4"], "session_id": "n/a", "dataset": "A",
        "split": ["train", "test", "validation", "test"], "target": [0, 1, 0, 0],
    })  # fmt: skip
    score = np.array([0.9, 0.50000049, 0.7, 0.1])
    write_scores(tmp_path / "s.tsv", rows, score, "probability", 0.5, ("T", "cnn", 2))
    table = read_table(tmp_path / "s.tsv", ("score",))
    assert list(table) == COLUMNS and table["participant_id"].tolist() == ["sub-2", "sub-4", "sub-3"]
    assert table["prediction"].tolist() == ["0", "0", "1"]  # of the score as written, with 6 decimals
    assert table["score"].tolist() == [0.5, 0.1, 0.7] and table["label"].tolist() == ["1", "0", "0"]
    assert set(table["fold"]) == {"2"} and set(table["task"]) == {"T"} and set(table["approach"]) == {"cnn"}
