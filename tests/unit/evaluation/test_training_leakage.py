import pandas as pd

from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.evaluation.training_leakage import training_uses


def test_uses_of_initializing_models_count_once_even_in_a_circle(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        folder = tmp_path / "results" / "task" / name / "fold-0"
        rows = [{"purpose": "weights", "participant_id": f"sub-{name}", "session_id": "n/a"}]
        write_table(folder / "training.tsv", pd.DataFrame(rows))
        write_json(folder / "model.json", {"builds_on": [f"task/{other}/fold-0"]})
    found = training_uses(tmp_path / "results/task/a/fold-0")
    assert found["participant_id"].tolist()[:2] == ["sub-a", "sub-b"]
    assert found["purpose"].tolist()[:2] == ["weights", "start: weights"]
