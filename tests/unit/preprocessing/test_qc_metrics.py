import numpy as np
import pytest

from adrepro.config.settings.quality import QualityLimits
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc_metrics import contrast_to_noise, coverage, dice, out_of_range, template_similarity


def test_dice_of_masks():
    a, b = np.array([1, 1, 0, 0], dtype=bool), np.array([0, 1, 1, 0], dtype=bool)
    assert dice(a, a) == 1 and dice(a, b) == 0.5 and dice(a, ~a) == 0 and dice(a & ~a, a & ~a) == 0


def test_coverage_counts_points_inside_the_field_of_view():
    scan = Volume(np.zeros((10, 10, 10)), np.diag([2.0, 2, 2, 1]))
    points = np.array([[0, 0, 0], [18, 18, 18], [18.9, 0, 0], [19.1, 0, 0], [0, -1.1, 0]], dtype=float).T
    assert coverage(scan, points) == pytest.approx(3 / 5)


def test_contrast_is_negative_where_gray_matter_is_brighter():
    rng = np.random.default_rng(0)
    gray = np.repeat([1.0, 0.0], 1000)
    image = np.where(gray > 0, 60.0, 100.0) + rng.normal(0, 10, 2000)
    assert contrast_to_noise(image, gray, 1 - gray) == pytest.approx(40 / np.sqrt(200), rel=0.1)
    assert contrast_to_noise(image, 1 - gray, gray) < 0
    assert contrast_to_noise(image, 0.5 * gray, 1 - gray) == 0


def test_an_image_without_contrast_has_no_similarity():
    template = np.random.default_rng(0).uniform(size=(12, 12, 12))
    inside = np.ones(template.shape, dtype=bool)
    assert set(template_similarity(0 * template, template, inside).values()) == {0.0}
    same = template_similarity(3 * template + 2, template, inside)
    assert same == pytest.approx({"template_correlation": 1, "structural_similarity": 1, "sharpness": 1})


def test_only_measures_outside_their_range_are_named():
    limits = QualityLimits(tiv_ml=(700, 2800), coverage=(0.9, 1), sharpness=None)
    measures = {"tiv_ml": 300.0, "coverage": 0.95, "sharpness": 0.0}
    assert out_of_range(measures, limits) == ["tiv_ml is 300, expected 700 to 2800"]
