"""Forces of the similarities, compared with numerical differentiation."""

import pytest
import torch

from adrepro.preprocessing.registration.similarity import LocalCorrelation, SquaredDifference
from adrepro.preprocessing.registration.torch_filters import gaussian_filter


def images(channels):
    """A smooth random image, and a similar one."""
    torch.manual_seed(0)
    one, other = (gaussian_filter(torch.rand(1, channels, 14, 14, 14), 1.5) for _ in range(2))
    return one, 0.7 * one + 0.3 * other


@pytest.mark.parametrize("similarity", [SquaredDifference, lambda fixed: LocalCorrelation(fixed, 2)])
def test_a_step_along_the_force_improves_the_similarity(similarity):
    fixed, moving = images(1)
    force = similarity(fixed).force(moving)
    step = 0.05 * force / force.abs().max()
    slope = torch.stack([torch.gradient(moving[0, 0], dim=axis)[0] for axis in range(3)])
    nearer = moving + (slope * step[0]).sum(dim=0)
    inner = (..., *[slice(4, -4)] * 3)
    before, after = (((image - fixed)[inner] ** 2).sum() for image in (moving, nearer))
    correlations = [
        torch.corrcoef(torch.stack([x[inner].flatten(), fixed[inner].flatten()]))[0, 1] for x in (moving, nearer)
    ]
    assert after < before or correlations[1] > correlations[0]


def test_channels_add_up():
    fixed, moving = images(2)
    both = SquaredDifference(fixed).force(moving)
    each = [SquaredDifference(fixed[:, i : i + 1]).force(moving[:, i : i + 1]) for i in range(2)]
    torch.testing.assert_close(both, each[0] + each[1])
