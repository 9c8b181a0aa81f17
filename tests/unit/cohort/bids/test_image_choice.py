import pytest

from adrepro.cohort.bids.bids_index import find_scans
from adrepro.cohort.bids.image_choice import almost_an_image, preference, unsuitable


@pytest.mark.parametrize(
    ("entities", "reason"),
    [
        ("part-phase", "the phase of the image"), ("part-real", "the real part"), ("part-imag", "the imaginary part"),
        ("inv-1", "one inversion of MP2RAGE"), ("acq-scout", "a scout"), ("acq-AAHScoutLocalizer", "a scout"),
        ("chunk-2", "a part of the head"), ("part-mag", ""), ("acq-mprage_run-1", ""), ("ce-gadolinium", ""),
    ],
)  # fmt: skip
def test_images_that_are_no_head_at_all_are_never_used(entities, reason):
    assert unsuitable(f"sub-1_{entities}_T1w.nii.gz").startswith(reason) if reason else not unsuitable(entities)


def test_an_image_before_contrast_comes_first_then_the_lowest_run():
    names = ["sub-1_ce-gad_T1w.nii", "sub-1_run-10_T1w.nii", "sub-1_echo-1_T1w.nii", "sub-1_run-2_T1w.nii"]
    assert sorted(names, key=preference) == [names[3], names[1], names[2], names[0]]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("sub-1_T1w.mgz", "mri_convert"), ("sub-1_T1w.img", "pair of files"), ("sub-1_T1w.HDR", "pair of files"),
        ("sub-1_T1w.NII.GZ", "rename it"), ("sub-1_t1w.nii.gz", "rename it"), ("sub-1_T1w.nii.bz2", "convert it"),
        ("sub-1_T1w.json", ""), ("sub-1_T2w.nii.gz", ""), ("sub-1_desc-T1wseg.nii.gz", ""),
    ],
)  # fmt: skip
def test_names_that_are_almost_right_have_a_remedy(name, remedy):
    assert remedy in almost_an_image(name) and bool(almost_an_image(name)) == bool(remedy)


def scans(folder, *names):
    anat = folder / "sub-1/anat"
    anat.mkdir(parents=True)
    for name in names:
        (anat / f"sub-1_{name}").touch()
    found, ignored = find_scans(folder, "sub-1")
    return [path.name for path in found.get("n/a", [])], ignored


def test_of_several_images_the_suitable_ones_are_found_and_the_others_told(tmp_path):
    names = ["ce-gad_T1w.nii.gz", "part-phase_T1w.nii.gz", "run-2_T1w.nii.gz", "T1w.mgz", "t1w.nii.gz", "T1w.json"]
    found, ignored = scans(tmp_path, *names)
    assert found == ["sub-1_run-2_T1w.nii.gz", "sub-1_ce-gad_T1w.nii.gz"]
    assert sorted(line.split(":")[0] for line in ignored) == [
        "sub-1_T1w.mgz", "sub-1_part-phase_T1w.nii.gz", "sub-1_t1w.nii.gz",
    ]  # fmt: skip
