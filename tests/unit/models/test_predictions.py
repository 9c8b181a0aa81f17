import numpy as np
import pandas as pd

from adrepro.core.files import read_table, write_table
from adrepro.models.predictions import fold_rows, learnt_targets, write_training


def files(folder):
    """A view of six participants, their baseline visits, and two more visits of a training participant."""
    view = pd.DataFrame(
        [
            (f"sub-{i}", "A", "AD", p, f, i % 2)
            for i, (p, f) in enumerate([("train", "0"), ("train", "1")] * 2 + [("test", "n/a")] * 2)
        ],
        columns=["participant_id", "dataset", "label", "partition", "fold", "target"],
    )
    visits = [(f"sub-{i}", "ses-0", i % 2) for i in range(4)] + [("sub-1", "ses-1", 1), ("sub-0", "ses-1", 0)]
    tables = {
        "view": view,
        "visits": pd.DataFrame(visits, columns=["participant_id", "session_id", "target"]),
        "labels": view[["participant_id"]].assign(session_id="ses-0"),
    }
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table)
    return [folder / f"{name}.tsv" for name in tables]


def test_longitudinal_training_leaves_validation_and_test_at_baseline(tmp_path):
    baseline, every = (fold_rows(*files(tmp_path), 0, kind) for kind in ("baseline", "longitudinal"))
    count = lambda rows: rows["split"].value_counts().to_dict()  # noqa: E731
    assert count(baseline) == {"train": 2, "validation": 2, "test": 2}
    assert count(every) == {"train": 3, "validation": 2, "test": 2}
    assert set(every[every["split"] != "train"]["session_id"]) == {"ses-0"}
    assert set(every[every["split"] == "train"]["participant_id"]) == {"sub-1", "sub-3"}


def test_permuted_labels_stay_with_the_participant_and_away_from_the_test_set():
    people = [f"sub-{i:02}" for i in range(40) for _ in range(2)]
    rows = pd.DataFrame({"participant_id": people, "target": [i % 2 for i in range(40) for _ in range(2)]})
    rows["split"] = ["train"] * 40 + ["validation"] * 20 + ["test"] * 20
    told = learnt_targets(rows, True, seed=1)
    learnt = rows["split"] != "test"
    assert np.array_equal(told[~learnt], rows["target"][~learnt]) and not np.array_equal(told, rows["target"])
    assert told[learnt].sum() == rows["target"][learnt].sum() and np.array_equal(told[::2], told[1::2])
    assert np.array_equal(learnt_targets(rows, False, seed=1), rows["target"])


def test_the_record_of_training_names_each_scan_once_per_purpose(tmp_path):
    index = pd.DataFrame({"participant_id": ["sub-1", "sub-2"], "session_id": ["n/a", "n/a"]})
    write_training(tmp_path / "t.tsv", index, {"weights": np.array([1, 1, 0]), "voting weights": np.array([0])})
    rows = read_table(tmp_path / "t.tsv").to_numpy().tolist()
    assert rows == [["weights", "sub-1", "n/a"], ["weights", "sub-2", "n/a"], ["voting weights", "sub-1", "n/a"]]
