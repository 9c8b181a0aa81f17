import json
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from adrepro.config.approaches import per_task, reference_approach
from adrepro.config.validation import load_settings
from adrepro.core.errors import UserError
from adrepro.core.files import read_table, write_json, write_table
from adrepro.evaluation.compute_metrics import compare
from adrepro.evaluation.curves import curves
from adrepro.evaluation.subgroups import subgroups
from adrepro.report.compare_runs import compare_runs
from adrepro.report.comparison_report import report
from adrepro.report.partial_report import partial
from adrepro.simulation.participants import simulated_sheet
from score_tables import write_scores

REPOSITORY = Path(__file__).parents[3]
KINDS = {"cnn": "cnn_roi", "good": "svm_regional", "same": "svm_voxel"}
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Checked(HTMLParser):
    """Refuses elements that are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


def configuration(members, **change):
    config = load_settings([REPOSITORY / "config" / "config.yaml"])
    config["approaches"] = {
        name: {"kind": KINDS[name], "epochs": 3} if KINDS[name][0] == "c" else {"kind": KINDS[name]} for name in members
    }
    config["tasks"] = {"AD_vs_CN": config["tasks"]["AD_vs_CN"]}
    config["splits"]["folds"] = 2
    config["saliency"]["methods"] = []
    config["bootstrap"]["replicates"] = 200
    return config | change


@pytest.fixture
def study(tmp_path):
    """A finished study on paper: scores, cohort and what the report needs of the rest."""

    def make(folder=tmp_path, members=tuple(KINDS), per_class=20, folds=2, change=None, seed=20):
        results = folder / "results"
        write_scores(results, per_class=per_class, folds=folds, change=change)
        config = configuration(members, seed=seed)
        config["splits"]["folds"] = folds
        ids = sorted({i for p in results.rglob("scores.tsv") for i in read_table(p)["participant_id"]})
        sheet = simulated_sheet(config["simulate"], 20, Path("images")).head(1)
        sheet = pd.concat([sheet] * len(ids), ignore_index=True).assign(
            participant_id=ids, dataset="study", role="study", session_id="n/a",
            sex=["FM"[n % 2] for n in range(len(ids))], age=[str(60 + n % 30) for n in range(len(ids))],
        )  # fmt: skip
        sheet.loc[sheet["participant_id"].str.startswith("sub-e"), ["dataset", "role"]] = ["other", "external"]
        write_table(folder / "cohort.tsv", sheet)
        write_table(results / "cohort" / "labels.tsv", sheet[["participant_id", "session_id"]].assign(label="AD"))
        write_table(
            results / "cohort" / "flow.tsv",
            pd.DataFrame([{"step": "in the sheet", "participants": len(ids), "sessions": len(ids), "reason": ""}]),
        )
        write_json(results / "leakage.json", {"verdict": "clean", "checks": []})
        write_json(folder / "atlas.json", {"name": "seeds", "regions": 5, "space": "X", "citation": "Somebody 2000"})
        write_json(folder / "space.json", {"space": "X", "source": "a test"})
        return folder, config

    return make


def arguments(folder, config):
    approaches = per_task(config)
    return approaches, {
        "cohort": folder / "cohort.tsv", "benchmarks": folder / "benchmarks", "atlas": folder / "atlas.json",
        "reference": folder / "space.json", "config": config, "simulated": True,
    }  # fmt: skip


def make_page(folder, config):
    approaches, given = arguments(folder, config)
    results, tables = folder / "results", folder / "results" / "comparison"
    names = ("metrics", "proportions", "differences", "noninferiority")
    against = {"against": reference_approach(config), "margin": 0.05}
    compare(
        results,
        **{n: tables / f"{n}.tsv" for n in names},
        approaches=approaches,
        settings=against,
        replicates=200,
        level=0.95,
        seed=config["seed"],
    )
    labels = results / "cohort" / "labels.tsv"
    subgroups(
        results,
        folder / "cohort.tsv",
        labels,
        tables / "subgroups.tsv",
        approaches,
        ["sex", "age"],
        [65, 75],
        200,
        0.95,
        1,
    )
    curves(results, tables / "curves.tsv", approaches, 200, 0.95, 1)
    out = folder / "reports" / "comparison.html"
    report(results, tables, out=out, approaches=approaches, allow_leak=False, **given)
    page = out.read_text()
    checked = Checked()
    checked.feed(page)
    assert not checked.open
    return page, " ".join(" ".join(checked.text).split())


def without(split):
    return lambda table: table[table["split"] != split]


def test_the_page_says_what_was_found(study):
    page, text = make_page(*study(per_class=60))
    assert "better than 3D CNN, hippocampi by" in text and "external datasets" in text
    assert "published 0.84" in text and "Samper-González et al. 2018" in text
    assert "simulated data" in text and page.count("<svg") >= 8
    assert "44 items answered" in text and "for the authors to answer" in text
    assert "http-equiv" not in page and 'src="http' not in page


def test_the_page_is_the_same_each_time(study):
    folder, config = study()
    assert make_page(folder, config)[0] == make_page(folder, config)[0]


def test_a_figure_setting_changes_the_page_alone(study):
    folder, config = study()
    first = make_page(folder, config)[0]
    tables = {p.name: p.read_bytes() for p in (folder / "results" / "comparison").glob("*.tsv")}
    second = make_page(folder, config | {"report": {"small_class": 30, "font_size": 12, "cost": True}})[0]
    assert first != second
    assert tables == {p.name: p.read_bytes() for p in (folder / "results" / "comparison").glob("*.tsv")}


def test_no_external_cohort_is_said(study):
    folder, config = study(change=without("external"))
    _, text = make_page(folder, config)
    assert "no external cohort" in text


def test_one_fold_and_one_approach(study):
    folder, config = study(members=["good"], folds=1)
    _, text = make_page(folder, config)
    assert "There is one approach, and nothing to compare it with." in text and "One fold" in text


def test_equal_predictions_and_ties(study):
    def same(table):
        return table.assign(score=0.6, prediction=1)

    _, text = make_page(*study(change=same))
    assert "calls every test participant positive" in text and "No approach is shown to be better" in text


def test_a_class_that_is_missing_on_the_test_set(study):
    def only_one(table):
        return table[(table["split"] != "test") | (table["label"] == 1)]

    _, text = make_page(*study(change=only_one))
    assert "one of the classes is absent" in text


def test_a_class_that_is_missing_in_a_subgroup(study):
    folder, config = study()
    sheet = read_table(folder / "cohort.tsv")
    positive = {
        i
        for p in (folder / "results").rglob("scores.tsv")
        for i in read_table(p).query("label == '1'")["participant_id"]
    }
    sheet["sex"] = ["F" if i in positive else "M" for i in sheet["participant_id"]]
    write_table(folder / "cohort.tsv", sheet)
    _, text = make_page(folder, config)
    assert "A class is missing, and there is no number, in sex: F" in text


def test_strings_from_data_are_escaped(study):
    folder, config = study()
    row = {
        "participant_id": "<script>alert(1)</script>",
        "session_id": "n/a",
        "step": "inspect",
        "reason": "<b>bold</b>",
    }
    write_table(folder / "results" / "cohort" / "excluded.tsv", pd.DataFrame([row]))
    page, _ = make_page(folder, config)
    assert "<script>alert" not in page and "<b>bold" not in page and "&lt;b&gt;bold" in page


def test_a_page_to_share_names_nobody(study):
    folder, config = study()
    row = {"participant_id": "sub-X7", "session_id": "ses-20150312", "step": "inspect", "reason": "sub-X7_ses-20150312"}
    write_table(folder / "results" / "cohort" / "excluded.tsv", pd.DataFrame([row]))
    page, _ = make_page(folder, config)
    assert "sub-X7" in page and "ses-20150312" in page
    page, _ = make_page(folder, config | {"share": True})
    assert "sub-" not in page and "ses-" not in page and "participant-" in page and "visit-1" in page


def test_the_quality_of_images_is_summed_up(study):
    folder, config = study()
    rows = [
        {"scan": f"sub-{i}", "verdict": v, "tiv_ml": 1400 + i, "tiv_ml_z": 0} for i, v in enumerate(["pass", "warn"])
    ]
    write_table(folder / "results" / "cohort" / "quality.tsv", pd.DataFrame(rows))
    _, text = make_page(folder, config)
    assert "1 scans passed, 1 lie far" in text and "1400 to 1401" in text


def test_a_leak_stops_the_page(study):
    folder, config = study()
    found = {"name": "people", "compared": "x", "count": 1, "verdict": "leak", "examples": ["sub-1"]}
    write_json(folder / "results" / "leakage.json", {"verdict": "leak", "checks": [found]})
    with pytest.raises(UserError, match="people: 1 times, sub-1"):
        make_page(folder, config)


def run_partial(folder, config):
    approaches, given = arguments(folder, config)
    against = {"against": None, "margin": 0.05}
    out = folder / "reports" / "partial.html"
    partial(folder / "results", folder / "logs", out=out, approaches=approaches, against=against, **given)
    return out.read_text()


def test_a_partial_run_says_what_is_missing(study):
    folder, config = study()
    (folder / "results" / "AD_vs_CN" / "cnn" / "fold-1" / "scores.tsv").unlink()
    log = folder / "logs" / "AD_vs_CN" / "cnn" / "fold-1.log"
    log.parent.mkdir(parents=True)
    log.write_text("epoch 1\ncnn: out of memory on the cuda; lower approaches.cnn.batch_size\n\n")
    page = run_partial(folder, config)
    assert "PARTIAL RUN" in page and "1 of 2" in page and "lower approaches.cnn.batch_size" in page
    assert "nothing is certified" in page and (folder / "results" / "partial" / "metrics.tsv").exists()
    assert not (folder / "results" / "comparison").exists()


def test_a_complete_run_and_an_empty_one_need_no_partial_page(study):
    folder, config = study()
    with pytest.raises(UserError, match="all approaches have finished"):
        run_partial(folder, config)
    for path in (folder / "results" / "AD_vs_CN").rglob("fold-0/scores.tsv"):
        path.unlink()
    with pytest.raises(UserError, match="no approach has finished"):
        run_partial(folder, config)


def test_two_runs_side_by_side(study, tmp_path):
    one, other = study(tmp_path / "one"), study(tmp_path / "other", seed=21)

    def weaker(table):
        return table.assign(score=0.5 * table["score"], prediction=(0.5 * table["score"] > 0.5).astype(int))

    for folder, config in (one, other):
        make_page(folder, config)
    for path in (tmp_path / "other").rglob("good/fold-*/scores.tsv"):
        numbers = ("label", "score", "prediction", "fold")
        write_table(path, weaker(read_table(path, numbers)))
    said = compare_runs(one[0], other[0], tmp_path / "runs.html")
    page = (tmp_path / "runs.html").read_text()
    assert "1 settings or inputs differ" in said and ">seed<" in page and "paired, 40" in page
    checked = Checked()
    checked.feed(page)
    assert not checked.open


def test_a_run_that_is_none_is_told(tmp_path):
    with pytest.raises(UserError, match="give the folder of a finished run"):
        compare_runs(tmp_path, tmp_path, tmp_path / "runs.html")


def test_the_study_says_of_itself_what_other_programs_need(study):
    folder, config = study()
    make_page(folder, config)
    known = json.loads((folder / "results" / "comparison" / "study.json").read_text())
    assert known["seed"] == 20 and known["approaches"] == per_task(config)
    assert len(known["inputs"]["cohort sheet"]) == 64 and yaml.safe_dump(known["config"])
