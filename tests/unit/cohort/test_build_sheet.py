import numpy as np
import pytest

from adrepro.cli import main
from adrepro.cohort.build_sheet import Dataset, make_sheet
from adrepro.cohort.clinical_presets import PRESETS
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.core.errors import UserError


@pytest.fixture
def bids(tmp_path):
    """A BIDS folder of empty images: two with a row, one without, one row without image, and a second run."""
    root = tmp_path / "bids"
    for name in (
        "sub-01/anat/sub-01_T1w",
        "sub-02/anat/sub-02_run-1_T1w",
        "sub-02/anat/sub-02_run-2_T1w",
        "sub-09/anat/sub-09_T1w",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.nii.gz").touch()
    rows = [
        "participant_id\tage\tgender\tgroup",
        "sub-01\t90+\tf\tdepr ",
        "sub-02\t35\tM\tcontrol",
        "sub-03\tn/a\t\tcontrol",
    ]
    (root / "participants.tsv").write_text("\n".join(rows) + "\n")
    return root


def run(bids, out, mapping=None, preset="generic", **more):
    return make_sheet([Dataset(bids, "A", "study", PRESETS[preset])], out, mapping or {}, **more)


def test_a_column_of_participants_becomes_the_diagnosis(bids, tmp_path):
    summary = run(bids, tmp_path / "cohort.tsv", {"diagnosis": "group"})
    sheet = read_sheet(tmp_path / "cohort.tsv").set_index("participant_id")
    assert sheet["diagnosis"].to_dict() == {"sub-01": "depr", "sub-02": "control", "sub-03": "control"}
    assert sheet.loc["sub-01", ["age", "sex", "t1w"]].tolist() == ["90", "F", "bids/sub-01/anat/sub-01_T1w.nii.gz"]
    assert sheet.loc["sub-02", "t1w"].endswith("run-1_T1w.nii.gz") and sheet.loc["sub-03", "t1w"] == "n/a"
    for left_out in ("sub-02 n/a: sub-02_run-2_T1w.nii.gz", "sub-03 n/a: no T1w", "sub-09 n/a: has images and no row"):
        assert left_out in summary


def test_a_cohort_without_diagnosis_is_accepted(bids, tmp_path):
    run(bids, tmp_path / "cohort.tsv", {})
    assert set(read_sheet(tmp_path / "cohort.tsv")["diagnosis"]) == {"n/a"}


def test_prefixes_keep_two_cohorts_apart(bids, tmp_path):
    def two(prefix, out):
        generic = PRESETS["generic"]
        return make_sheet(
            [Dataset(bids, "A", "study", generic), Dataset(bids, "B", "external", generic, prefix)], out, {}
        )

    two("B", tmp_path / "c.tsv")
    sheet = read_sheet(tmp_path / "c.tsv")
    assert sheet.groupby("role")["participant_id"].nunique().to_dict() == {"study": 3, "external": 3}
    before = (tmp_path / "c.tsv").read_bytes()
    with pytest.raises(UserError, match="prefix"):
        two("", tmp_path / "c.tsv")
    assert (tmp_path / "c.tsv").read_bytes() == before  # an older sheet is not lost


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "missing"),
        ("participant_id\tage\n", "no participants"),
        ("participant_id,age\nsub-01,3\n", "commas"),
        ("participant_id\tage\nsub-0 1\t3\n", "line 2"),
        ("participant_id\tage\nsub-01\t3\nsub-01\t4\n", "line 3: sub-01 appears twice, and age differ from line 2"),
        ("participant_id\tage\n01\t3\n", "did you mean sub-01"),
        ("participant_id\tage\n../x\t3\n$(id)\t3\n'a b'\t3\n", "3 problems"),
        ("participant_id\tage\nsub-01\t3\t4\n", "line 2: has 3 cells, the header 2"),
        ("participant_id\tmmse\nsub-01\t31\n", "line 2.: mmse '31' must be a number from 0 to 30"),
        ("participant_id\tage\nsub-01\t700\n", "age '700'"),
        ("participant_id\tage\nsub-01\tsixty\n", "age 'sixty'"),
    ],
)
def test_a_faulty_table_is_refused_in_words(bids, tmp_path, text, message):
    path = bids / "participants.tsv"
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=message):
        run(bids, tmp_path / "cohort.tsv", {})
    assert not (tmp_path / "cohort.tsv").exists()


def test_a_wrong_column_is_named(bids, tmp_path):
    with pytest.raises(UserError, match="no column 'grp' for diagnosis"):
        run(bids, tmp_path / "cohort.tsv", {"diagnosis": "grp"})


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


def make_bids(root, participants, sessions=None, scans=()):
    """A dataset of empty images from text tables; `sessions` maps a participant to its table."""
    root.mkdir()
    (root / "participants.tsv").write_text(participants)
    for participant, text in (sessions or {}).items():
        (root / participant).mkdir()
        (root / participant / f"{participant}_sessions.tsv").write_text(text)
    for scan in scans:
        path = root / scan.replace("_", "/") / "anat" / f"{scan}_T1w.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def rows_of(path, *columns):
    return read_sheet(path)[list(columns)].to_numpy().tolist()


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
    assert "sub-ADNI011S0003 ses-M000: screened as SMC" in summary
    assert rows_of(tmp_path / "cohort.tsv", "session_id", "months", "diagnosis", "age", "mmse", "cdr", "site") == [
        ["ses-M00", "0", "MCI", "74.3", "27", "0.5", "11"],  # the folder's two digits are the table's three
        ["ses-M006", "6", "AD", "74.8", "26", "0.5", "11"],
        ["ses-M012", "12", "AD", "75.3", "22", "1", "11"],
    ]


def test_adnimerge_joins_by_id_and_visit(tmp_path):
    root = make_bids(tmp_path / "adni", "participant_id\nsub-ADNI011S0002\n", scans=["sub-ADNI011S0002_ses-M000"])
    table = tmp_path / "ADNIMERGE.csv"
    table.write_text(
        'RID,PTID,VISCODE,DX,AGE,PTGENDER,MMSE,SITE\r\n2,"011_S_0002",bl,CN,74.3,Male,28,11\r\n'
        "2,011_S_0002,m12,MCI,74.3,Male,27,11\r\n2,011_S_0002,sc,CN,74.3,Male,29,11\r\n"
    )
    run(root, tmp_path / "cohort.tsv", preset="adni", table=table)
    assert rows_of(tmp_path / "cohort.tsv", "session_id", "diagnosis", "sex", "mmse", "t1w") == [
        ["ses-M000", "CN", "M", "28", "adni/sub-ADNI011S0002/ses-M000/anat/sub-ADNI011S0002_ses-M000_T1w.nii.gz"],
        ["ses-M012", "MCI", "M", "27", "n/a"],
    ]


def test_aibl_visits_without_a_date_are_left_out(tmp_path):
    root = make_bids(
        tmp_path / "aibl",
        "participant_id\tsex\nsub-AIBL1\tF\n",
        {
            "sub-AIBL1": "session_id\texamination_date\tdiagnosis\tMMS\n"
            "ses-M000\t2009-01-01\tCN\t29\nses-M018\t-4\tCN\t-4\n"
        },
        ["sub-AIBL1_ses-M000", "sub-AIBL1_ses-M018"],
    )
    assert "sub-AIBL1 ses-M018: no examination date" in run(root, tmp_path / "cohort.tsv", preset="aibl")
    assert rows_of(tmp_path / "cohort.tsv", "session_id", "mmse") == [["ses-M000", "29"]]


def test_oasis_is_labelled_by_cdr_and_a_blank_is_not_zero(tmp_path):
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


def test_windows_text_and_equal_rows_are_accepted(tmp_path):
    root = make_bids(tmp_path / "bids", "", scans=["sub-1"])
    (root / "participants.tsv").write_bytes(
        "\ufeffparticipant_id\tage\tfamily\r\nsub-1\t70 \tf1\r\nsub-1\t70\tf1\r\n".encode()
    )
    run(root, tmp_path / "cohort.tsv", keep=["family"])
    assert rows_of(tmp_path / "cohort.tsv", "participant_id", "age", "family") == [["sub-1", "70", "f1"]]


def test_many_who_are_left_out_are_counted_on_the_console(tmp_path):
    rows = "".join(f"sub-{i}\n" for i in range(40))
    summary = run(make_bids(tmp_path / "bids", f"participant_id\n{rows}", scans=["sub-1"]), tmp_path / "cohort.tsv")
    assert "left out: 39 times no T1w image" in summary and "cohort_excluded.tsv" in summary


def test_the_diagnosis_of_the_visit_comes_before_that_of_the_participant(tmp_path):
    root = make_bids(
        tmp_path / "bids",
        "participant_id\tdiagnosis\nsub-1\tMCI\n",
        {"sub-1": "session_id\tdx\tmonths\nses-a\tMCI\t0.0\nses-b\tAD\t12.0\n"},
        ["sub-1_ses-a", "sub-1_ses-b"],
    )
    run(root, tmp_path / "cohort.tsv")
    assert rows_of(tmp_path / "cohort.tsv", "months", "diagnosis") == [["0", "MCI"], ["12", "AD"]]


def test_a_stray_quote_swallows_nobody(tmp_path):
    rows = 'sub-1\tCN\tx\nsub-2\tAD\t"5 ft\nsub-3\tAD\tx\t\n'
    root = make_bids(tmp_path / "bids", f"participant_id\tdiagnosis\tnote\n{rows}", scans=["sub-1", "sub-2", "sub-3"])
    run(root, tmp_path / "cohort.tsv", keep=["note"])
    assert rows_of(tmp_path / "cohort.tsv", "diagnosis", "note") == [["CN", "x"], ["AD", '"5 ft'], ["AD", "x"]]


def test_images_whose_name_is_not_that_of_their_folder_are_left(tmp_path):
    root = make_bids(tmp_path / "bids", "participant_id\nsub-1\n", scans=["sub-1"])
    for name in ("._sub-1_T1w.nii.gz", "sub-2_T1w.nii.gz"):
        (root / "sub-1/anat" / name).touch()
    (root / "sub-1/anat/sub-1_acq-x_T1w.nii.gz").mkdir()
    (root / "sub-1/SES-M12/anat").mkdir(parents=True)
    summary = run(root, tmp_path / "cohort.tsv")
    assert rows_of(tmp_path / "cohort.tsv", "t1w") == [["bids/sub-1/anat/sub-1_T1w.nii.gz"]]
    assert "SES-M12: a session is called ses-" in summary
    assert "sub-2_T1w.nii.gz: no file named sub-1_" in summary and "._sub" not in summary


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "PTID,VISCODE,SITE\n01,m24,1\n01,m24,2\n",
            "line 3: 01 at month 24 appears twice, and SITE differ from line 2",
        ),
        ("PTID,VISCODE,DX\n77,bl,CN\n", "contains no participant"),
        ("PTID,DX\n01,CN\n", "expected columns of participant"),
        ("PTID,VISCODE,DX\n01,bl\n", "line 2: has 2 cells, the header 3"),
        (None, "there is no such file"),
    ],
)
def test_a_faulty_clinical_table_is_refused_in_words(bids, tmp_path, table, message):
    path = tmp_path / "t.csv"
    if table:
        path.write_text(table)
    with pytest.raises(UserError, match=message):
        run(bids, tmp_path / "cohort.tsv", table=path)
    assert not (tmp_path / "cohort.tsv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"keep": ["diagnosis"]}, "the sheet has that column already"),
        ({"keep": ["gender", "Gender"]}, "named twice"),
        ({"out": "bids/participants.tsv"}, "is an input"),
        ({"out": "cohort_excluded.tsv"}, "expected the name of a sheet"),
    ],
)
def test_arguments_that_cannot_be_right_change_nothing(bids, tmp_path, words, message):
    out = tmp_path / words.pop("out", "cohort.tsv")
    before = (bids / "participants.tsv").read_bytes()
    with pytest.raises(UserError, match=message):
        run(bids, out, **words)
    assert (bids / "participants.tsv").read_bytes() == before and not (tmp_path / "cohort.tsv").exists()


def test_problems_of_several_files_are_told_at_once(tmp_path):
    root = make_bids(
        tmp_path / "bids",
        "participant_id\tage\nsub-1\t70\nsub-2\t7_0\n3\t70\n",
        {"sub-1": "session_id\tmonths\nses-a\tabc\n", "sub-2": "session_id\nses-b\tx\n"},
        ["sub-1_ses-a", "sub-2_ses-b"],
    )
    with pytest.raises(UserError, match="4 problems") as told:
        run(root, tmp_path / "cohort.tsv")
    for part in ("did you mean sub-3", "months 'abc'", "age '7_0'", "sub-2_sessions.tsv: 1 problem"):
        assert part in str(told.value)


def test_two_datasets_of_one_name_are_refused(bids, tmp_path):
    generic = PRESETS["generic"]
    with pytest.raises(UserError, match="two datasets are called raw"):
        make_sheet(
            [Dataset(bids, "raw", "study", generic), Dataset(bids, "raw", "study", generic)], tmp_path / "c.tsv", {}
        )


def test_a_link_to_itself_is_told_in_words(bids, tmp_path, monkeypatch):
    (bids / "sub-01" / "anat").rename(bids / "sub-01" / "elsewhere")
    (bids / "sub-01" / "anat").symlink_to("anat")
    monkeypatch.setattr("sys.argv", ["adrepro", "cohort", "--bids", str(bids), "--out", str(tmp_path / "c.tsv")])
    with pytest.raises(SystemExit, match="sub-01/anat: .*check the path"):
        main()
    assert not (tmp_path / "c.tsv").exists()
