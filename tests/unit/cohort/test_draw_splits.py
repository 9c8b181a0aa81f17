import pytest

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.config.settings.cohort import Task
from adrepro.core.tables import read_table
from small_cohort import SETTINGS, TASKS, sheet
from split_steps import draw, write_inputs
from subject_lists import listed_sheet, write_lists


@pytest.fixture
def folder(tmp_path):
    write_inputs(tmp_path, sheet(), *label_cohort(sheet(), 36))
    return tmp_path


def test_a_further_task_leaves_the_draws_of_other_labels_as_they_are(folder):
    draw(folder, {"AD_vs_CN": TASKS["AD_vs_CN"]}, SETTINGS)
    before = {name: (folder / f"drawn/{name}.tsv").read_bytes() for name in ("AD", "CN", "AD_holdout")}
    assert set(draw(folder, TASKS, SETTINGS)) == {"AD", "CN", "MCI", "pMCI", "sMCI", "uMCI"}
    assert {name: (folder / f"drawn/{name}.tsv").read_bytes() for name in before} == before


def test_a_label_that_nobody_has_draws_nobody(folder):
    draw(folder, TASKS, SETTINGS)
    assert read_table(folder / "drawn/uMCI.tsv").empty and read_table(folder / "drawn/uMCI_holdout.tsv").empty


def test_participants_without_a_label_are_drawn_for_a_task_on_another_column(folder):
    tasks = TASKS | {"sex": Task(column="sex", positive="F", negative="M")}
    assert draw(folder, tasks, SETTINGS) == ["everyone"]
    assert len(read_table(folder / "participants.tsv")) == 24
    assert set(read_table(folder / "drawn/everyone_holdout.tsv")["iteration"]) == {"0", "1", "2"}


def test_parts_of_mci_that_nobody_has_are_no_problem_with_a_number_for_each_label(folder):
    tasks = {"a": Task(positive="MCI", negative="CN")}
    draw(folder, tasks, SETTINGS.model_copy(update={"test_per_label": {"CN": 2, "MCI": 2}}))
    assert read_table(folder / "drawn/uMCI.tsv").empty


def test_published_lists_replace_the_draw(tmp_path):
    table, tasks = listed_sheet(), {"MCI_vs_CN": TASKS["MCI_vs_CN"], "p": Task(positive="pMCI", negative="CN")}
    lists = write_lists(tmp_path / "lists")
    write_inputs(tmp_path, table, *study_labels(table, 36, checked_lists(lists, tasks, 2)))
    draw(tmp_path, tasks, SETTINGS, [lists])
    every = read_table(tmp_path / "participants.tsv")
    assert every["participant_id"].is_unique and len(every) == 15
