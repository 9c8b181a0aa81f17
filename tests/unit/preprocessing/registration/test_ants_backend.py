import numpy as np
import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration import ants_backend
from adrepro.preprocessing.registration.ants_backend import register_affine, register_syn

SYN = {"iterations": [10, 4], "seed": 1, "metric": "CC", "radius": 1, "gradient_step": 0.5, "flow_sigma": 1.5}


@pytest.mark.parametrize("sheared", [False, True])
def test_an_affine_is_found_from_a_start_nearby(maps, sheared):
    move = np.diag([1.05, 1, 0.95, 1])
    move[:3, 3] = (40, -30, 20)
    moving = Volume(maps["T1w"].data, move @ maps["T1w"].affine)
    start = move @ np.array([[1, 0.05 * sheared, 0, 4], [0, 1, 0, -3], [0, 0, 1, 2], [0, 0, 0, 1]])
    found = register_affine(maps["T1w"], moving, maps["mask"], start, seed=1)
    points = maps["mask"].grid.points()[:, maps["mask"].data > 0.5]
    assert np.abs(apply_affine(found, points) - apply_affine(move, points)).mean() < 1


def test_syn_improves_the_match_and_can_be_inverted(deformed):
    template, mask, moving, _, _ = deformed
    fixed = template["T1w"]
    found = register_syn(fixed, moving, np.eye(4), **SYN)
    points, inside = fixed.grid.points(), mask.data > 0.5
    before, after = (
        np.corrcoef(values[inside], fixed.data[inside])[0, 1]
        for values in (moving.data, moving.at(found.to_native(points)))
    )
    assert after > before
    again = found.to_native(found.to_template(points))
    assert np.linalg.norm(again - points, axis=0)[inside].mean() < 0.5


def test_a_failure_of_ants_is_a_fault_of_the_scan(maps, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("inside ITK")

    monkeypatch.setattr(ants_backend.ants, "registration", fail)
    with pytest.raises(ScanFault, match=r"registration failed \(inside ITK\)"):
        register_syn(maps["T1w"], maps["T1w"], np.eye(4), **SYN)
