import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.evaluation.training_leakage import training_uses


def write_model(results, name, purpose="weights", *, builds_on=()):
    folder = results / "task" / name / "fold-0"
    rows = [{"purpose": purpose, "participant_id": f"sub-{name}", "session_id": "n/a"}]
    write_table(folder / "training.tsv", pd.DataFrame(rows))
    write_json(folder / "model.json", {"builds_on": [f"task/{other}/fold-0" for other in builds_on]})
    return folder


def test_uses_come_from_the_whole_chain_with_the_way_to_them(tmp_path):
    first = write_model(tmp_path, "a", builds_on=["b"])
    write_model(tmp_path, "b", "scaling", builds_on=["c"])
    write_model(tmp_path, "c")
    assert training_uses(first).to_numpy().tolist() == [
        ["weights", "sub-a", "n/a", ""], ["scaling", "sub-b", "n/a", "task/b/fold-0"],
        ["weights", "sub-c", "n/a", "task/b/fold-0 > task/c/fold-0"],
    ]  # fmt: skip


def test_a_model_counts_once_even_in_a_circle(tmp_path):
    first = write_model(tmp_path, "a", builds_on=["b"])
    write_model(tmp_path, "b", builds_on=["a"])
    assert training_uses(first)["participant_id"].tolist() == ["sub-a", "sub-b"]


def test_an_unknown_purpose_is_refused_with_its_line(tmp_path):
    with pytest.raises(
        UserError, match="(?s)training.tsv.*line 2: purpose 'start: weights' is unknown, expected one of weig"
    ):
        training_uses(write_model(tmp_path, "a", "start: weights"))
