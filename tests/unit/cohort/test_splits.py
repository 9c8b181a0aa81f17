import pytest

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.leakage_checks import check_result
from adrepro.cohort.splits import splits
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.config.settings.cohort import Task
from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table, write_table
from small_cohort import SETTINGS, TASKS, sheet
from subject_lists import listed_sheet, write_lists


def checks(folder, *found, allow_leak=False):
    """The leakage arguments of the step, with the checks of images."""
    write_json(folder / "images.json", {"checks": found})
    return {"image_checks": folder / "images.json", "leakage": folder / "leakage.json", "allow_leak": allow_leak}


def test_the_step_writes_views_that_agree(tmp_path):
    table = sheet()
    paths = {name: tmp_path / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")}
    judged = label_cohort(table, 36)
    for name, content in zip(paths, (table, *judged, table), strict=True):
        write_table(paths[name], content)
    tasks = TASKS | {"age": Task(predict="age"), "sex": Task(column="sex", positive="F", negative="M")}
    splits(
        **paths, out=tmp_path / "splits" / "participants.tsv", tasks=tasks, settings=SETTINGS, seed=1, lists=[],
        rates=[], left_out_visits=[], left_out=tmp_path / "left_out.tsv", **checks(tmp_path),
    )  # fmt: skip
    assert read_table(tmp_path / "left_out.tsv").empty
    every = read_table(tmp_path / "splits/participants.tsv").set_index("participant_id")
    assert list(every.columns) == ["dataset", "label", "partition", "fold"] and len(every) == 24
    for name in tasks:
        view = read_table(tmp_path / "splits" / f"{name}.tsv").set_index("participant_id")
        assert list(view) == ["session_id", "dataset", "label", "partition", "fold", "target"]
        columns = ["dataset", "partition", "fold"]
        assert view[columns].equals(every.loc[view.index, columns]) and set(view["session_id"]) == {"ses-M000"}
        visits = read_table(tmp_path / "splits/longitudinal" / f"{name}.tsv")
        assert set(visits["participant_id"]) == set(view.index[view["partition"] == "train"])
    visits = read_table(tmp_path / "splits/longitudinal/MCI_vs_CN.tsv").groupby("participant_id").size()
    assert {p: n for p, n in visits.items() if n != (1 if "pMCI" in p else 2)} == {}
    assert set(read_table(tmp_path / "splits/holdout.tsv")["iteration"]) == {"0", "1", "2"}


def test_published_lists_replace_the_draw(tmp_path):
    table, tasks = listed_sheet(), {"MCI_vs_CN": TASKS["MCI_vs_CN"], "p": Task(positive="pMCI", negative="CN")}
    lists = write_lists(tmp_path / "lists")
    paths = {name: tmp_path / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")}
    judged = study_labels(table, 36, checked_lists(lists, tasks, 2))
    for name, content in zip(paths, (table, *judged, table), strict=True):
        write_table(paths[name], content)
    splits(
        **paths, out=tmp_path / "splits" / "participants.tsv", tasks=tasks, settings=SETTINGS, seed=1, lists=[lists],
        rates=[], left_out_visits=[], left_out=tmp_path / "left_out.tsv", **checks(tmp_path),
    )  # fmt: skip
    mci, progressive = (read_table(tmp_path / f"splits/{name}.tsv") for name in tasks)
    assert mci.groupby(["label", "partition"]).size().to_dict() == {
        ("CN", "test"): 1, ("CN", "train"): 4, ("MCI", "test"): 1, ("MCI", "train"): 8,
    }  # fmt: skip
    first = progressive.set_index("participant_id")["session_id"]
    assert (first["sub-pMCI0"], first["sub-pMCI1"]) == ("ses-M000", "ses-M012")
    visits = read_table(tmp_path / "splits/longitudinal/p.tsv").groupby("participant_id").size()
    assert (visits["sub-pMCI0"], visits["sub-pMCI1"], visits["sub-CN0"]) == (2, 1, 2)
    every = read_table(tmp_path / "splits/participants.tsv")
    assert every["participant_id"].is_unique and len(every) == 15


def test_leakage_of_images_stops_the_study_before_training(tmp_path):
    paths = {name: tmp_path / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")}
    for name, content in zip(paths, (sheet(), *label_cohort(sheet(), 36), sheet()), strict=True):
        write_table(paths[name], content)
    leak = check_result("no head under two participants", "10 pairs", ["sub-1 and sub-2"])

    def run(allow_leak):
        splits(
            **paths, out=tmp_path / "splits" / "participants.tsv", tasks=TASKS, settings=SETTINGS, seed=1, lists=[],
            rates=[], left_out_visits=[], left_out=tmp_path / "left_out.tsv",
            **checks(tmp_path, leak, allow_leak=allow_leak),
        )  # fmt: skip

    with pytest.raises(
        UserError, match="(?s)leakage before any training.*no head under two participants: 1 case, sub-1"
    ):
        run(False)
    assert not (tmp_path / "splits").exists()
    run(True)
    found = read_json(tmp_path / "leakage.json")
    assert found["verdict"] == "leak" and len(found["checks"]) == 4
