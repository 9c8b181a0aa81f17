from pathlib import Path

from adrepro.config.loading import read_yaml, settings_of
from adrepro.config.study import Study
from adrepro.report.methods_images import image_methods

CONFIG = Path(__file__).parents[3] / "config"
ORIGINS = {
    "reference": {"space": "MNI152NLin2009aSym", "source": "nilearn"},
    "atlas": {"name": "aal", "regions": 116, "space": "MNI152NLin6Asym", "citation": ""},
}


def text_of(config, origins=ORIGINS):
    return image_methods(Study(settings_of(config, "test")), origins)


def test_further_atlases_lesions_and_the_extent_of_an_atlas_are_named():
    config = read_yaml(CONFIG / "config.yaml") | {"atlases": ["seeds", "harvard-oxford"]}
    noted = {**ORIGINS, "atlas": ORIGINS["atlas"] | {"note": "It labels the left hemisphere alone."}}
    text = text_of(config, noted)
    assert "Further atlases: seeds, harvard-oxford." in text and "labels the left hemisphere alone" in text
    assert "counted as white-matter lesions" in text and "pallidum" in text and "halfway" not in text
    text = text_of(config | {"segmentation": {"white_matter_lesions": False}})
    assert "lesions" not in text
