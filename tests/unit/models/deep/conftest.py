"""Files of a small study for the steps of networks."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from adrepro.cohort.task_views import fold_view
from adrepro.config.loading import load_settings
from adrepro.config.study import Study
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.train_cnn import train_cnn

CONFIG = Path(__file__).parents[4] / "config" / "config.yaml"
ENDS = {"scores": "tsv", "training": "tsv", "history": "tsv", "weights": "safetensors", "model": "json"}


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> SimpleNamespace:
    """Stacked images of 4 mm with a bright hippocampus in class 1, a split in two folds, and a function that trains."""
    root = tmp_path_factory.mktemp("cnn")
    names = [f"sub-{i:02d}" for i in range(14)]
    keys = pd.DataFrame({"participant_id": names, "session_id": "ses-M000"})
    target = np.arange(14) % 2
    volumes = np.random.default_rng(0).random((14, *study_grid(4).shape), dtype=np.float32)
    volumes[target == 1, 10:32, 18:30, 11:23] += 1
    np.save(root / "v.npy", volumes)
    keys.to_csv(root / "index.tsv", sep="\t", index=False)
    split = keys.assign(dataset="A", label="x", target=target)
    split["partition"] = ["train"] * 10 + ["test"] * 4
    split["fold"] = ["0", "0", "0", "0", "1", "1", "1", "1", "1", "1", "n/a", "n/a", "n/a", "n/a"]
    fold_view(split, 0).to_csv(root / "split.tsv", sep="\t", index=False)
    inputs = {
        "volumes": root / "v.npy", "index": root / "index.tsv", "split": root / "split.tsv",
        "visits": [],
    }  # fmt: skip
    approaches = Study(load_settings([CONFIG])).approaches

    def settings(name="cnn_roi", **changes):
        return approaches[name].model_copy(update={"epochs": 2, **changes})

    def train(out, changes=None, name="cnn_roi", **more):
        words = {
            **inputs, "init_from": [], "imagenet": [], "task": "T", "approach": name, "fold": 0,
            "settings": settings(name, **(changes or {})), "resolution_mm": 4, "device": "cpu", "torch_threads": 1,
            "seed": 1, "checkpoint": out / "c",
        }  # fmt: skip
        train_cnn(**{**words, **{key: out / f"{key}.{end}" for key, end in ENDS.items()}, **more})
        return pd.read_csv(out / "scores.tsv", sep="\t")

    return SimpleNamespace(root=root, inputs=inputs, volumes=volumes, settings=settings, train=train)


@pytest.fixture(scope="session")
def trained(study, tmp_path_factory) -> Path:
    """Folder `T/cnn_roi/fold-0` of a network that was trained for a few epochs."""
    folder = tmp_path_factory.mktemp("trained") / "T" / "cnn_roi" / "fold-0"
    folder.mkdir(parents=True)
    study.train(folder, {"epochs": 6, "learning_rate": 1e-3})
    return folder
