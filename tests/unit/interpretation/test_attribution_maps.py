import numpy as np
import pytest
import torch

from adrepro.config.settings.analysis import SaliencySettings
from adrepro.interpretation.attribution_maps import AttributionMaps, region_maps, visible_voxels
from adrepro.models.deep.input_regions import input_regions
from explained_networks import GRID, SETTINGS, approach, networks, record

CPU = torch.device("cpu")


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
    record_window = lambda network, x, window, overlap: windows.append(window) or x  # noqa: E731
    monkeypatch.setattr("adrepro.interpretation.attribution_maps.occlusion", record_window)
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
