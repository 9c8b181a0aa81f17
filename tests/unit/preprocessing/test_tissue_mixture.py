import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from adrepro.config.settings.images import SegmentationSettings
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.tissue_mixture import segment_tissues
from adrepro.preprocessing.tissue_model import CSF, GM, WM

SETTINGS = SegmentationSettings()
SHAPE = (48, 48, 48)


def phantom(nuclei=0.8, drift=0.0, noise=0.02):
    """A ball of white matter in shells of gray matter and CSF, with a nucleus in its middle; 2 mm voxels."""
    where = np.indices(SHAPE) - 23.5
    radius = np.sqrt((where**2).sum(axis=0))
    truth = np.select([radius < 5, radius < 14, radius < 18, radius < 21], [GM, WM, GM, CSF], -1)
    means = np.array([0.3, 0.65, 1.0])
    image = np.where(truth >= 0, means[truth], 0)
    image = np.where(radius < 5, nuclei, image) * np.exp(drift * where[0] / 20)
    image += np.random.default_rng(1).normal(0, noise, SHAPE)
    priors = [gaussian_filter((truth == tissue).astype(np.float32), 2) for tissue in (CSF, GM, WM)]
    deep = (radius < 7).astype(np.float32)
    return Volume(image.astype(np.float32), np.diag([2.0, 2, 2, 1])), truth, priors, deep, radius


def overlap(shares, truth, tissue):
    found = np.argmax(shares, axis=0)[truth >= 0] == tissue
    true = truth[truth >= 0] == tissue
    return 2 * (found & true).sum() / (found.sum() + true.sum())


@pytest.mark.parametrize("drift", [0.0, 0.3])
def test_tissues_of_a_phantom_are_found_though_brightness_drifts(drift):
    volume, truth, priors, deep, _ = phantom(drift=drift)
    shares = segment_tissues(volume, truth >= 0, priors, deep, SETTINGS)
    for tissue in (CSF, GM, WM):
        assert overlap(shares, truth, tissue) > 0.95


def test_bright_nuclei_are_gray_matter_only_where_deep_gray_matter_is_expected():
    volume, truth, priors, deep, radius = phantom(nuclei=0.86)
    with_map, without = (
        np.array(segment_tissues(volume, truth >= 0, priors, depth, SETTINGS))[GM][radius < 4].mean()
        for depth in (deep, np.zeros_like(deep))
    )
    assert with_map > 0.9 > without


def test_shares_add_up_to_one_inside_and_nothing_outside_and_come_again():
    volume, truth, priors, deep, _ = phantom()
    first, second = (np.array(segment_tissues(volume, truth >= 0, priors, deep, SETTINGS)) for _ in range(2))
    np.testing.assert_allclose(first.sum(axis=0), truth >= 0, atol=1e-4)
    np.testing.assert_array_equal(first, second)


def test_a_voxel_between_two_tissues_is_shared_between_them():
    volume, truth, priors, deep, radius = phantom(noise=0.01)
    edge = np.abs(radius - 18) < 0.35
    data = volume.data.copy()
    data[edge] = 0.3 * 0.75 + 0.65 * 0.25
    shares = segment_tissues(volume.like(data), truth >= 0, priors, deep, SETTINGS.model_copy(update={"smoothing": 0}))
    assert np.array(shares)[GM][edge].mean() == pytest.approx(0.25, abs=0.1)


def sulci(volume, truth, priors, radius, brightness):
    """The phantom with CSF in its middle, of which the template is sure, and partial volume in the outer CSF."""
    data, ventricle = volume.data.copy(), radius < 6
    data[ventricle] = 0.3
    data[(truth == CSF) & (radius > 18.5)] = brightness
    truth = np.where(ventricle, CSF, truth)
    smooth = [gaussian_filter((truth == tissue).astype(np.float32), 1) for tissue in (CSF, GM, WM)]
    sure = np.where(radius > 18, 0.6, smooth[CSF])
    return volume.like(data), truth, [sure, smooth[GM] + np.where(radius > 18, 0.4, 0) * (truth >= 0), smooth[WM]]


def test_bright_csf_in_sulci_does_not_move_the_border_of_gray_matter():
    volume, truth, priors, deep, radius = phantom(noise=0.01)
    found = []
    for brightness in (0.3, 0.45):
        image, tissues, maps = sulci(volume, truth, priors, radius, brightness)
        edge = np.abs(radius - 18) < 0.5
        image.data[edge] = 0.475  # half gray matter, half CSF
        shares = np.array(segment_tissues(image, tissues >= 0, maps, np.zeros_like(deep), SETTINGS))
        found.append(shares[GM][edge].mean())
    assert found[1] == pytest.approx(found[0], abs=0.08)


def test_a_strong_bias_field_changes_no_volume():
    volumes = []
    for drift in (0.0, 0.4):
        volume, truth, priors, deep, _ = phantom(drift=drift)
        shares = segment_tissues(volume, truth >= 0, priors, deep, SETTINGS)
        volumes.append([part.sum() for part in shares])
    np.testing.assert_allclose(volumes[1], volumes[0], rtol=0.02)
