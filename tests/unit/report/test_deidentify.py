import pandas as pd
import pytest

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.core.tables import write_table
from adrepro.report.deidentify import deidentify_html

ROW = dict(zip(COLUMNS, "sub-01 ses-1 A study ../scans/OAS1_0001_<MR1>.nii.gz CN 70 F 29 0 0".split(), strict=True))


@pytest.fixture
def cohort(tmp_path):
    path = tmp_path / "cohort.tsv"
    write_table(path, pd.DataFrame([ROW, ROW | {"participant_id": "sub-02", "t1w": "n/a"}]))
    return path


def test_identifiers_become_pseudonyms(cohort):
    page = deidentify_html("<p>sub-01 ses-1: sub-01_ses-1_T1w.nii.gz is cut; sub-99</p>", cohort)
    assert "sub-" not in page and "ses-" not in page
    one = page.split()[0].removeprefix("<p>")
    assert page.count(f"{one}_visit-1_T1w") == 1 and page.count("participant-") == 3


def test_names_of_scans_and_folders_are_removed(cohort):
    page = deidentify_html("OAS1_0001_&lt;MR1&gt;.nii.gz in /data/secret folder/me@here/x.tsv; 1/2 <br/> </p>", cohort)
    assert "OAS1" not in page and "secret" not in page and "1/2 <br/> </p>" in page
