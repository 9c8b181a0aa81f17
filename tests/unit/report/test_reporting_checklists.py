from pathlib import Path

import pytest

from adrepro.config.loading import load_settings
from adrepro.core.tables import read_table
from adrepro.report.reporting_checklists import FOLDER, OPEN, StudyFacts, answers, checklist

CONFIG = load_settings([Path(__file__).parents[3] / "config" / "config.yaml"])


def facts(**change):
    known = {"external": ["AIBL"], "subgroups": ["sex", "site"], "explained": True, "simulated": False}
    return StudyFacts(CONFIG, ["AD_vs_CN"], ["SVM"], ["ADNI", "AIBL"], **(known | change))


def test_checklists_are_complete():
    claim, tripod = (read_table(FOLDER / f"{name}.tsv")["item"] for name in ("claim2024", "tripod_ai"))
    assert claim.tolist() == [str(n) for n in range(1, 45)]
    assert sorted({int("".join(filter(str.isdigit, item))) for item in tripod}) == list(range(1, 28))


@pytest.mark.parametrize("name", ["claim2024", "tripod_ai"])
def test_every_answer_key_has_an_answer_in_a_complete_study(name):
    asked = set(read_table(FOLDER / f"{name}.tsv")["answer"]) - {""}
    assert asked <= set(answers(facts()))


def test_items_that_do_not_follow_from_the_study_stay_open():
    rows = {row["item"]: row for row in checklist("claim2024", facts(external=[], explained=False, subgroups=[]))}
    assert rows["33"]["answer"] == rows["31"]["answer"] == OPEN and not rows["33"]["answered"]
    assert rows["44"]["answer"] == OPEN and rows["19"]["answered"]


def test_simulated_data_are_not_called_participants():
    assert "Simulated" in answers(facts(simulated=True))["cohort"]
