import sys

import pytest

from adrepro.core.errors import UserError
from adrepro.core.snakemake_plan import current_outputs

HEADER = "output_file\tdate\trule\tlog-file(s)\tstatus\tplan"


def run(folder, text, code=0):
    words = [
        sys.executable,
        "-c",
        f"import sys; print({text!r}); print('no such key', file=sys.stderr); sys.exit({code})",
    ]
    return current_outputs(words, folder)


def test_outputs_that_are_up_to_date_are_named(tmp_path):
    rows = ["a.tsv\tFri\tone\ta.log\tok\tno update", "b.tsv\t-\tone\t-\tmissing\tupdate pending"]
    assert run(tmp_path, "\n".join(["Building", HEADER, *rows])) == {"a.tsv"}


@pytest.mark.parametrize(("text", "code"), [(HEADER, 1), ("Traceback", 0)])
def test_a_study_that_cannot_be_planned_is_no_finished_one(tmp_path, text, code):
    with pytest.raises(UserError, match="cannot plan it: no such key"):
        run(tmp_path, text, code)
