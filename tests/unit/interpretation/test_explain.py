import numpy as np
import pandas as pd
import pytest

from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.attribution_maps import visible_voxels
from adrepro.interpretation.attribution_metrics import VisibleRegion
from adrepro.interpretation.explain import explain, select_participants
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.weights import save_weights
from explained_networks import GRID, SETTINGS, approach, networks, record


def test_the_first_test_participants_of_each_class_are_selected():
    rows = pd.DataFrame({"split": ["test"] * 5 + ["train"], "target": [1, 0, 1, 0, 1, 0], "id": list("abcdef")})
    assert select_participants(rows, 2)["id"].tolist() == ["a", "b", "c", "d"]
    assert select_participants(rows, 1)["id"].tolist() == ["a", "b"]


def test_the_step_writes_maps_tables_and_a_figure(tmp_path):
    rng = np.random.default_rng(0)
    ids = [f"sub-{i}" for i in range(4)]
    np.save(tmp_path / "v.npy", rng.random((4, *GRID.shape), dtype=np.float32))
    scans = pd.DataFrame({"participant_id": ids, "session_id": "n/a"})
    write_table(tmp_path / "v.tsv", scans)
    split = scans.assign(dataset="d", label="x", split="test", target=[0, 1, 0, 1])
    write_table(tmp_path / "split.tsv", split)
    write_table(tmp_path / "atlas.tsv", pd.DataFrame({"name": ["all"]}))
    ones = Volume(np.ones(GRID.shape, np.float32), GRID.affine)
    for name in ("atlas", "mask", "background"):
        save(tmp_path / f"{name}.nii.gz", ones)
    settings, boxes = approach(), input_regions("cnn_roi", GRID)
    save_weights(tmp_path / "w.safetensors", networks(settings, boxes, 1))
    write_json(tmp_path / "m.json", record(settings, [0.5, 0.5]))
    explain(
        volumes=tmp_path / "v.npy",
        index=tmp_path / "v.tsv",
        split=tmp_path / "split.tsv",
        weights=[tmp_path / "w.safetensors"],
        models=[tmp_path / "m.json"],
        atlas=tmp_path / "atlas.nii.gz",
        atlas_table=tmp_path / "atlas.tsv",
        mask=tmp_path / "mask.nii.gz",
        background=tmp_path / "background.nii.gz",
        ground_truth=[],
        maps=[tmp_path / "negative.nii.gz", tmp_path / "positive.nii.gz"],
        regions=tmp_path / "regions.tsv",
        checks=tmp_path / "checks.tsv",
        picture=tmp_path / "maps.jpg",
        settings=SETTINGS,
        sides={"negative": "CN", "positive": "AD"},
        simulated=False,
        device="cpu",
        torch_threads=1,
        seed=0,
    )
    visible = visible_voxels(record(settings, []))
    for side in ("negative", "positive"):
        values = load(tmp_path / f"{side}.nii.gz").data
        assert values[visible].any() and not values[~visible].any()
        region = VisibleRegion(visible, visible, np.ones(GRID.shape, int), ["all"], None)
        assert np.abs(region.normalize_strength(values[None])[0][visible]).mean() == pytest.approx(1, abs=1e-5)
    checks = pd.read_csv(tmp_path / "checks.tsv", sep="\t")
    assert checks["weights"].tolist() == ["trained", "random"] and checks["ground_truth_auc"].isna().all()
    assert pd.read_csv(tmp_path / "regions.tsv", sep="\t")["ratio"].tolist() == [1.0]
    assert (tmp_path / "maps.jpg").read_bytes()[:2] == b"\xff\xd8"
