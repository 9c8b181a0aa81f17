import shlex
import sys

import pytest

from adrepro.core.errors import UserError
from adrepro.report.incomplete_run import UnfinishedApproach
from adrepro.report.partial_report import finished_approaches, last_log_line, partial_report


@pytest.fixture
def partial(inputs):
    def make(folder, settings, pending=()):
        """The report of a run of which Snakemake would make some files again."""
        out = folder / "reports" / "partial.html"
        made = (path for path in folder.rglob("results/**/*") if path.relative_to(folder).as_posix() not in pending)
        rows = [f"{path}\t-\trule\t-\tok\tno update" for path in made]
        lines = ["output_file\tdate\trule\tlog-file(s)\tstatus\tplan", *rows]
        plan = shlex.join([sys.executable, "-c", f"print({chr(10).join(lines)!r})"])
        given = {**inputs(folder, settings), "plan": plan, "plan_folder": folder}
        partial_report(folder / "results", folder / "logs", out=out, **given)
        return out.read_text()

    return make


def test_a_partial_report_lists_unfinished_approaches(study, partial, text_of):
    folder, settings = study()
    (folder / "results" / "AD_vs_CN" / "cnn" / "fold-1" / "scores.tsv").unlink()
    log = folder / "logs" / "AD_vs_CN" / "cnn" / "fold-1.log"
    log.parent.mkdir(parents=True)
    log.write_text("epoch 1\ncnn: out of memory on the cuda; lower approaches.cnn.batch_size\n\n")
    page = partial(folder, settings)
    assert "PARTIAL RUN" in page and "1 of 2" in page and "lower approaches.cnn.batch_size" in page
    assert "leakage was not checked" in text_of(page) and (folder / "results" / "partial" / "metrics.tsv").exists()
    assert not (folder / "results" / "comparison").exists()


def test_an_outdated_model_is_unfinished_and_outdated_tables_are_not_shown(study, partial, text_of):
    folder, settings = study()
    pending = ["results/AD_vs_CN/cnn/fold-1/scores.tsv", "results/cohort/flow.tsv"]
    page = text_of(partial(folder, settings, pending))
    assert "1 of 2" in page and "outdated: settings or inputs have changed since it was trained" in page
    assert "in the sheet" not in page and "in the sheet" in text_of(partial(folder, settings, pending[:1]))


def test_complete_and_empty_runs_have_no_partial_report(study, partial):
    folder, settings = study()
    with pytest.raises(UserError, match="all approaches have finished"):
        partial(folder, settings)
    for path in (folder / "results" / "AD_vs_CN").rglob("fold-0/scores.tsv"):
        path.unlink()
    with pytest.raises(UserError, match="no approach has finished"):
        partial(folder, settings)


def test_approaches_without_scores_or_logs_are_unfinished(tmp_path):
    finished, unfinished = finished_approaches(tmp_path, tmp_path / "logs", {"AD_vs_CN": ["svm"]}, 2, frozenset())
    assert finished == {} and unfinished == [UnfinishedApproach("AD_vs_CN", "svm", 0, 2, "")]
    assert last_log_line(tmp_path / "logs", tmp_path, "AD_vs_CN", "svm", 2) == ""
