"""The torch backend on a template with a known deformation."""

import numpy as np
import torch
from scipy import ndimage

from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.torch_backend import invert, register


def test_a_known_deformation_is_found_and_can_be_inverted(deformed, settings):
    fixed, mask, moving, field = deformed
    found = register(fixed, moving, np.eye(4), mask, settings.registration.torch, "cpu")
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


def test_the_same_input_gives_the_same_bytes(deformed, settings):
    fixed, mask, moving, _ = deformed
    short = settings.registration.torch.model_copy(update={"levels": [(2, 3), (1, 2)]})
    one, two = (register(fixed, moving, np.eye(4), mask, short, "cpu") for _ in range(2))
    assert one.warp.data.tobytes() == two.warp.data.tobytes()


def test_an_inverse_undoes_a_shift():
    shift = torch.zeros(1, 3, 20, 20, 20)
    shift[:, 0] = 1.5
    torch.testing.assert_close(invert(shift), -shift)


def test_volume_of_a_contracted_brain_shrinks(deformed, settings):
    """A brain made 20 % smaller in volume about its center has a Jacobian near 0.8 where the template has contrast."""
    fixed, mask, _, _ = deformed
    points = fixed.grid.points()
    center = points[:, mask.data > 0.5].mean(axis=1).reshape(3, 1, 1, 1)
    small = Volume(fixed.at(center + (points - center) / 0.8 ** (1 / 3)).astype(np.float32), fixed.affine)
    found = register(fixed, small, np.eye(4), mask, settings.registration.torch, "cpu")
    inside = ndimage.binary_erosion(mask.data > 0.5, iterations=3)
    assert 0.75 < np.median(found.jacobian(fixed.grid)[inside]) < 0.88
