from dataclasses import replace

import numpy as np
import pandas as pd

from adrepro.cohort.task_views import fold_view
from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.tables import write_table
from adrepro.models.fold_data import fold_rows, fold_seed, read_fold, select, training_targets


def files(folder):
    """Split of six participants, and visits of the training participants, two of them later ones."""
    view = pd.DataFrame(
        [
            (f"sub-{i}", "ses-0", "A", "AD", p, f, i % 2)
            for i, (p, f) in enumerate([("train", "0"), ("train", "1")] * 2 + [("test", "n/a")] * 2)
        ],
        columns=["participant_id", "session_id", "dataset", "label", "partition", "fold", "target"],
    )
    visits = [(f"sub-{i}", "ses-0", i % 2) for i in range(4)] + [("sub-1", "ses-1", 1), ("sub-0", "ses-1", 0)]
    tables = {
        "split": fold_view(view, 0),
        "visits": pd.DataFrame(visits, columns=["participant_id", "session_id", "target"]),
    }
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table)
    return [folder / f"{name}.tsv" for name in tables]


def test_longitudinal_training_leaves_validation_and_test_at_baseline(tmp_path):
    split, visits = files(tmp_path)
    baseline, every = (fold_rows(split, more) for more in ([], [visits]))
    count = lambda rows: rows["split"].value_counts().to_dict()  # noqa: E731
    assert count(baseline) == {"train": 2, "validation": 2, "test": 2}
    assert count(every) == {"train": 3, "validation": 2, "test": 2}
    assert set(every[every["split"] != "train"]["session_id"]) == {"ses-0"}
    assert set(every[every["split"] == "train"]["participant_id"]) == {"sub-1", "sub-3"}


def test_permuted_labels_stay_with_the_participant_and_away_from_the_test_set():
    people = [f"sub-{i:02}" for i in range(40) for _ in range(2)]
    rows = pd.DataFrame({"participant_id": people, "target": [i % 2 for i in range(40) for _ in range(2)]})
    rows["split"] = ["train"] * 40 + ["validation"] * 20 + ["test"] * 20
    permuted = training_targets(rows, True, seed=1)
    fitted = rows["split"] != "test"
    assert np.array_equal(permuted[~fitted], rows["target"][~fitted]) and not np.array_equal(permuted, rows["target"])
    assert permuted[fitted].sum() == rows["target"][fitted].sum() and np.array_equal(permuted[::2], permuted[1::2])
    assert np.array_equal(training_targets(rows, False, seed=1), rows["target"])


def test_scans_are_selected_by_participant_and_session():
    index = pd.DataFrame({"participant_id": ["sub-1", "sub-1", "sub-2"], "session_id": ["ses-0", "ses-1", "ses-0"]})
    assert select(index, index.iloc[[2, 1]]).tolist() == [2, 1]


def test_every_fold_model_has_a_seed_of_its_own():
    seeds = {fold_seed(20, task, approach, fold) for task in "ab" for approach in "cd" for fold in range(3)}
    assert len(seeds) == 12 and all(20 <= seed < 20 + 2**20 for seed in seeds)
    assert fold_seed(20, "a", "c", 0) == fold_seed(20, "a", "c", 0)


def read(folder):
    index = pd.DataFrame({"participant_id": [f"sub-{i}" for i in range(6)], "session_id": "ses-0"})[::-1]
    write_table(folder / "index.tsv", index)
    if not (folder / "volumes.npy").exists():
        np.save(folder / "volumes.npy", np.arange(6 * 64, dtype=np.float32).reshape(6, 4, 4, 4))
    settings = CnnApproach(kind="cnn_roi", network="Conv4_FC3", epochs=1)
    split, visits = files(folder)
    return read_fold(folder / "volumes.npy", folder / "index.tsv", split, [], settings, 1)


def test_a_fold_has_the_image_of_each_row(tmp_path):
    fold = read(tmp_path)
    images = fold.index["participant_id"].to_numpy()[fold.positions]
    assert images.tolist() == fold.rows["participant_id"].tolist()
    assert fold.target.tolist() == fold.rows["target"].tolist()
    assert {name: len(fold.part(name)) for name in ("train", "validation", "test")} == dict.fromkeys(
        ("train", "validation", "test"), 2
    )


def test_the_identity_of_a_fold_depends_on_targets_and_voxels_of_training_and_validation(tmp_path):
    fold = read(tmp_path)
    before = fold.identity()
    assert read(tmp_path).identity() == before
    target = fold.target.copy()
    target[fold.part("test")] = 1 - target[fold.part("test")]
    assert replace(fold, target=target).identity() == before
    target[fold.part("validation")] = 1 - target[fold.part("validation")]
    assert replace(fold, target=target).identity() != before
    volumes = np.load(tmp_path / "volumes.npy")
    volumes[0] += 1  # of a test participant: the index is in reverse order
    np.save(tmp_path / "volumes.npy", volumes)
    assert read(tmp_path).identity() == before
    volumes[5] += 1
    np.save(tmp_path / "volumes.npy", volumes)
    assert read(tmp_path).identity() != before
