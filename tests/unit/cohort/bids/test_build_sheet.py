import pytest

from adrepro.cli import main
from adrepro.cohort.bids.build_sheet import make_sheet
from adrepro.cohort.bids.dataset_index import Dataset
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.tables.clinical_presets import PRESETS
from adrepro.core.errors import UserError
from adrepro.core.tables import read_table
from bids_folders import make_bids, rows_of, run


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
        (
            "participant_id\tage\nsub-01\t3\nsub-01\t4\n",
            "line 3: sub-01 appears twice, and age differ from line 2.*sub-01_sessions.tsv",
        ),
        ("participant_id\tage\nsub-01\t864\n", "is it in months .72.0 years.. Divide the column by 12"),
        ("participant_id\tage\nsub-01\t26300\n", "is it in days .72.0 years"),
        ("participant_id\tage\n77\t3\n", "did you mean sub-77"),
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


def test_a_stray_quote_swallows_nobody(tmp_path):
    rows = 'sub-1\tCN\tx\nsub-2\tAD\t"5 ft\nsub-3\tAD\tx\t\n'
    root = make_bids(tmp_path / "bids", f"participant_id\tdiagnosis\tnote\n{rows}", scans=["sub-1", "sub-2", "sub-3"])
    run(root, tmp_path / "cohort.tsv", keep=["note"])
    assert rows_of(tmp_path / "cohort.tsv", "diagnosis", "note") == [["CN", "x"], ["AD", '"5 ft'], ["AD", "x"]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "PTID,VISCODE,SITE\n01,m24,1\n01,m24,2\n",
            "line 3: 01 at month 24 appears twice, and SITE differ from line 2",
        ),
        ("PTID,VISCODE,DX\n77,bl,CN\n", "contains no participant"),
        ("VISCODE,DX\nbl,CN\n", "expected a column of participant"),
        ("PTID,DX\n01,CN\n01,AD\n", "line 3: 01 appears twice, and DX differ from line 2"),
        ("PTID,VISCODE,DX\n01,bl\n", "line 2: has 2 cells, the header 3"),
        (None, "there is no such file"),
    ],
)
def test_a_faulty_clinical_table_is_refused_in_words(bids, tmp_path, table, message):
    path = tmp_path / "t.csv"
    if table:
        path.write_text(table)
    with pytest.raises(UserError, match=message):
        run(bids, tmp_path / "cohort.tsv", tables=[path])
    assert not (tmp_path / "cohort.tsv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"keep": ["diagnosis"]}, "the sheet has that column already"),
        ({"keep": ["gender", "Gender"]}, "named twice"),
        ({"out": "bids/participants.tsv"}, "is an input"),
        ({"out": "cohort_excluded.tsv"}, "expected the name of a sheet"),
        ({"out": "cohort_conflicts.tsv"}, "expected the name of a sheet"),
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


def test_a_dataset_of_which_no_scan_is_left_is_an_error(tmp_path):
    root = make_bids(tmp_path / "bids", "participant_id\tage\nsub-1\t50\nsub-2\t51\n")
    with pytest.raises(UserError, match=r"no T1w image is left of dataset A \(2 times: no T1w image in the dataset\)"):
        run(root, tmp_path / "cohort.tsv")
    young = make_bids(tmp_path / "young", "participant_id\tage\tcdr\nsub-1\t50\t0\n", scans=["sub-1"])
    with pytest.raises(UserError, match=r"1 times: age 50 is below 62"):
        run(young, tmp_path / "cohort.tsv", preset="oasis1")
    assert not (tmp_path / "cohort.tsv").exists()


def test_tables_that_disagree_are_listed_and_the_user_says_which_counts(tmp_path):
    root = make_bids(
        tmp_path / "bids",
        "participant_id\nsub-ADNI011S0002\n",
        {"sub-ADNI011S0002": "session_id\tdiagnosis\nses-M000\tMCI\n"},
        ["sub-ADNI011S0002_ses-M000"],
    )
    table = tmp_path / "DXSUM.csv"
    table.write_text("RID,VISCODE2,DIAGNOSIS\n2,bl,3\n")
    summary = run(root, tmp_path / "cohort.tsv", preset="adni", tables=[table])
    line = "sub-ADNI011S0002 ses-M000: diagnosis MCI (sub-ADNI011S0002_sessions.tsv line 2), AD (DXSUM.csv line 2)"
    assert "tables disagree on 1 values; the first counts (--prefer)" in summary and line in summary
    assert rows_of(tmp_path / "cohort.tsv", "diagnosis") == [["MCI"]]
    assert read_table(tmp_path / "cohort_conflicts.tsv")["other_source"].tolist() == ["DXSUM.csv line 2"]
    run(root, tmp_path / "cohort.tsv", preset="adni", tables=[table], tables_first=True)
    assert rows_of(tmp_path / "cohort.tsv", "diagnosis") == [["AD"]]
    run(root, tmp_path / "cohort.tsv", preset="adni")
    assert not (tmp_path / "cohort_conflicts.tsv").exists()


def test_the_tables_of_three_studies_come_in_one_command(tmp_path, monkeypatch, capsys):
    names = {"ADNI": "sub-ADNI011S0002_ses-M000", "AIBL": "sub-AIBL10_ses-M018", "OASIS": "sub-OASIS10001_ses-M000"}
    for name, scan in names.items():
        participant = scan.split("_")[0]
        sessions = "session_id\texamination_date\nses-M000\t2009-01-01\nses-M018\tn/a\n"
        more = {participant: sessions} if name == "AIBL" else None
        make_bids(tmp_path / name, f"participant_id\n{participant}\n", more, [scan])
    tables = {
        "DXSUM": "PTID,RID,VISCODE,VISCODE2,DIAGNOSIS,DXCHANGE\n011_S_0002,2,v01,sc,2,\n011_S_0002,2,v11,m12,,5\n",
        "pdxconv": "RID,SITEID,VISCODE,DXCURREN\n10,2,bl,1\n10,2,m18,2\n",
        "oasis": "ID,M/F,Hand,Age,CDR\nOAS1_0001_MR1,F,R,74,0.5\nOAS1_0002_MR1,F,R,80,\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    words = [word for name in names for word in ("--bids", str(tmp_path / name))]
    words += [word for preset in ("adni", "aibl", "oasis1") for word in ("--preset", preset)]
    words += [word for name in tables for word in ("--table", str(tmp_path / f"{name}.csv"))]
    monkeypatch.setattr("sys.argv", ["adrepro", "cohort", *words, "--out", str(tmp_path / "cohort.tsv")])
    main()
    assert rows_of(tmp_path / "cohort.tsv", "participant_id", "months", "diagnosis", "age") == [
        ["sub-ADNI011S0002", "0", "MCI", "n/a"], ["sub-ADNI011S0002", "12", "AD", "n/a"],
        ["sub-AIBL10", "0", "CN", "n/a"], ["sub-AIBL10", "18", "MCI", "n/a"], ["sub-OASIS10001", "0", "AD", "74"],
    ]  # fmt: skip
    assert "oasis.csv: 1 participants joined" in capsys.readouterr().out


def ids_of(folder, tmp_path):
    run(folder, tmp_path / "cohort.tsv")
    return sorted(set(read_table(tmp_path / "cohort.tsv").query("age != 'n/a'")["participant_id"]))


def test_ids_are_joined_by_their_number_where_one_folder_has_it(tmp_path):
    table = "participant_id\tage\n1\t70\n02\t71\nsub-3\t72\n"
    folder = make_bids(tmp_path / "bids", table, {}, ["sub-0001", "sub-2", "sub-03"])
    assert ids_of(folder, tmp_path) == ["sub-0001", "sub-03", "sub-2"]


def test_an_id_that_may_be_two_folders_and_two_ids_of_one_folder_are_asked_about(tmp_path):
    table = "participant_id\tage\n1\t70\n2\t71\n02\t71\n"
    folder = make_bids(tmp_path / "bids", table, {}, ["sub-01", "sub-001", "sub-002"])
    with pytest.raises(UserError, match=r"(?s)'1' may be sub-001 or sub-01; write which.*2 \(line 3\) and 02 are both"):
        run(folder, tmp_path / "cohort.tsv")


def test_a_value_given_once_counts_at_the_first_visit_and_the_summary_says_so(tmp_path):
    table = "participant_id\tdiagnosis\tsex\nsub-1\tCN\tF\n"
    folder = make_bids(tmp_path / "bids", table, {}, ["sub-1_ses-M000", "sub-1_ses-M012"])
    told = run(folder, tmp_path / "cohort.tsv")
    assert (
        "diagnosis: given once for a participant, it counts at the first visit alone and is unknown at 1 later" in told
    )
    sheet = read_table(tmp_path / "cohort.tsv")
    assert sheet["diagnosis"].tolist() == ["CN", "n/a"] and sheet["sex"].tolist() == ["F", "F"]
    assert "given once" not in run(folder, tmp_path / "cohort.tsv", constant=["diagnosis"])
    assert read_table(tmp_path / "cohort.tsv")["diagnosis"].tolist() == ["CN", "CN"]
    with pytest.raises(UserError, match="--constant group: expected one of diagnosis"):
        run(folder, tmp_path / "cohort.tsv", constant=["group"])


@pytest.mark.parametrize("cell", ["#N/A", "NULL", "None", "NaN", "-", ".", "\u200b"])
def test_spellings_of_missing_values_are_no_diagnosis(tmp_path, cell):
    table = f"participant_id\tdiagnosis\nsub-1\t{cell}\nsub-2\tCN\u200b\n"
    folder = make_bids(tmp_path / "bids", table, {}, ["sub-1", "sub-2"])
    run(folder, tmp_path / "cohort.tsv")
    assert read_table(tmp_path / "cohort.tsv")["diagnosis"].tolist() == ["n/a", "CN"]


def test_ids_of_another_spelling_are_told_and_looked_up_in_tables_under_both(tmp_path):
    folder = make_bids(tmp_path / "bids", "participant_id\nCN1\nsub-CN02\n", {}, ["sub-CN01", "sub-CN02"])
    (tmp_path / "t.tsv").write_text("participant_id\tdiagnosis\nCN1\tCN\nsub-CN02\tMCI\n")
    told = run(folder, tmp_path / "cohort.tsv", tables=[tmp_path / "t.tsv"])
    assert "CN1 of participants.tsv is the folder sub-CN01" in told and "without a row" not in told
    assert read_table(tmp_path / "cohort.tsv")["diagnosis"].tolist() == ["CN", "MCI"]


def test_a_folder_that_a_row_names_is_never_that_of_another_row(tmp_path):
    table = "participant_id\tage\nsub-1\t70\nsub-01\t80\n"
    folder = make_bids(tmp_path / "bids", table, {}, ["sub-01"])
    run(folder, tmp_path / "cohort.tsv")
    sheet = read_table(tmp_path / "cohort.tsv").set_index("participant_id")
    assert sheet["age"].to_dict() == {"sub-1": "70", "sub-01": "80"} and sheet.loc["sub-1", "t1w"] == "n/a"


def test_an_only_image_after_a_contrast_agent_is_told(tmp_path):
    folder = make_bids(tmp_path / "bids", "participant_id\nsub-1\n", {}, ["sub-1"])
    image = folder / "sub-1/anat/sub-1_T1w.nii.gz"
    image.rename(image.with_name("sub-1_ce-gd_T1w.nii.gz"))
    assert "sub-1_ce-gd_T1w.nii.gz is after a contrast agent, and no other image" in run(
        folder, tmp_path / "cohort.tsv"
    )
