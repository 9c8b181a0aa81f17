from pathlib import Path

import pytest

from adrepro.config.loading import load_settings, merge, read_yaml, settings_of
from adrepro.config.study import Study
from adrepro.report.citations import number_citations
from adrepro.report.methods_text import methods

CONFIG = Path(__file__).parents[3] / "config"
ORIGINS = {
    "reference": {"space": "MNI152NLin2009aSym", "source": "nilearn"},
    "atlas": {"name": "aal", "regions": 116, "space": "MNI152NLin6Asym", "citation": ""},
}


def text_of(settings, origins=ORIGINS):
    study = Study(settings)
    return number_citations(methods(study, {name: name for name in study.approaches}, origins))


def test_every_citation_is_numbered_in_order_and_listed():
    paragraphs, citations = text_of(load_settings([CONFIG / "config.yaml"]))
    text = " ".join(paragraphs)
    assert "{" not in text and all(f"[{n}]" in text for n in range(1, len(citations) + 1))
    assert citations[0].startswith("Wen J") and text.index("[1]") < text.index("[2]") < text.index("[3]")


def test_methods_follow_the_configuration():
    config = read_yaml(CONFIG / "config.yaml")
    config["approaches"] = {
        "forest": {"kind": "random_forest_regional", "trees": 7},
        "harmonized": {"kind": "svm_regional", "combat": {"batch": "site"}, "confounds": ["age"]},
        "resnet": {"kind": "cnn_whole", "network": "ResNet18", "epochs": 3, "accumulate": 2},
    }
    splits = {"training_data": "longitudinal", "group": "family", "match": None}
    merge(config, {"registration": {"engine": "ants"}, "splits": splits})
    paragraphs, citations = text_of(settings_of(config, "test"))
    text = " ".join(paragraphs)
    for words in (
        "random forest of 7 trees",
        "over site by ComBat",
        "linearly for age",
        "ResNet18",
        "batches of 4 x 2",
    ):
        assert words in text
    assert "SyN with CC (ANTs)" in text and "all visits" in text and "share a family" in text
    assert "without conversion" in text and any("Fortin" in one for one in citations)


@pytest.mark.parametrize("study", ["oasis_vbm", "freesurfer", "null", "permuted", "truth", "two_groups", "wen2020"])
def test_every_shipped_study_has_methods(study):
    paragraphs, _ = text_of(load_settings([CONFIG / "config.yaml", CONFIG / "study" / f"{study}.yaml"]))
    assert len(paragraphs) == 4 and all(paragraphs)


def test_rates_of_change_are_described_as_they_were_computed():
    config = read_yaml(CONFIG / "config.yaml")
    config["approaches"] = {"rate": {"kind": "svm_regional", "features": "rate"}}
    text = " ".join(text_of(settings_of(config, "test"))[0])
    assert "halfway space" in text and "linear SVM on annual rates of change of regional volumes" in text
    assert "Only baseline scans were used" not in text and "before a change of diagnosis" in text
    merge(config, {"longitudinal": {"max_months": 24}, "derivatives": {"kind": "freesurfer", "folder": "x"}})
    text = " ".join(text_of(settings_of(config, "test"))[0])
    assert "halfway space" not in text and "slopes over the visits of the first 24 months" in text
