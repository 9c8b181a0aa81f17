import pytest

from adrepro.core.errors import UserError
from adrepro.inference.run_workflow import run_workflow


def test_a_workflow_that_fails_names_its_logs(tmp_path):
    (tmp_path / "wrong.yaml").write_text("resolution: 2\n")
    with pytest.raises(UserError, match=f"preprocessing failed; .*logs in {tmp_path}/logs"):
        run_workflow(["features"], tmp_path / "cohort.tsv", tmp_path, [tmp_path / "wrong.yaml"], 1)
