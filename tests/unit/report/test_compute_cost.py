import re
from pathlib import Path

import pandas as pd
import pytest

from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.report.compute_cost import STEPS, cost_rows, duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.83, "0.8 s"), (12.3, "12 s"), (130, "2 min 10 s"), (3900, "1 h 05 min"), (59.9, "60 s")],
)
def test_durations_are_formatted(seconds, words):
    assert duration(seconds) == words


def test_costs_are_summed_by_step_and_approach(tmp_path):
    benchmarks, results = tmp_path / "benchmarks", tmp_path / "results"
    for fold, (seconds, memory) in enumerate([("10.0", "500"), ("30.0", "700"), ("20.0", "NA")]):
        table = pd.DataFrame([{"s": seconds, "h:m:s": "0:00:10", "max_rss": memory}])
        write_table(benchmarks / "AD_vs_CN" / "cnn" / f"fold-{fold}.tsv", table)
    write_table(benchmarks / "align" / "sub-1" / "sub-1.tsv", pd.DataFrame([{"s": "5.0", "max_rss": "100"}]))
    for fold in range(3):
        record = {"computed_on": "NVIDIA H200, bfloat16"}
        write_json(results / "AD_vs_CN" / "cnn" / f"fold-{fold}" / "model.json", record)
    for name in ("3", "9"):  # a further fold and a scan of earlier settings
        write_table(benchmarks / "AD_vs_CN" / "cnn" / f"fold-{name}.tsv", pd.DataFrame([{"s": "9", "max_rss": "9000"}]))
    write_table(benchmarks / "align" / "sub-2" / "sub-2.tsv", pd.DataFrame([{"s": "50.0", "max_rss": "100"}]))
    write_table(benchmarks / "parcellate" / "sub-1" / "sub-1_atlas-x.tsv", pd.DataFrame([{"s": "1", "max_rss": "10"}]))
    names = {"cnn": "CNN", "svm": "SVM"}
    tasks = {"AD_vs_CN": ["cnn", "svm"]}
    align, parcellate, cnn = cost_rows(benchmarks, results, tasks, names, 3, ["sub-1"], ["x"])
    assert parcellate.jobs == 1
    assert align.name == "align, per scan" and align.median == "5.0 s"
    assert cnn.total == "1 min 00 s" and cnn.memory == "700 MB" and cnn.device == "NVIDIA H200, bfloat16"
    assert cnn.jobs == 3 and cnn.median == "20 s"


def test_no_measurements_give_no_rows(tmp_path):
    assert cost_rows(tmp_path, tmp_path, {"AD_vs_CN": ["cnn"]}, {"cnn": "CNN"}, 2, ["sub-1"], []) == []


def test_every_preprocessing_rule_with_a_benchmark_is_listed():
    rules = (Path(__file__).parents[3] / "workflow" / "rules" / "preprocessing.smk").read_text()
    assert set(re.findall('"benchmarks/([a-z_]+)/', rules)) == set(STEPS)
