import pytest
import torch

from adrepro.config.settings.deep import Augmentation
from adrepro.models.deep.augmentation import augmentation

X = torch.rand(3, 2, 8, 9, 10, generator=torch.Generator().manual_seed(0))
TRANSFORMS = [{"flip": 1.0}, {"rotate_degrees": 10.0}, {"zoom": 0.2}, {"noise": 0.1}, {"gamma": 0.3}]


def test_without_settings_nothing_changes():
    assert augmentation(None, 0) is None
    assert torch.equal(augmentation(Augmentation(flip=0.0), 0)(X, 1), X)


@pytest.mark.parametrize("values", TRANSFORMS)
def test_every_transform_changes_images_and_repeats_by_seed_and_step(values):
    augment = augmentation(Augmentation(**values), 3)
    first = augment(X, 1)
    assert first.shape == X.shape and not torch.equal(first, X)
    if "flip" not in values:
        assert not torch.equal(augment(X, 2), first)
    assert torch.equal(augmentation(Augmentation(**values), 3)(X, 1), first)


def test_a_flip_mirrors_left_and_right_of_all_regions():
    assert torch.equal(augmentation(Augmentation(flip=1.0), 0)(X, 1), X.flip(2))
