import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table, write_table
from adrepro.report.compare_runs import compare_runs


def test_two_runs_are_compared(study, make_page, text_of, tmp_path):
    one, other = study(tmp_path / "one"), study(tmp_path / "other", seed=21)

    def weaker(table):
        return table.assign(score=0.5 * table["score"], prediction=(0.5 * table["score"] > 0.5).astype(int))

    for path in (tmp_path / "other").rglob("good/fold-*/scores.tsv"):
        numbers = ("label", "score", "prediction", "fold")
        write_table(path, weaker(read_table(path, numbers)))
    for folder, settings in (one, other):
        make_page(folder, settings)
    message = compare_runs(one[0], other[0], tmp_path / "runs.html")
    page = (tmp_path / "runs.html").read_text()
    assert "1 settings or inputs differ" in message and ">seed<" in page and "paired, 40" in page
    assert "its 95 % interval" in text_of(page)


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    with pytest.raises(UserError, match="give the folder of a finished run"):
        compare_runs(tmp_path, tmp_path, tmp_path / "runs.html")


def test_a_run_whose_models_have_changed_since_its_report_is_refused(study, make_page, tmp_path):
    folder, settings = study(tmp_path / "one")
    make_page(folder, settings)
    scores = folder / "results/AD_vs_CN/cnn/fold-1/scores.tsv"
    scores.write_text(scores.read_text().replace("0.", "0.1", 1))
    with pytest.raises(UserError, match="models have changed since the report was made"):
        compare_runs(folder, folder, tmp_path / "runs.html")


def test_a_run_of_an_earlier_version_is_refused_as_the_first_and_compared_as_the_second(study, make_page, tmp_path):
    earlier, later = study(tmp_path / "earlier"), study(tmp_path / "later")
    for folder, settings in (earlier, later):
        make_page(folder, settings)
    record = tmp_path / "earlier/results/comparison/study.json"
    write_json(record, read_json(record) | {"config": {"bootstrap": {"confidence": 0.95}, "seed": 20}})
    with pytest.raises(UserError, match=r"earlier: made by an earlier version \(adrepro 0.*other order"):
        compare_runs(earlier[0], later[0], tmp_path / "runs.html")
    compare_runs(later[0], earlier[0], tmp_path / "runs.html")
    assert ">bootstrap.confidence<" in (tmp_path / "runs.html").read_text()
