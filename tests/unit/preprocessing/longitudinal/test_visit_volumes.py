import numpy as np
import pandas as pd
import pytest

from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from adrepro.imaging.spatial_transform import SpatialTransform, save_affine, save_warps
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.longitudinal.visit_volumes import visit_volumes


def test_each_visit_has_the_tissue_of_the_mean_times_its_change(tmp_path):
    affine = np.diag([2.0, 2, 2, 1])
    path = {n: tmp_path / f"{n}.nii.gz" for n in ("gm", "csf", "warp", "inverse", "jacobians", "atlas")}
    gray = np.full((10, 10, 10), 0.8, dtype=np.float32)
    save(path["gm"], Volume(gray, affine))
    save(path["csf"], Volume(1 - gray, affine))
    labels = np.ones((10, 10, 10), dtype=np.int16)
    labels[5:] = 2
    save(path["atlas"], Volume(labels, affine), dtype=np.int16)
    change = np.ones((10, 10, 10, 2), dtype=np.float32)
    change[:5, ..., 1], change[5:, ..., 1] = 0.9, 1.2
    save(path["jacobians"], Volume(change, affine))
    write_table(tmp_path / "atlas.tsv", pd.DataFrame({"name": ["cortex", "ventricle"], "tissue": ["GM", "CSF"]}))
    still = Volume(np.zeros((10, 10, 10, 3), dtype=np.float32), affine)
    save_affine(tmp_path / "affine.json", np.eye(4))
    save_warps(SpatialTransform(np.eye(4), still, still), path["warp"], path["inverse"])
    write_json(tmp_path / "record.json", {"visits": {"sub-1_ses-A": {}, "sub-1_ses-B": {}}})
    visit_volumes(
        path["gm"], path["csf"], tmp_path / "affine.json", path["warp"], path["inverse"], path["jacobians"],
        tmp_path / "record.json", path["atlas"], tmp_path / "atlas.tsv", tmp_path / "volumes.tsv",
    )  # fmt: skip
    table = read_table(tmp_path / "volumes.tsv", numbers=("volume_ml",))
    assert list(table) == ["scan", "index", "name", "volume_ml"]
    half = 500 * 0.008
    expected = [half * 0.8, half * 0.2, half * 0.8 * 0.9, half * 0.2 * 1.2]
    assert table["volume_ml"].to_numpy() == pytest.approx(expected, rel=1e-3)
    assert table["scan"].tolist() == ["sub-1_ses-A"] * 2 + ["sub-1_ses-B"] * 2
