import numpy as np
import pytest

from adrepro.preprocessing.reference.seed_parcels import make_atlas
from adrepro.preprocessing.reference.template_sources import load_template


@pytest.fixture(scope="module")
def volumes_ml():
    gray = load_template()["GM"]
    labels, table = make_atlas(gray)
    ml = np.bincount(labels.data.ravel(), gray.data.ravel(), minlength=len(table) + 1)[1:] / 1000
    return dict(zip(table["name"], ml, strict=True))


def test_names_are_unique_and_anatomical(volumes_ml):
    assert {"hippocampus_left_1", "amygdala_right_1", "unassigned"} <= set(volumes_ml)


def test_left_and_right_are_equal_on_the_template(volumes_ml):
    for name, ml in volumes_ml.items():
        if "_left_" in name:
            assert volumes_ml[name.replace("_left_", "_right_")] == pytest.approx(ml, rel=0.02), name


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hippocampus_holds_2_to_4_ml(volumes_ml, side):
    assert 2 < sum(ml for name, ml in volumes_ml.items() if name.startswith(f"hippocampus_{side}")) < 4
