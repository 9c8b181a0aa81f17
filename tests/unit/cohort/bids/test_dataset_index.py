import numpy as np
import pytest

from adrepro.cohort.bids.dataset_index import Dataset, index_dataset
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.tables.clinical_presets import PRESETS
from adrepro.core.errors import UserError
from bids_folders import make_bids, rows_of, run


def test_sessions_give_visits_with_months(tmp_path):
    root = tmp_path / "bids"
    (root / "sub-01/ses-M012/anat").mkdir(parents=True)
    (root / "sub-01/ses-M012/anat/sub-01_ses-M012_T1w.nii").touch()
    (root / "participants.tsv").write_text("participant_id\tsex\nsub-01\tF\n")
    (root / "sub-01/sub-01_sessions.tsv").write_text(
        "session_id\tdiagnosis\tage\nses-M000\tMCI\t70\nses-M012\tAD\t71\n"
    )
    run(root, tmp_path / "cohort.tsv", {})
    sheet = read_sheet(tmp_path / "cohort.tsv")
    assert sheet[["session_id", "months", "diagnosis", "age"]].to_numpy().tolist() == [
        ["ses-M000", "0", "MCI", "70"], ["ses-M012", "12", "AD", "71"],
    ]  # fmt: skip
    assert np.array_equal(sheet["t1w"] == "n/a", [True, False])


def test_adni_as_its_converter_writes_it(tmp_path):
    root = make_bids(
        tmp_path / "adni",
        "participant_id\tsex\tage_bl\tdiagnosis_sc\tmmse_bl\tsite\n"
        "sub-ADNI011S0002\tM\t74.3\tLMCI\t27\t11\nsub-ADNI011S0003\tF\t70\tSMC\t30\t11\n",
        {
            "sub-ADNI011S0002": "session_id\tMMSE\tcdr_global\tdiagnosis\tadni_diagnosis_change\n"
            "ses-M000\t-1\t0.5\tMCI\t2.0\nses-M006\t26\t0.5\tn/a\t5.0\nses-M012\t22\t1\tDementia\t3.0\n",
            "sub-ADNI011S0003": "session_id\tdiagnosis\nses-M000\tCN\n",
        },
        ["sub-ADNI011S0002_ses-M00", "sub-ADNI011S0003_ses-M000"],
    )
    summary = run(root, tmp_path / "cohort.tsv", preset="adni")
    assert "sub-ADNI011S0003 ses-M000: SMC at baseline" in summary
    assert rows_of(tmp_path / "cohort.tsv", "session_id", "months", "diagnosis", "age", "mmse", "cdr", "site") == [
        ["ses-M00", "0", "MCI", "74.3", "27", "0.5", "11"],  # the folder's two digits are the table's three
        ["ses-M006", "6", "AD", "74.8", "26", "0.5", "11"],
        ["ses-M012", "12", "AD", "75.3", "22", "1", "11"],
    ]
    assert rows_of(tmp_path / "cohort.tsv", "diagnosis_bl") == [["LMCI"]] * 3


def test_adnimerge_joins_by_id_and_visit(tmp_path):
    root = make_bids(tmp_path / "adni", "participant_id\nsub-ADNI011S0002\n", scans=["sub-ADNI011S0002_ses-M000"])
    table = tmp_path / "ADNIMERGE.csv"
    table.write_text(
        'RID,PTID,VISCODE,DX,AGE,PTGENDER,MMSE,SITE\r\n2,"011_S_0002",bl,CN,74.3,Male,28,11\r\n'
        "2,011_S_0002,m12,MCI,74.3,Male,27,11\r\n2,011_S_0002,sc,CN,74.3,Male,29,11\r\n"
    )
    run(root, tmp_path / "cohort.tsv", preset="adni", tables=[table])
    assert rows_of(tmp_path / "cohort.tsv", "session_id", "diagnosis", "sex", "mmse", "t1w") == [
        ["ses-M000", "CN", "M", "28", "adni/sub-ADNI011S0002/ses-M000/anat/sub-ADNI011S0002_ses-M000_T1w.nii.gz"],
        ["ses-M012", "MCI", "M", "27", "n/a"],
    ]


def test_aibl_participants_without_any_date_are_left_out_and_visits_without_one_are_not(tmp_path):
    header = "session_id\texamination_date\tdiagnosis\tMMS\n"
    root = make_bids(
        tmp_path / "aibl",
        "participant_id\tsex\nsub-AIBL1\tF\nsub-AIBL2\tM\n",
        {
            "sub-AIBL1": f"{header}ses-M000\t2009-01-01\tCN\t29\nses-M018\t-4\tCN\t-4\n",
            "sub-AIBL2": f"{header}ses-M000\t-4\tCN\t29\nses-M018\tn/a\tCN\t-4\n",
        },
        [f"sub-AIBL{number}_ses-M{month}" for number in (1, 2) for month in ("000", "018")],
    )
    summary = run(root, tmp_path / "cohort.tsv", preset="aibl")
    assert "sub-AIBL2 n/a: no examination date at any visit" in summary
    assert rows_of(tmp_path / "cohort.tsv", "session_id", "mmse") == [["ses-M000", "29"], ["ses-M018", "n/a"]]


def test_oasis_is_labeled_by_cdr_and_a_blank_is_not_zero(tmp_path):
    rows = [("1", 74, "0.0"), ("2", 80, "0.5"), ("3", 75, ""), ("4", 40, "0"), ("5", 62, "1")]
    text = "".join(f"sub-OASIS1000{i}\t{age}\t{cdr}\tF\n" for i, age, cdr in rows)
    root = make_bids(
        tmp_path / "oasis",
        "participant_id\tage_bl\tcdr\tsex\n" + text,
        scans=[f"sub-OASIS1000{i}_ses-M000" for i, *_ in rows],
    )
    summary = run(root, tmp_path / "cohort.tsv", preset="oasis1")
    assert rows_of(tmp_path / "cohort.tsv", "participant_id", "diagnosis") == [
        ["sub-OASIS10001", "CN"], ["sub-OASIS10002", "AD"], ["sub-OASIS10005", "AD"],
    ]  # fmt: skip
    assert "CDR not rated" in summary and "age 40 is below 62" in summary


def test_a_session_told_twice_and_a_month_with_two_folders_are_refused(tmp_path):
    root = make_bids(
        tmp_path / "bids",
        "participant_id\nsub-1\n",
        {"sub-1": "session_id\tage\nses-M00\t70\nses-M000\t71\n"},
        ["sub-1_ses-M00", "sub-1_ses-M000", "sub-1_ses-M06"],
    )
    with pytest.raises(UserError, match="ses-M00 and ses-M000 are the same month"):
        run(root, tmp_path / "cohort.tsv")
    root = make_bids(
        tmp_path / "two",
        "participant_id\nsub-1\n",
        {"sub-1": "session_id\tage\nses-bl\t70\nses-bl\t71\n"},
        ["sub-1_ses-bl"],
    )
    with pytest.raises(UserError, match="line 3: ses-bl appears twice, and age differ from line 2"):
        run(root, tmp_path / "cohort.tsv")


def test_the_diagnosis_of_the_visit_comes_before_that_of_the_participant(tmp_path):
    root = make_bids(
        tmp_path / "bids",
        "participant_id\tdiagnosis\nsub-1\tMCI\n",
        {"sub-1": "session_id\tdx\tmonths\nses-a\tMCI\t0.0\nses-b\tAD\t12.0\n"},
        ["sub-1_ses-a", "sub-1_ses-b"],
    )
    run(root, tmp_path / "cohort.tsv")
    assert rows_of(tmp_path / "cohort.tsv", "months", "diagnosis") == [["0", "MCI"], ["12", "AD"]]


def test_images_whose_name_is_not_that_of_their_folder_are_left(tmp_path):
    root = make_bids(tmp_path / "bids", "participant_id\nsub-1\n", scans=["sub-1"])
    for name in ("._sub-1_T1w.nii.gz", "sub-2_T1w.nii.gz"):
        (root / "sub-1/anat" / name).touch()
    (root / "sub-1/anat/sub-1_acq-x_T1w.nii.gz").mkdir()
    (root / "sub-1/SES-M12/anat").mkdir(parents=True)
    summary = run(root, tmp_path / "cohort.tsv")
    assert rows_of(tmp_path / "cohort.tsv", "t1w") == [["bids/sub-1/anat/sub-1_T1w.nii.gz"]]
    assert "SES-M12: session folders must match ses-" in summary
    assert "sub-2_T1w.nii.gz: the name must begin with sub-1_" in summary and "._sub" not in summary


def test_a_baseline_diagnosis_excludes_all_visits_and_that_of_participants_comes_before_tables(tmp_path):
    scans = ["sub-ADNI011S0002_ses-M000", "sub-ADNI011S0002_ses-M012", "sub-ADNI011S0003_ses-M000"]
    root = make_bids(
        tmp_path / "adni",
        "participant_id\tdiagnosis_sc\tsex\nsub-ADNI011S0002\tSMC\tF\nsub-ADNI011S0003\tCN\tF\n",
        scans=scans,
    )
    table = tmp_path / "ADNIMERGE.csv"
    table.write_text(
        "PTID,VISCODE,DX_bl,DX,PTGENDER\n011_S_0002,bl,CN,CN,Female\n011_S_0002,m12,CN,CN,Female\n011_S_0003,bl,CN,CN,Male\n"
    )
    summary = run(root, tmp_path / "cohort.tsv", preset="adni", tables=[table])
    assert rows_of(tmp_path / "cohort.tsv", "participant_id", "sex") == [["sub-ADNI011S0003", "F"]]
    assert "sub-ADNI011S0002 ses-M012: SMC at baseline" in summary
    assert "sex F (participants.tsv line 3), M (ADNIMERGE.csv line 4)" in summary


def test_exclusions_have_the_ids_of_the_sheet(tmp_path):
    root = make_bids(tmp_path / "bids", "participant_id\nsub-1\n", scans=["sub-1", "sub-2"])
    (root / "sub-1/anat/sub-9_T1w.nii.gz").touch()
    found = index_dataset(Dataset(root, "A", "study", PRESETS["generic"], "X"), tmp_path, [], [])
    assert [row[0] for row in found.excluded] == ["sub-X1", "sub-X2"]
