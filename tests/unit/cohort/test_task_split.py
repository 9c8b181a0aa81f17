import pandas as pd
import pytest

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.leakage_checks import check_result
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.config.settings.cohort import Task
from adrepro.core.errors import UserError
from adrepro.core.tables import read_table
from small_cohort import SETTINGS, TASKS, sheet
from split_steps import draw, split_task, write_inputs
from subject_lists import listed_sheet, write_lists

LEAK = check_result("no head under two participants", "10 pairs", ["sub-1 and sub-2"])


@pytest.mark.parametrize(
    "further", [{}, {"age": Task(predict="age"), "sex": Task(column="sex", positive="F", negative="M")}]
)
def test_views_folds_and_hold_outs_of_tasks_agree(tmp_path, further):
    write_inputs(tmp_path, sheet(), *label_cohort(sheet(), 36))
    tasks = TASKS | further
    draws = draw(tmp_path, tasks, SETTINGS)
    every = read_table(tmp_path / "participants.tsv").set_index("participant_id")
    for name, task in tasks.items():
        split_task(tmp_path, name, task, draws, SETTINGS)
        view = read_table(tmp_path / f"{name}.tsv").set_index("participant_id")
        assert list(view) == ["session_id", "dataset", "label", "partition", "fold", "target"]
        columns = ["dataset", "partition", "fold"]
        assert view[columns].equals(every.loc[view.index, columns]) and set(view["session_id"]) == {"ses-M000"}
        folds = [read_table(tmp_path / f"{name}/fold-{k}.tsv").set_index("participant_id")["split"] for k in (0, 1)]
        for number, own in enumerate(folds):
            validates = view.index[view["fold"] == str(number)]
            assert set(own.index[own == "validation"]) == set(validates) and set(own.index) == set(view.index)
            visits = read_table(tmp_path / f"longitudinal/{name}/fold-{number}.tsv")
            assert set(visits["participant_id"]) == set(own.index[own == "train"])
        held_out = read_table(tmp_path / f"holdout/{name}.tsv")
        assert set(held_out["iteration"]) == {"0", "1", "2"} and set(held_out["participant_id"]) <= set(view.index)
    visits = pd.concat(read_table(tmp_path / f"longitudinal/MCI_vs_CN/fold-{k}.tsv") for k in (0, 1))
    counts = visits.groupby("participant_id").size()
    assert {p: n for p, n in counts.items() if n != (1 if "pMCI" in p else 2)} == {}


def test_published_lists_give_first_sessions_and_training_visits(tmp_path):
    table, tasks = listed_sheet(), {"MCI_vs_CN": TASKS["MCI_vs_CN"], "p": Task(positive="pMCI", negative="CN")}
    lists = write_lists(tmp_path / "lists")
    write_inputs(tmp_path, table, *study_labels(table, 36, checked_lists(lists, tasks, 2)))
    draws = draw(tmp_path, tasks, SETTINGS, [lists])
    for name, task in tasks.items():
        split_task(tmp_path, name, task, draws, SETTINGS, [lists])
    mci, progressive = (read_table(tmp_path / f"{name}.tsv") for name in tasks)
    assert mci.groupby(["label", "partition"]).size().to_dict() == {
        ("CN", "test"): 1, ("CN", "train"): 4, ("MCI", "test"): 1, ("MCI", "train"): 8,
    }  # fmt: skip
    first = progressive.set_index("participant_id")["session_id"]
    assert (first["sub-pMCI0"], first["sub-pMCI1"]) == ("ses-M000", "ses-M012")
    visits = pd.concat(read_table(tmp_path / f"longitudinal/p/fold-{k}.tsv") for k in (0, 1))
    counts = visits.groupby("participant_id").size()
    assert (counts["sub-pMCI0"], counts["sub-pMCI1"], counts["sub-CN0"]) == (2, 1, 2)


def test_leakage_of_images_stops_the_study_before_training(tmp_path):
    write_inputs(tmp_path, sheet(), *label_cohort(sheet(), 36))
    draws, task = draw(tmp_path, TASKS, SETTINGS), TASKS["AD_vs_CN"]
    with pytest.raises(
        UserError, match="(?s)leakage before any training.*no head under two participants: 1 case, sub-1"
    ):
        split_task(tmp_path, "AD_vs_CN", task, draws, SETTINGS, checks=(LEAK,))
    assert not list(tmp_path.glob("AD_vs_CN*"))
    split_task(tmp_path, "AD_vs_CN", task, draws, SETTINGS, checks=(LEAK,), allow_leak=True)
    assert (tmp_path / "AD_vs_CN/fold-1.tsv").exists()


def test_a_class_that_exclusions_left_too_small_is_refused(tmp_path):
    table = sheet()
    write_inputs(tmp_path, table, *label_cohort(table, 36))
    draws = draw(tmp_path, TASKS, SETTINGS)
    with pytest.raises(UserError, match=r"label AD: 6 participants .* needs 7"):
        split_task(tmp_path, "a", TASKS["AD_vs_CN"], draws, SETTINGS.model_copy(update={"test_per_label": 5}))
