from pathlib import Path

from adrepro.cohort.scan_paths import locate


def test_what_the_workflow_makes_belongs_to_the_run():
    repository = Path("/clone")
    assert locate("../resources/a.nii", Path("/clone/config/cohort.tsv"), repository) == Path("resources/a.nii")
    assert locate("bids/a.nii", Path("/data/cohort.tsv"), repository) == Path("/data/bids/a.nii")
    assert locate("/data/a.nii", Path("cohort.tsv"), repository) == Path("/data/a.nii")
    assert locate("../../b/a.nii", Path("/x/y/z/cohort.tsv"), repository) == Path("/x/b/a.nii")
