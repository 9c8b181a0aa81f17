import numpy as np
import pytest
import torch

from adrepro.imaging.grids import study_grid
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.precision import ComputePolicy
from adrepro.models.deep.predict_regions import region_probabilities
from adrepro.models.deep.registry import build

CPU = ComputePolicy(torch.device("cpu"))


@pytest.mark.parametrize("one_network_per_patch", [False, True])
def test_every_region_of_every_image_is_predicted_by_its_network(study, one_network_per_patch):
    changes = {"one_network_per_patch": one_network_per_patch, "networks_per_batch": 20, "intensity_scaling": "none"}
    settings = study.settings("cnn_patch", **changes)
    boxes = input_regions("cnn_patch", study_grid(4))
    size = study.volumes[0][boxes[0]].shape
    networks = [build(settings, size).train(False) for _ in (boxes if one_network_per_patch else [0])]
    weights = [network.state_dict() for network in networks]
    found = region_probabilities(settings, 4, weights, study.volumes, np.array([3, 1]), CPU)
    assert found.shape == (2, 36) and found.dtype == np.float64
    for image, region in ((3, 0), (1, 25)):
        network = networks[region if one_network_per_patch else 0]
        with torch.no_grad():
            logits = network(torch.from_numpy(study.volumes[image][boxes[region]])[None, None])
        expected = torch.softmax(logits, 2)[0, 0, 1].item()
        assert found[[3, 1].index(image), region] == pytest.approx(expected, abs=1e-5)
