"""Sources of the template, as small files that the test makes: a folder, and the cache of TemplateFlow."""

import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import sha256
from adrepro.imaging.volumes import save
from adrepro.preprocessing.reference import template_sources


def test_what_a_folder_lacks_is_told_at_once(folder):
    (folder / "GM.nii.gz").unlink()
    (folder / "mask.nii.gz").unlink()
    with pytest.raises(UserError) as told:
        template_sources.in_folder(folder)
    assert "no mask.nii.gz" in str(told.value) and "no GM.nii.gz" in str(told.value)


def test_maps_that_do_not_fit_are_named(folder, own_maps):
    paths = template_sources.in_folder(folder)
    save(folder / "WM.nii.gz", own_maps(8)["WM"])
    gray = own_maps()["GM"]
    save(folder / "GM.nii.gz", gray.like(gray.data * 20))
    with pytest.raises(UserError) as told:
        template_sources.read_maps(paths)
    assert "WM.nii.gz: not on the grid" in str(told.value) and "GM.nii.gz: values to" in str(told.value)


def test_a_template_that_is_not_in_mni_millimeters_is_refused(folder, own_maps):
    for name, volume in own_maps().items():
        volume.affine[:3, 3] += 60
        save(folder / f"{name}.nii.gz", volume)
    with pytest.raises(UserError, match="MNI millimeters"):
        template_sources.read_maps(template_sources.in_folder(folder))


def test_without_a_network_the_message_says_what_to_do(templateflow):
    with pytest.raises(UserError, match="copy tpl-MNI152NLin6Asym from another machine"):
        template_sources.in_templateflow("MNI152NLin6Asym")


def test_an_unknown_template_is_named(templateflow):
    with pytest.raises(UserError, match="no template MNI999"):
        template_sources.in_templateflow("MNI999")


def test_the_built_in_template_has_probabilities_on_one_grid():
    maps = template_sources.load_template()
    assert set(maps) == {"T1w", "mask", "GM", "WM", "CSF"}
    for volume in maps.values():
        assert volume.data.shape == maps["T1w"].data.shape and volume.data.min() >= 0 and volume.data.max() <= 1


def test_a_checksum_depends_on_the_bytes(tmp_path):
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).write_text(text)
    one, same, other = (sha256(tmp_path / name) for name in "abc")
    assert one == same != other and len(one) == 64
