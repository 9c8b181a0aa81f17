import numpy as np
import pandas as pd
import pytest

from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table
from adrepro.imaging.spatial_transform import SpatialTransform, save_affine, save_warps
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.parcellate import parcellate

MAPS = ("gm", "wm", "csf", "lesions")


def test_regions_and_the_unassigned_rest_add_up_to_the_whole_gray_matter(tmp_path):
    rng = np.random.default_rng(0)
    affine = np.diag([4.0, 4, 4, 1])
    affine[:3, 3] = -40
    path = {name: tmp_path / f"{name}.nii.gz" for name in (*MAPS, "mod", "warp", "inverse", "atlas", "out")}
    tissue = {name: rng.uniform(0, 0.3, (20, 20, 20)).astype(np.float32) for name in MAPS}
    for name, data in tissue.items():
        save(path[name], Volume(data, affine))
    save(path["mod"], Volume(tissue["gm"], affine))
    labels = np.zeros((20, 20, 20), dtype=np.int16)
    labels[:8], labels[8:12], labels[12:14] = 1, 2, 3  # the rest of the gray matter is outside the atlas
    save(path["atlas"], Volume(labels, affine), dtype=np.int16)
    write_table(
        tmp_path / "atlas.tsv",
        pd.DataFrame(
            {"index": [1, 2, 3, 4], "name": ["a", "b", "ventricle", "unassigned"], "tissue": ["GM", "GM", "CSF", "GM"]}
        ),
    )
    write_table(
        tmp_path / "structures.tsv",
        pd.DataFrame(
            {"name": ["Left hippocampus", "x", "Left lateral ventricle", "y"], "tissue": ["GM", "GM", "CSF", "GM"]}
        ),
    )
    still = Volume(np.zeros((20, 20, 20, 3), dtype=np.float32), affine)
    save_affine(tmp_path / "affine.json", np.eye(4))
    save_warps(SpatialTransform(np.eye(4), still, still), path["warp"], path["inverse"])
    parcellate(
        *(path[name] for name in MAPS), path["mod"], tmp_path / "affine.json", path["warp"], path["inverse"],
        path["atlas"], tmp_path / "atlas.tsv", [path["atlas"], tmp_path / "structures.tsv"], path["out"],
        tmp_path / "volumes.tsv", tmp_path / "volumes.json",
    )  # fmt: skip
    found = read_json(tmp_path / "volumes.json")
    volume_ml = read_table(tmp_path / "volumes.tsv").set_index("name")["volume_ml"].astype(float)
    gray = volume_ml.drop("ventricle").sum() + tissue["gm"][12:14].sum() * 0.064  # in a ventricle only CSF counts
    assert gray == pytest.approx(tissue["gm"].sum() * 0.064, rel=1e-4)
    assert volume_ml["ventricle"] == pytest.approx(tissue["csf"][12:14].sum() * 0.064, rel=1e-3)
    assert volume_ml["unassigned"] == pytest.approx(tissue["gm"][14:].sum() * 0.064, rel=1e-3)
    assert read_table(tmp_path / "volumes.tsv").set_index("name")["density"]["ventricle"] == "n/a"
    lesions = tissue.pop("lesions").sum() * 0.064
    assert found["wmh_ml"] == pytest.approx(lesions, rel=1e-3)
    assert found["tiv_ml"] == pytest.approx(sum(t.sum() for t in tissue.values()) * 0.064, rel=1e-4)
    assert found["left_hippocampus_ml"] == pytest.approx(volume_ml["a"], rel=1e-3)
    assert found["lateral_ventricles_ml"] == pytest.approx(volume_ml["ventricle"], rel=1e-3)
    assert "right_hippocampus_ml" not in found
    assert set(np.unique(load(path["out"]).data)) == {1, 2, 3, 4}
