"""A finished study on paper, and the pages of its reports."""

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from adrepro.cohort.scan_paths import scans_of
from adrepro.config.loading import read_yaml, settings_of
from adrepro.config.study import Study
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from adrepro.evaluation.compute_metrics import compute_metrics
from adrepro.evaluation.curves import curves
from adrepro.evaluation.subgroups import subgroups
from adrepro.report.comparison_report import comparison_report
from adrepro.simulation.participants import simulated_sheet
from score_tables import write_scores

REPOSITORY = Path(__file__).parents[3]
KINDS = {"cnn": "cnn_roi", "good": "svm_regional", "same": "svm_voxel"}
VOID = {"meta", "br", "img", "input", "link", "hr"}


class BalancedParser(HTMLParser):
    """Refuse elements that are not closed in order."""

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


@pytest.fixture(scope="session")
def text_of():
    """Function that checks that a page is well-formed and returns its text."""

    def checked(page):
        parser = BalancedParser()
        parser.feed(page)
        assert not parser.open
        return " ".join(" ".join(parser.text).split())

    return checked


def study_settings(members, folds, seed):
    config = read_yaml(REPOSITORY / "config" / "config.yaml")
    config["approaches"] = {
        name: {"kind": KINDS[name], "epochs": 3} if KINDS[name][0] == "c" else {"kind": KINDS[name]} for name in members
    }
    config["tasks"] = {"AD_vs_CN": config["tasks"]["AD_vs_CN"]}
    config.setdefault("saliency", {})["methods"] = []
    config.setdefault("bootstrap", {})["replicates"] = 200
    settings = settings_of(config | {"seed": seed}, "test")
    # Not in the configuration, which refuses one fold.
    return settings.model_copy(update={"splits": settings.splits.model_copy(update={"folds": folds})})


@pytest.fixture
def study(tmp_path):
    """Function that writes scores, cohort and the other inputs of the report; it returns the folder and settings."""

    def make(folder=tmp_path, members=tuple(KINDS), per_class=20, folds=2, change=None, seed=20):
        results = folder / "results"
        write_scores(results, per_class=per_class, folds=folds, change=change)
        settings = study_settings(members, folds, seed)
        ids = sorted({i for p in results.rglob("scores.tsv") for i in read_table(p)["participant_id"]})
        sheet = simulated_sheet(settings.simulate, 20, Path("images")).head(1)
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
        for name in members:
            for fold in range(folds):
                made = results / "AD_vs_CN" / name / f"fold-{fold}"
                write_json(made / "model.json", {"notes": []})
                write_table(
                    made / "history.tsv", pd.DataFrame({"epoch": [1], "training_loss": 1, "validation_loss": 1})
                )
        for scan in scans_of(sheet)["scan"]:
            write_json(results / "cohort" / "inspected" / f"{scan}.json", {"content": "a"})
        write_json(results / "leakage.json", {"verdict": "clean", "checks": []})
        write_json(folder / "atlas.json", {"name": "seeds", "regions": 5, "space": "X", "citation": "Somebody 2000"})
        write_json(folder / "space.json", {"space": "X", "source": "a test"})
        return folder, settings

    return make


@pytest.fixture(scope="session")
def inputs():
    """Function that returns the arguments that both reports take."""

    def arguments(folder, settings):
        return {
            "approaches": Study(settings).per_task, "settings": settings, "cohort": folder / "cohort.tsv",
            "benchmarks": folder / "benchmarks", "atlas": folder / "atlas.json", "reference": folder / "space.json",
            "simulated": True,
        }  # fmt: skip

    return arguments


@pytest.fixture(scope="session")
def make_page(inputs, text_of):
    """Function that writes tables and report of a study; it returns the page and its text."""

    def make(folder, settings):
        given = inputs(folder, settings)
        approaches, results, tables = given["approaches"], folder / "results", folder / "results" / "comparison"
        names = ("metrics", "proportions", "differences", "noninferiority")
        compute_metrics(
            results,
            **{n: tables / f"{n}.tsv" for n in names},
            approaches=approaches,
            holdouts={},
            folds=settings.splits.folds,
            reference_approach=Study(settings).reference_approach,
            margin=0.05,
            replicates=200,
            confidence_level=0.95,
            seed=settings.seed,
        )
        out, variables, limits = tables / "subgroups.tsv", ["sex", "age"], [65, 75]
        folds = settings.splits.folds
        subgroups(results, folder / "cohort.tsv", out, approaches, folds, variables, limits, 200, 0.95, 1)
        curves(results, tables / "curves.tsv", approaches, folds, 200, 0.95, 1)
        out = folder / "reports" / "comparison.html"
        comparison_report(results, tables, out=out, **given)
        page = out.read_text()
        return page, text_of(page)

    return make
