"""The `adrepro` command: its flags reach the functions, and mistakes end in one message and exit code 1."""

import pytest

from adrepro.cli import main
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.core.tables import read_table


@pytest.fixture
def run(monkeypatch):
    """Run the command in this process."""

    def run(*words):
        monkeypatch.setattr("sys.argv", ["adrepro", *map(str, words)])
        main()

    return run


@pytest.fixture
def datasets(tmp_path):
    """Two BIDS datasets of one participant each, with the diagnosis in a column `group`."""
    for name in ("one", "two"):
        path = tmp_path / name / "sub-1" / "anat" / "sub-1_T1w.nii.gz"
        path.parent.mkdir(parents=True)
        path.touch()
        (tmp_path / name / "participants.tsv").write_text("participant_id\tgroup\tfamily\nsub-1\tAD\tf1\n")
    return tmp_path


def test_the_flags_of_a_cohort_reach_its_sheet(run, datasets, capsys):
    out = datasets / "cohort.tsv"
    words = ["--bids", datasets / "one", "--bids", datasets / "two", "--dataset", "A", "--dataset", "B"]
    words += ["--prefix", "X", "--prefix", "Y", "--external", "B", "--keep", "family", "--diagnosis", "group"]
    run("cohort", *words, "--out", out)
    sheet = read_sheet(out)
    assert sheet[["participant_id", "dataset", "role", "diagnosis", "family"]].to_numpy().tolist() == [
        ["sub-X1", "A", "study", "AD", "f1"], ["sub-Y1", "B", "external", "AD", "f1"],
    ]  # fmt: skip
    assert f"{out}: 2 participants, 2 visits, 2 with a scan" in capsys.readouterr().out


def test_columns_come_from_a_file_too_and_flags_come_first(run, datasets):
    columns, out = datasets / "columns.yaml", datasets / "cohort.tsv"
    columns.write_text("diagnosis: nowhere\nsite: family\n")
    with pytest.raises(SystemExit, match="columns.yaml: expected lines such as `diagnosis: group`"):
        run("cohort", "--bids", datasets / "one", "--out", out, "--columns", columns)
    columns.write_text("diagnosis: nowhere\n")
    run("cohort", "--bids", datasets / "one", "--out", out, "--columns", columns, "--diagnosis", "group")
    assert read_sheet(out)["diagnosis"].tolist() == ["AD"] and read_sheet(out)["dataset"].tolist() == ["one"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dataset", "A"], "1 --dataset for 2 --bids; give one for each, in order"),
        (["--prefix", "a", "--prefix", "b", "--prefix", "c"], "3 --prefix for 2 --bids"),
        (["--preset", "adni", "--preset", "adni", "--preset", "aibl"], "3 --preset for 2 --bids"),
        (["--external", "three"], "--external three is none of one, two"),
        (["--columns", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(run, datasets, words, message):
    both = ["--bids", datasets / "one", "--bids", datasets / "two"]
    with pytest.raises(SystemExit, match=f"adrepro: (?s:.*){message}"):
        run("cohort", *both, "--out", datasets / "cohort.tsv", *words)
    assert not (datasets / "cohort.tsv").exists()


def test_the_sheet_of_the_simulated_cohort_is_written_without_images(run, repository, tmp_path, monkeypatch):
    monkeypatch.chdir(repository)
    run("simulate", "--sheet", tmp_path / "cohort.tsv", "--config", repository / "tests/tiny_study.yaml")
    sheet = read_sheet(tmp_path / "cohort.tsv")
    assert sheet["participant_id"].nunique() == 8
    assert (tmp_path / sheet["t1w"][0]).resolve().is_relative_to(repository / "resources/simulated")
    assert len(read_table(tmp_path / "cohort_excluded.tsv")) == 0


def test_a_prediction_needs_scans_from_one_place(run, tmp_path):
    for words in ([], ["--bids", "a", "--sheet", "b"]):
        with pytest.raises(SystemExit, match="give --bids DATASET or --sheet COHORT.tsv"):
            run("predict", "--model", tmp_path, "--out", tmp_path / "out", *words)


@pytest.mark.parametrize("command", ["cohort", "fetch", "predict", "compare-runs", "simulate", "reset-dates"])
def test_every_command_has_help_for_every_flag(run, command, capsys):
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")
    text = capsys.readouterr().out
    assert caught.value.code == 0 and f"usage: adrepro {command}" in text
    with pytest.raises(SystemExit) as caught:
        run(command, "--no-such-flag")
    assert caught.value.code == 2
