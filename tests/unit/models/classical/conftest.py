"""Files of a small study for the steps of classical approaches."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from adrepro.cohort.task_views import fold_view
from adrepro.core.tables import write_table

COUNT = 36


@pytest.fixture
def study(tmp_path) -> SimpleNamespace:
    """Paths of tables of 36 participants with a difference in one of six regions: 24 in two folds, 12 to test."""
    rng = np.random.default_rng(0)
    keys = pd.DataFrame({"participant_id": [f"sub-{i:02}" for i in range(COUNT)], "session_id": "ses-0"})
    target = np.arange(COUNT) % 2
    values = rng.normal(size=(COUNT, 6)) + 10
    values[:, 2] += 6 * target
    maps = values.reshape(COUNT, 1, 2, 3).astype(np.float32)
    regions = dict(zip("abcdef", values.T, strict=True))
    view = keys.assign(
        dataset="A", label="x", target=target, partition=["train"] * 24 + ["test"] * 12,
        fold=["0", "0", "1", "1"] * 6 + ["n/a"] * 12,
    )  # fmt: skip
    tables = {
        "regional": keys.assign(tiv_ml=rng.uniform(1300, 1500, COUNT).round(1), **regions),
        "cohort": keys.assign(
            dataset="A", role="study", t1w="x.nii.gz", diagnosis="CN", age=rng.integers(60, 80, COUNT),
            sex=["F", "M", "M"] * 12, mmse="n/a", cdr="n/a", months="n/a", site=["x", "x", "x", "y", "y", "y"] * 6,
        ),
        "view": view,
        "split": fold_view(view, 0),
        "visits": keys.assign(target=target)[:24],
        "maps": keys,
        "holdouts": pd.DataFrame(
            [(i, f"sub-{number:02}") for i in range(3) for number in range(8 * i, 8 * i + 8)],
            columns=["iteration", "participant_id"],
        ),
    }  # fmt: skip
    paths: dict[str, Path] = {name: tmp_path / f"{name}.tsv" for name in tables}
    for name, table in tables.items():
        write_table(paths[name], table)
    np.save(tmp_path / "maps.npy", maps)
    flat = maps.reshape(COUNT, -1).astype(float)
    np.save(tmp_path / "kernel.npy", flat @ flat.T)
    arrays = {"stacked": tmp_path / "maps.npy", "kernel": tmp_path / "kernel.npy"}
    return SimpleNamespace(folder=tmp_path, values=values, target=target, **paths, **arrays)
