import pandas as pd

from adrepro.cohort.assign_labels import assign_labels
from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.core.tables import read_table, write_table
from subject_lists import listed_sheet, write_lists


def write_sheet(path, *diagnoses):
    rows = [
        (f"sub-{n}", f"ses-M{month:03}", "A", "study", "x.nii", diagnosis, "70", "F", "n/a", "n/a", str(month))
        for n, course in enumerate(diagnoses, start=1)
        for month, diagnosis in zip((0, 12, 36), course, strict=False)
    ]
    write_table(path, pd.DataFrame(rows, columns=list(COLUMNS)))
    return path


def run(tmp_path, *diagnoses, horizon=36):
    sheet = write_sheet(tmp_path / "cohort.tsv", *diagnoses)
    out, visits = tmp_path / "labels.tsv", tmp_path / "visits.tsv"
    assign_labels(sheet, out, visits, horizon, [], [])
    return read_table(out), read_table(visits)


def test_people_and_visits_are_written(tmp_path):
    people, visits = run(tmp_path, ["CN", "CN"], ["MCI", "AD"], ["CN", "MCI", "AD"])
    assert people[["participant_id", "label", "session_id"]].to_numpy().tolist() == [
        ["sub-1", "CN", "ses-M000"], ["sub-2", "pMCI", "ses-M000"], ["sub-2", "MCI", "ses-M000"],
        ["sub-3", "n/a", "ses-M000"],
    ]  # fmt: skip
    assert people["reason"].tolist() == [
        "", "", "", "the diagnosis at baseline, CN, does not hold: MCI at month 12, AD at month 36",
    ]  # fmt: skip
    assert visits["label"].tolist() == ["CN", "CN", "pMCI", "MCI", "n/a", "n/a", "n/a", "n/a"]


def test_the_horizon_is_passed_on(tmp_path):
    assert run(tmp_path, ["MCI", "MCI"], horizon=12)[0]["label"].tolist() == ["sMCI", "MCI"]
    assert run(tmp_path, ["MCI", "MCI"], horizon=24)[0]["label"].tolist() == ["uMCI", "MCI"]


def test_published_lists_replace_the_labels_and_what_is_missing_is_told(tmp_path, capsys):
    write_table(tmp_path / "cohort.tsv", listed_sheet((0, 24)))
    out, visits = tmp_path / "labels.tsv", tmp_path / "visits.tsv"
    assign_labels(tmp_path / "cohort.tsv", out, visits, 36, [write_lists(tmp_path / "lists")], ["AD", "CN"])
    assert read_table(out)["label"].value_counts().to_dict() == {"n/a": 12, "AD": 5, "CN": 5}
    assert "10 of 20 listed sessions of theirs are not: sub-AD0 ses-M12" in capsys.readouterr().out
