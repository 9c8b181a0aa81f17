import pytest

from adrepro.core.errors import UserError
from adrepro.inference.exported_model import read_model


@pytest.mark.parametrize("kind", ["classical", "cnn"])
def test_a_description_is_read(model, request, kind):
    content = request.getfixturevalue(kind)
    assert read_model(model(content)).model_dump(mode="json") == content


def test_labels_of_a_class_are_text(model, classical):
    found = read_model(model(classical | {"classes": {"positive": ["pMCI", "AD"], "negative": "CN"}}))
    assert (found.labels("positive"), found.labels("negative")) == ("pMCI, AD", "CN")


def test_a_model_cannot_bring_code_in_its_configuration(model, classical):
    folder = model(classical)
    for text in ("__use_yte__: true\nseed: ?print(1)\n", "seed: !!python/object/apply:os.getpid []\n"):
        (folder / "study.yaml").write_text(text)
        with pytest.raises(UserError, match="study.yaml: (__use_yte__ runs code|not valid YAML)"):
            read_model(folder)


def weights(path):
    return {"folds": [{"weights": path, "trained_on": {"scans": 1, "participants": 1, "datasets": [], "ages": None}}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": "all"}, "settings: expected .*, got 'all'"),
        ({"settings": {"kind": "oracle"}}, "settings.kind: expected .*, got 'oracle'"),
        (
            {"settings": {"kind": "svm_regional", "trees": "many"}},
            "settings.trees: expected a valid integer, got 'many'",
        ),
        ({"settings": {"kind": "svm_regional", "image": "T1w"}}, r"unknown key 'settings.image'; known: atlas, c_grid"),
        (
            {"settings": {"kind": "cnn_roi", "epochs": 1, "image": "../../x"}},
            "settings.image: expected .*, got '../../x'",
        ),
        ({"settings": {"kind": "random_forest_regional"}}, "settings.kind: expected .*, got 'random_forest_regional'"),
        ({"settings": {"kind": "cnn_roi", "epochs": 1}}, "folds.0.aggregation_weights: missing"),
        ({"folds": []}, "folds: .*at least 1 item"),
        ({"features": [1]}, "features.0: expected a valid string, got 1"),
        ({"score_kind": "guess"}, "score_kind: expected .*, got 'guess'"),
        ({"classes": {"positive": "AD"}}, "classes.negative: missing"),
        (weights("../other.safetensors"), "outside of the model's folder"),
        (weights("/etc/passwd"), "outside of the model's folder"),
        (weights("models/fold-7.safetensors"), "models/fold-7.safetensors is missing"),
        (weights("models/\0"), "folds.0.weights: expected text that should match"),
    ],
)
def test_a_faulty_description_is_refused_with_the_key(model, classical, change, message):
    with pytest.raises(UserError, match=message):
        read_model(model(classical | change))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "top level: expected an object"),
        ({}, "settings: missing"),
        ("{", "top level: Invalid JSON"),
        ("[" * 100_000, "top level: Invalid JSON"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "top level: Invalid JSON"),
    ],
    ids=["list", "empty", "truncated", "deep", "text"],
)
def test_a_file_that_is_no_description_is_refused(model, content, message):
    with pytest.raises(UserError, match=message):
        read_model(model(content))


def test_a_folder_without_description_is_refused(tmp_path):
    with pytest.raises(UserError, match="no adrepro.json; expected a folder that `snakemake models` wrote"):
        read_model(tmp_path)
