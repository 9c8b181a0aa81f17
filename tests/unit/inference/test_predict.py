import json

import pytest

from adrepro.core.errors import UserError
from adrepro.inference.predict import describe

GOOD = {
    "settings": {"kind": "svm_regional", "features": "volume"},
    "features": ["a"],
    "folds": [{"weights": "models/fold-0.safetensors"}],
    "score_kind": "decision",
    "classes": {"positive": "AD", "negative": "CN"},
}


@pytest.fixture
def model(tmp_path):
    """A model's folder, and a function that describes it anew."""
    folder = tmp_path / "model"
    (folder / "models").mkdir(parents=True)
    for path in (folder / "models/fold-0.safetensors", folder / "study.yaml", tmp_path / "other.safetensors"):
        path.touch()

    def described(content):
        (folder / "adrepro.json").write_text(json.dumps(content))
        return folder

    return described


def test_a_description_is_read(model):
    assert describe(model(GOOD)) == GOOD


def test_a_model_cannot_bring_code_in_its_configuration(model):
    folder = model(GOOD)
    for text in ("__use_yte__: true\nseed: ?print(1)\n", "seed: !!python/object/apply:os.getpid []\n"):
        (folder / "study.yaml").write_text(text)
        with pytest.raises(UserError, match="study.yaml: (__use_yte__ runs code|not valid YAML)"):
            describe(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "what it says of itself"),
        ({}, "settings"),
        (GOOD | {"settings": "all"}, "what it says of itself"),
        (GOOD | {"settings": {"kind": "oracle"}}, "settings.kind is 'oracle'"),
        (GOOD | {"settings": {"kind": "cnn_roi", "image": "../../x"}}, "settings.image"),
        (GOOD | {"folds": []}, "no weights"),
        (GOOD | {"features": [1]}, "list of names"),
        (GOOD | {"folds": [{"weights": "../other.safetensors"}]}, "outside of the model's folder"),
        (GOOD | {"folds": [{"weights": "/etc/passwd"}]}, "outside of the model's folder"),
        (GOOD | {"folds": [{"weights": "models/fold-7.safetensors"}]}, "not there"),
    ],
)
def test_a_folder_that_is_not_what_it_says_is_refused(model, content, message):
    with pytest.raises(UserError, match=message):
        describe(model(content))
