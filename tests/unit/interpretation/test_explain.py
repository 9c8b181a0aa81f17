import numpy as np
import pandas as pd
import pytest
import torch

from adrepro.config.settings.analysis import SaliencySettings
from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.files import write_json, write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.attribution_metrics import VisibleRegion
from adrepro.interpretation.explain import AttributionMaps, explain, region_maps, select_participants, visible_voxels
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.registry import build
from adrepro.models.deep.weights import save_weights

GRID = study_grid(4)
CPU = torch.device("cpu")
SETTINGS = SaliencySettings(methods=["occlusion"], per_class=1, occlusion_mm=24)


def approach(kind="cnn_roi", network="Conv4_FC3", **more):
    return CnnApproach(kind=kind, network=network, epochs=1, dropout=0, image_size=32, **more)


def record(settings, weights):
    return {"settings": settings.model_dump(), "resolution_mm": 4, "aggregation_weights": weights}


def networks(settings, boxes, count):
    size = np.empty(GRID.shape)[boxes[0]].shape
    torch.manual_seed(0)
    return [build(settings, size, 1).state_dict() for _ in range(count)]


def test_the_first_test_participants_of_each_class_are_selected():
    rows = pd.DataFrame({"split": ["test"] * 5 + ["train"], "target": [1, 0, 1, 0, 1, 0], "id": list("abcdef")})
    assert select_participants(rows, 2)["id"].tolist() == ["a", "b", "c", "d"]
    assert select_participants(rows, 1)["id"].tolist() == ["a", "b"]


@pytest.mark.parametrize(("kind", "network"), [("cnn_roi", "Conv4_FC3"), ("cnn_slice", "ResNet-18 (2D)")])
def test_visible_voxels_are_those_of_the_input_regions(kind, network):
    settings = approach(kind, network, slice_step=3 if kind == "cnn_slice" else 1)
    found = visible_voxels(record(settings, []))
    expected = np.zeros(GRID.shape, int)
    for box in input_regions(kind, GRID, settings.slice_step):
        expected[box] += 1
    assert found.dtype == bool and (found == (expected > 0)).all() and 0 < found.mean() < 1


def test_the_occluded_cube_is_at_most_a_third_of_the_region(monkeypatch):
    windows = []
    monkeypatch.setattr(
        "adrepro.interpretation.explain.occlusion", lambda network, x, window, overlap: windows.append(window) or x
    )
    for millimeters in (8, 400):
        x = torch.zeros(1, 1, 12, 15, 12)
        region_maps(None, x, "occlusion", SaliencySettings(occlusion_mm=millimeters), 4.0)
    assert windows == [2, 4]


def test_input_regions_without_weight_have_no_attribution():
    settings, boxes = approach(), input_regions("cnn_roi", GRID)
    volumes = np.random.default_rng(0).random((2, *GRID.shape), dtype=np.float32)
    maps = AttributionMaps(record(settings, [1.0, 0.0]), volumes, np.array([1]), CPU)
    found = maps.maps(networks(settings, boxes, 1), ["occlusion"], SETTINGS)["occlusion"]
    other = np.ones(GRID.shape, bool)
    other[boxes[0]] = False
    assert found.shape == (1, *GRID.shape) and found[0][boxes[0]].any() and not found[0][other].any()


def test_each_patch_has_its_own_network():
    settings = approach("cnn_patch", one_network_per_patch=True, networks_per_batch=5)
    boxes = input_regions("cnn_patch", GRID)
    volumes = np.random.default_rng(0).random((1, *GRID.shape), dtype=np.float32)
    maps = AttributionMaps(record(settings, []), volumes, np.array([0]), CPU)
    weights = networks(settings, boxes, len(boxes))
    given = [(box, network.network.state_dict()) for _, network, _, _, box in maps._networks(weights)]
    assert [box for box, _ in given] == boxes
    for (_, found), expected in zip(given, weights, strict=True):
        assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_map_of_a_slice_also_fills_the_skipped_slices():
    settings = approach("cnn_slice", "ResNet-18 (2D)", slice_step=3)
    maps = AttributionMaps(record(settings, []), np.zeros((1, *GRID.shape)), np.array([0]), CPU)
    assert maps._target_box(maps.boxes[0])[0] == slice(maps.boxes[0][0].start, maps.boxes[0][0].start + 3)


def test_the_step_writes_maps_tables_and_a_figure(tmp_path):
    rng = np.random.default_rng(0)
    ids = [f"sub-{i}" for i in range(4)]
    np.save(tmp_path / "v.npy", rng.random((4, *GRID.shape), dtype=np.float32))
    scans = pd.DataFrame({"participant_id": ids, "session_id": "n/a"})
    write_table(tmp_path / "v.tsv", scans)
    write_table(tmp_path / "labels.tsv", scans)
    split = scans[["participant_id"]].assign(dataset="d", label="x", partition="test", fold="n/a", target=[0, 1, 0, 1])
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
        labels=tmp_path / "labels.tsv",
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
