import numpy as np
import pytest

from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.deep_nuclei import count_nuclei, with_nuclei


def test_white_matter_of_a_nucleus_is_gray_and_csf_stays():
    gray, white, nuclei = np.array([0.2, 0.2, 0.0]), np.array([0.7, 0.7, 0.0]), np.array([1.0, 0.5, 1.0])
    found = count_nuclei(gray, white, nuclei)
    assert found[0] == pytest.approx([0.9, 0.55, 0]) and found[1] == pytest.approx([0, 0.35, 0])


def test_the_template_is_treated_like_a_scan():
    maps = {name: Volume(np.full((2, 2, 2), value), np.eye(4)) for name, value in
            {"GM": 0.1, "WM": 0.8, "nuclei": 0.5, "CSF": 0.1}.items()}  # fmt: skip
    found = with_nuclei(maps)
    assert found["GM"].data[0, 0, 0] == pytest.approx(0.5) and found["WM"].data[0, 0, 0] == pytest.approx(0.4)
    assert found["CSF"] is maps["CSF"]
