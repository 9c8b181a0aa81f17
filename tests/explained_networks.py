"""Small random networks with their records, for tests of attribution maps."""

import numpy as np
import torch

from adrepro.config.settings.analysis import SaliencySettings
from adrepro.config.settings.approaches import CnnApproach
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.registry import build

GRID = study_grid(4)
SETTINGS = SaliencySettings(methods=["occlusion"], per_class=1, occlusion_mm=24)


def approach(kind="cnn_roi", network="Conv4_FC3", **more):
    return CnnApproach(kind=kind, network=network, epochs=1, dropout=0, image_size=32, **more)


def record(settings, weights):
    return {"settings": settings.model_dump(), "resolution_mm": 4, "aggregation_weights": weights}


def networks(settings, boxes, count):
    size = np.empty(GRID.shape)[boxes[0]].shape
    torch.manual_seed(0)
    return [build(settings, size, 1).state_dict() for _ in range(count)]
