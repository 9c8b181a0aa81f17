import pandas as pd

from adrepro.cohort.task_views import training_visits
from adrepro.config.settings.cohort import Task


def test_a_visit_with_another_label_is_not_trained_on():
    view = pd.DataFrame({"participant_id": ["sub-1"], "partition": ["train"], "target": [0]})
    visits = pd.DataFrame(
        {"participant_id": ["sub-1"] * 3, "session_id": ["a", "b", "c"], "label": ["sMCI", "uMCI", "n/a"]}
    )
    task = Task(positive="pMCI", negative="sMCI")
    assert training_visits(view, visits, task)["session_id"].tolist() == ["a"]
    broad = Task(positive="AD", negative="MCI")
    assert training_visits(view, visits, broad)["session_id"].tolist() == ["a", "b"]
