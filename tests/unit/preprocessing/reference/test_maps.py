import numpy as np

from adrepro.preprocessing.reference.maps import load_reference


def test_the_brain_of_the_template_and_a_mask_one_voxel_larger(reference, maps):
    template, near = load_reference(reference)
    brain = maps["mask"].data > 0.5
    assert set(template) == {"T1w", "CSF", "GM", "WM", "deep", "nuclei"}
    assert template["T1w"].data[~brain].max() == 0
    assert near.data[brain].min() == 1 and 1 < near.data.sum() / brain.sum() < 1.5
    np.testing.assert_array_equal(template["GM"].data, maps["GM"].data)
