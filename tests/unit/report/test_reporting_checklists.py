from pathlib import Path

import pytest

from adrepro.config.validation import load_settings
from adrepro.core.files import read_table
from adrepro.report.reporting_checklists import FOLDER, OPEN, Facts, answers, checklist

CONFIG = load_settings([Path(__file__).parents[3] / "config" / "config.yaml"])


def facts(**change):
    known = {"external": ["AIBL"], "subgroups": ["sex", "site"], "explained": True, "simulated": False}
    return Facts(CONFIG, ["AD_vs_CN"], ["SVM"], ["ADNI", "AIBL"], **(known | change))


def test_the_lists_are_whole():
    claim, tripod = (read_table(FOLDER / f"{name}.tsv")["item"] for name in ("claim2024", "tripod_ai"))
    assert claim.tolist() == [str(n) for n in range(1, 45)]
    assert sorted({int("".join(filter(str.isdigit, item))) for item in tripod}) == list(range(1, 28))


@pytest.mark.parametrize("name", ["claim2024", "tripod_ai"])
def test_every_question_that_is_asked_has_an_answer_in_a_full_study(name):
    asked = set(read_table(FOLDER / f"{name}.tsv")["answer"]) - {""}
    assert asked <= set(answers(facts()))


def test_what_was_not_done_stays_open():
    rows = {row["item"]: row for row in checklist("claim2024", facts(external=[], explained=False, subgroups=[]))}
    assert rows["33"]["answer"] == rows["31"]["answer"] == OPEN and not rows["33"]["known"]
    assert rows["44"]["answer"] == OPEN and rows["19"]["known"]


def test_simulated_data_are_not_called_participants():
    assert "Simulated" in answers(facts(simulated=True))["cohort"]
