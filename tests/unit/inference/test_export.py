import hashlib

import pandas as pd
import pytest
import yaml

from adrepro.config.loading import settings_of
from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.inference.export import architecture_of, export, trained_on
from adrepro.inference.exported_model import read_model

SHEET = "participant_id session_id dataset role t1w diagnosis age sex mmse cdr months".split()


def write_study(folder):
    """Write two fold models of an SVM and of a CNN, with the tables that describe them."""
    person = {"session_id": "n/a", "dataset": "study", "role": "study", "t1w": "n/a", "diagnosis": "AD", "sex": "F"}
    person |= {"mmse": "n/a", "cdr": "n/a", "months": "0"}
    ages = {"sub-0": "70", "sub-1": "80", "sub-2": "n/a"}
    sheet = pd.DataFrame([person | {"participant_id": name, "age": age} for name, age in ages.items()])[SHEET]
    write_table(folder / "cohort.tsv", sheet)
    uses = sheet[["participant_id", "session_id"]].assign(purpose="weights")
    more = {"svm": {"c": 0.5, "features": 1, "names": ["a"], "score_kind": "decision"}}
    more["cnn"] = {"architecture": "Conv4_FC3", "parameters": 7, "aggregation_weights": [0.5, 0.5], "best_epoch": [3]}
    models = {}
    for name, record in more.items():
        models[name] = [folder / f"{name}/fold-{fold}/model.json" for fold in (0, 1)]
        for path in models[name]:
            write_json(path, record)
            write_table(path.with_name("training.tsv"), pd.concat([uses, uses.assign(purpose="scaling")]))
            path.with_name("weights.safetensors").write_bytes(f"weights of {path.parent.name}".encode())
    write_table(folder / "split.tsv", sheet[["participant_id"]])
    columns = "task approach dataset split fold metric value low high n_positive n_negative".split()
    metrics = [
        ["AD_vs_CN", name, "study", split, fold, metric, "0.8", "0.7", "0.9", "10", "11"]
        for name in more
        for split in ("validation", "test")
        for fold in ("0", "mean")
        for metric in ("auc", "f1")
    ]
    write_table(folder / "metrics.tsv", pd.DataFrame(metrics, columns=columns))
    return models


@pytest.mark.parametrize(("name", "verdict"), [("svm", "clean"), ("cnn", "leak")])
def test_an_exported_approach_is_read_again(tmp_path, name, verdict):
    models = write_study(tmp_path)
    config = {
        "cohort": "cohort.tsv",
        "tasks": {"AD_vs_CN": {"positive": "AD", "negative": "CN"}},
        "approaches": {"svm": {"kind": "svm_regional"}, "cnn": {"kind": "cnn_roi", "epochs": 2}},
        "resolution_mm": 4,
    }
    settings = settings_of(config, "test")
    out = tmp_path / "model"
    write_json(tmp_path / "leakage.json", {"verdict": verdict})
    files = [tmp_path / name for name in ("split.tsv", "metrics.tsv", "leakage.json", "cohort.tsv")]
    export(models[name], *files, out, "AD_vs_CN", name, settings, simulated=True)
    found = read_model(out)
    assert (found.task, found.approach, found.simulated) == ("AD_vs_CN", name, True)
    assert found.settings.kind == {"svm": "svm_regional", "cnn": "cnn_roi"}[name]
    assert found.split_sha256 == hashlib.sha256((tmp_path / "split.tsv").read_bytes()).hexdigest()
    assert [(out / fold.weights).read_bytes() for fold in found.folds] == [b"weights of fold-0", b"weights of fold-1"]
    trained = found.folds[0].trained_on
    assert (trained.scans, trained.participants, trained.datasets, trained.ages) == (3, 3, ["study"], (70, 80))
    assert [(row["split"], row["metric"]) for row in found.results] == [("test", "auc")]
    if name == "svm":
        assert found.features == ["a"] and found.parameters == 2 and found.folds[0].c == 0.5 and not found.input_size
    else:
        assert found.parameters == 7 and len(found.input_size) == 3 and found.folds[0].aggregation_weights == [0.5, 0.5]
    study = yaml.safe_load((out / "study.yaml").read_text())
    assert settings_of(study, "exported").model_dump() == settings.model_dump()
    card = (out / "docs/README.md").read_text()
    assert "Not a medical device" in card and ("leakage checks of the study failed" in card) == (verdict == "leak")
    assert ("No participant of the test set" in card) == (verdict == "clean")


@pytest.mark.parametrize("change", [{"confounds": ["age"]}, {"combat": {"batch": "site"}}])
def test_models_on_adjusted_features_are_not_exported(change):
    settings = ClassicalApproach.model_validate({"kind": "svm_regional", **change})
    with pytest.raises(UserError, match="remove confounds and combat to export"):
        architecture_of(settings, 4, {})


def test_models_of_rates_are_not_exported_and_others_are_without_them():
    rate = ClassicalApproach(kind="svm_regional", features="rate")
    with pytest.raises(UserError, match="a rate of change needs the visits of a person"):
        architecture_of(rate, 4, {})


def test_logistic_regression_and_networks_have_probabilities():
    record = {"features": 3, "names": ["a", "b", "c"], "score_kind": "probability"}
    found = architecture_of(ClassicalApproach(kind="logistic_regional"), 4, record)
    assert (found["architecture"], found["parameters"], found["score_kind"]) == (
        "Logistic regression",
        4,
        "probability",
    )
    network = architecture_of(CnnApproach(kind="cnn_whole", epochs=1), 4, {"architecture": "x", "parameters": 1})
    assert network["input_size"] == [42, 52, 45] and network["score_kind"] == "probability"


def test_missing_ages_have_no_range(tmp_path):
    write_study(tmp_path)
    sheet = pd.read_csv(tmp_path / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False).assign(age="n/a")
    assert trained_on(tmp_path / "svm/fold-0/training.tsv", sheet).ages is None
