import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from adrepro.core.tables import write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.weight_maps import on_regions, weight_maps


def test_weights_are_in_their_regions_and_nowhere_else():
    labels = np.array([0, 1, 2, 3, 1])
    found = on_regions(np.array([5.0, -1, 9]), labels, ["a", "b", "c"], ["a", "c", "unassigned"])
    assert found.tolist() == [0, 5, 0, -1, 5]


@pytest.mark.parametrize("regional", [True, False])
def test_the_map_is_the_mean_over_folds(tmp_path, regional):
    grid = study_grid(4)
    labels = np.zeros(grid.shape, np.float32)
    labels[10:20], labels[20:30] = 1, 2
    save(tmp_path / "atlas.nii.gz", Volume(labels, grid.affine))
    write_table(tmp_path / "atlas.tsv", pd.DataFrame({"name": ["a", "b"]}))
    columns = ["participant_id", "session_id", "tiv_ml", "wmh_ml", "b", "a", "unassigned"]
    write_table(tmp_path / "features.tsv", pd.DataFrame([["sub-1", "n/a", "1", "n/a", "1", "1", "1"]], columns=columns))
    rng = np.random.default_rng(0)
    folds = [rng.normal(size=3 if regional else labels.size) for _ in range(2)]
    for number, weights in enumerate(folds):
        save_file({"weights": weights}, tmp_path / f"{number}.safetensors")
    weight_maps(
        weights=[tmp_path / f"{number}.safetensors" for number in range(2)],
        features=tmp_path / "features.tsv",
        atlas=tmp_path / "atlas.nii.gz",
        atlas_table=tmp_path / "atlas.tsv",
        background=tmp_path / "atlas.nii.gz",
        out=tmp_path / "weights.nii.gz",
        picture=tmp_path / "weights.jpg",
        regional=regional,
        resolution_mm=4,
        simulated=False,
    )
    mean, found = np.mean(folds, axis=0), load(tmp_path / "weights.nii.gz")
    expected = np.choose(labels.astype(int), [0, mean[1], mean[0]]) if regional else mean.reshape(grid.shape)
    np.testing.assert_allclose(found.data, expected, rtol=1e-6)
    np.testing.assert_allclose(found.affine, grid.affine)
    assert (tmp_path / "weights.jpg").exists()
