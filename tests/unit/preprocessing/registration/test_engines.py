import numpy as np

from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.preprocessing.registration.engines import register


def test_every_engine_has_the_same_interface(deformed, settings):
    template, mask, moving, tissues, _ = deformed
    fixed = template["T1w"]
    template = template | {"nuclei": fixed.like(np.zeros_like(fixed.data))}
    engines = ["torch", "ants"]
    for name in engines:
        chosen = settings.registration.model_copy(update={"engine": name})
        found = register(template, mask, moving, tissues, np.eye(4), chosen, "cpu", 1)
        assert isinstance(found, SpatialTransform) and found.warp.data.shape == (*fixed.data.shape, 3)
        near = fixed.like(moving.at(found.to_native(fixed.grid.points())))
        inside = mask.data > 0.5
        before = np.corrcoef(moving.data[inside], fixed.data[inside])[0, 1]
        assert np.corrcoef(near.data[inside], fixed.data[inside])[0, 1] > before
