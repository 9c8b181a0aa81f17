"""The torch backend on a template with a known deformation."""

import numpy as np
import pytest
from scipy import ndimage

from adrepro.preprocessing.registration.torch_backend import register_intensities, register_tissues


@pytest.fixture(params=["tissues", "intensities"])
def find(request, deformed, settings):
    """Registration of the deformed brain by its tissues or by its intensities, with changed settings."""
    template, near, moving, tissues, _ = deformed

    def run(**changed):
        if request.param == "tissues":
            chosen = settings.registration.torch.model_copy(update=changed)
            return register_tissues(template, near, tissues, np.eye(4), chosen, "cpu")
        chosen = settings.segmentation.priors.model_copy(update=changed)
        return register_intensities(template["T1w"], near, moving, np.eye(4), chosen)

    return run


def test_a_known_deformation_is_found_and_can_be_inverted(deformed, find):
    template, mask, _, _, field = deformed
    fixed, found = template["T1w"], find(levels=[(3, 20), (2, 20), (1, 20)])
    brain = ndimage.binary_erosion(mask.data > 0.5, iterations=3)
    # The field maps points of the moved image to the template; the map goes the other way.
    there = found.to_native(fixed.grid.points())
    back = there + np.stack([fixed.like(part).at(there) for part in field])
    error = np.linalg.norm(back - fixed.grid.points(), axis=0)[brain]
    before = np.linalg.norm(field, axis=0)[brain]
    assert error.mean() < 0.5 * before.mean()
    assert (found.jacobian(fixed.grid)[brain] > 0).all()
    again = found.to_native(found.to_template(fixed.grid.points()))
    assert np.linalg.norm(again - fixed.grid.points(), axis=0)[brain].mean() < 0.2


def test_the_same_input_gives_the_same_bytes(find):
    one, two = (find(levels=[(2, 3), (1, 2)]) for _ in range(2))
    assert one.warp.data.tobytes() == two.warp.data.tobytes()


def test_more_iterations_do_not_make_the_transform_stiffer(find, deformed):
    sizes = [np.linalg.norm(find(levels=[(2, n), (1, n)]).warp.data, axis=-1).mean() for n in (20, 60)]
    assert sizes[1] > 0.95 * sizes[0]


def test_volume_of_a_contracted_brain_shrinks(deformed, settings):
    """A brain made 20 % smaller in volume about its center has a Jacobian near 0.8 where the template has contrast."""
    template, mask, _, _, _ = deformed
    fixed = template["T1w"]
    points = fixed.grid.points()
    center = points[:, mask.data > 0.5].mean(axis=1).reshape(3, 1, 1, 1)
    smaller = center + (points - center) / 0.8 ** (1 / 3)
    tissues = {name: fixed.like(template[name].at(smaller).astype(np.float32)) for name in ("GM", "WM")}
    found = register_tissues(template, mask, tissues, np.eye(4), settings.registration.torch, "cpu")
    inside = ndimage.binary_erosion(mask.data > 0.5, iterations=3)
    assert 0.75 < np.median(found.jacobian(fixed.grid)[inside]) < 0.88
