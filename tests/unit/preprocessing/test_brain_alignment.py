import numpy as np
import pytest

from adrepro.config.settings.images import PreprocessingSettings
from adrepro.core.errors import ScanFault
from adrepro.preprocessing import brain_alignment
from adrepro.preprocessing.brain_alignment import Head, bias_for, extract_and_align
from adrepro.preprocessing.qc_metrics import dice

SETTINGS = PreprocessingSettings(registration_resolution_mm=4, brain_iterations=[2])


@pytest.fixture
def head(maps):
    """The brain of the template as a head without skull."""
    image = maps["T1w"]
    return Head(image, image, image, image, maps["mask"].data > 0.5)


def extract(head, maps, **changed):
    return extract_and_align(head, maps, SETTINGS.model_copy(update=changed), 1, "scan.nii.gz", [])


def test_where_the_network_finds_no_brain_the_mask_of_the_template_is_used(head, maps, monkeypatch, capsys):
    monkeypatch.setattr(brain_alignment, "from_deepbet", lambda _: None)
    brain, affine = extract(head, maps)
    assert "deepbet found no brain" in capsys.readouterr().out
    assert dice(brain, head.mask) > 0.9
    np.testing.assert_allclose(affine[:3, :3], np.eye(3), atol=0.05)
    assert np.abs(affine[:3, 3]).max() < 1


def test_the_mask_of_the_template_is_registered_after_a_further_level_of_n4():
    levels = [len(bias_for(SETTINGS, method).iterations) for method in ("atlas", "deepbet", "none")]
    assert levels[0] == levels[1] + 1 == levels[2] + 1


@pytest.mark.parametrize(("turn", "calls"), [(5, ["network"]), (50, ["network", "straightened"])])
def test_a_turned_head_is_extracted_again_along_the_axes_of_the_template(head, maps, monkeypatch, turn, calls):
    seen = []
    inside = maps["mask"].data > 0.5
    monkeypatch.setattr(brain_alignment, "from_deepbet", lambda _: (seen.append("network"), inside)[1])
    monkeypatch.setattr(
        brain_alignment, "from_deepbet_straightened", lambda *_: (seen.append("straightened"), inside)[1]
    )
    monkeypatch.setattr(brain_alignment, "turn_degrees", lambda _: turn)
    brain, affine = extract(head, maps)
    assert seen == calls and brain is inside
    np.testing.assert_allclose(affine, np.eye(4), atol=0.1)


def test_a_scan_without_its_provided_mask_is_a_fault(head, maps):
    with pytest.raises(ScanFault, match=r"scan.nii.gz: no mask of this scan"):
        extract(head, maps, brain_extraction="provided")
