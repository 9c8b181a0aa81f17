"""The engine on a deformation that the test itself plants in the template."""

import numpy as np
import pytest
import torch
import yaml
from scipy import ndimage

from adrepro.core.errors import UserError
from adrepro.imaging.grids import study_grid
from adrepro.imaging.spatial_transform import Mapping
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.normalize import register as register_by_name
from adrepro.preprocessing.reference.template import load_template
from adrepro.preprocessing.registration.torch_backend import filtered, inverted, register, smoothed


@pytest.fixture(scope="module")
def settings(repository):
    return yaml.safe_load((repository / "config" / "config.yaml").read_text())["registration"]


@pytest.fixture(scope="module")
def case():
    """The template at 4 mm, its mask, the same brain deformed by up to about 8 mm, and that deformation."""
    template = {name: load_template()[name].on(study_grid(4)) for name in ("T1w", "mask")}
    fixed = template["T1w"].like(template["T1w"].data * (template["mask"].data > 0.5))
    rng = np.random.default_rng(3)
    field = np.stack([ndimage.gaussian_filter(rng.standard_normal(fixed.data.shape), 5) for _ in range(3)])
    field = (field / np.abs(field).max() * 8).astype(np.float32)
    moved = fixed.like(fixed.at(fixed.grid.points() + field))
    near = template["mask"].like(ndimage.binary_dilation(template["mask"].data > 0.5).astype(np.float32))
    return fixed, near, moved, field


def test_a_planted_deformation_is_found_and_can_be_inverted(case, settings):
    fixed, mask, moving, field = case
    found = register(fixed, moving, np.eye(4), mask, settings["torch"], "cpu")
    brain = ndimage.binary_erosion(mask.data > 0.5, iterations=3)
    # The field maps points of the moved image to the template; the map goes the other way.
    there = found.to_scan(fixed.grid.points())
    back = there + np.stack([fixed.like(part).at(there) for part in field])
    error = np.linalg.norm(back - fixed.grid.points(), axis=0)[brain]
    before = np.linalg.norm(field, axis=0)[brain]
    assert error.mean() < 0.5 * before.mean()
    assert (found.jacobian(fixed.grid)[brain] > 0).all()
    again = found.to_scan(found.to_reference(fixed.grid.points()))
    assert np.linalg.norm(again - fixed.grid.points(), axis=0)[brain].mean() < 0.2


def test_the_same_input_gives_the_same_bytes(case, settings):
    fixed, mask, moving, _ = case
    short = {**settings["torch"], "levels": [[2, 3], [1, 2]]}
    one, two = (register(fixed, moving, np.eye(4), mask, short, "cpu") for _ in range(2))
    assert one.warp.data.tobytes() == two.warp.data.tobytes()


def test_every_engine_has_the_same_interface(case, settings):
    fixed, mask, moving, _ = case
    engines = ["torch", "ants"]
    for name in engines:
        found = register_by_name(fixed, mask, moving, np.eye(4), {**settings, "engine": name}, "cpu", 1)
        assert isinstance(found, Mapping) and found.warp.data.shape == (*fixed.data.shape, 3)
        near = fixed.like(moving.at(found.to_scan(fixed.grid.points())))
        inside = mask.data > 0.5
        before = np.corrcoef(moving.data[inside], fixed.data[inside])[0, 1]
        assert np.corrcoef(near.data[inside], fixed.data[inside])[0, 1] > before


def test_fireants_is_optional(case, settings):
    fixed, mask, moving, _ = case
    try:
        import fireants  # noqa: F401
    except ImportError:
        with pytest.raises(UserError, match="not installed; pip install"):
            register_by_name(fixed, mask, moving, np.eye(4), {**settings, "engine": "fireants"}, "cpu", 1)
    else:
        found = register_by_name(fixed, mask, moving, np.eye(4), {**settings, "engine": "fireants"}, "cpu", 1)
        assert np.isfinite(found.warp.data).all()


def test_filters_equal_scipy():
    x = np.random.default_rng(0).standard_normal((12, 14, 10)).astype(np.float32)
    ours = smoothed(torch.from_numpy(x)[None, None], 1.0)[0, 0].numpy()
    np.testing.assert_allclose(ours, ndimage.gaussian_filter(x, 1.0, mode="constant", truncate=3), atol=1e-5)
    box = filtered(torch.from_numpy(x)[None, None], [1 / 3] * 3)[0, 0].numpy()
    np.testing.assert_allclose(box, ndimage.uniform_filter(x, 3, mode="constant"), atol=1e-5)


def test_an_inverse_undoes_a_shift():
    shift = torch.zeros(1, 3, 20, 20, 20)
    shift[:, 0] = 1.5
    torch.testing.assert_close(inverted(shift), -shift)


def test_volume_of_a_contracted_brain_shrinks(case, settings):
    """A brain made 20 % smaller in volume about its centre has a Jacobian near 0.8 where the template has contrast."""
    fixed, mask, _, _ = case
    points = fixed.grid.points()
    centre = points[:, mask.data > 0.5].mean(axis=1).reshape(3, 1, 1, 1)
    small = Volume(fixed.at(centre + (points - centre) / 0.8 ** (1 / 3)).astype(np.float32), fixed.affine)
    found = register(fixed, small, np.eye(4), mask, settings["torch"], "cpu")
    inside = ndimage.binary_erosion(mask.data > 0.5, iterations=3)
    assert 0.75 < np.median(found.jacobian(fixed.grid)[inside]) < 0.88
