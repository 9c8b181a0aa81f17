import pytest

from adrepro.core.files import read_json
from adrepro.preprocessing.bids_description import bids_description

SPACE = "MNI152NLin2009aSym"


@pytest.fixture
def describe(tmp_path, settings):
    def written(kind=None, simulated=True):
        sections = (settings.preprocessing, settings.registration, settings.segmentation)
        bids_description(tmp_path, SPACE, 4, ["seeds"], *sections, kind, simulated=simulated)
        return tmp_path

    return written


def test_the_derivatives_describe_themselves(describe):
    folder = describe()
    description = read_json(folder / "dataset_description.json")
    assert description["DatasetType"] == "derivative" and "simulated" in description["Name"]
    modulated = read_json(folder / "label-GM_desc-modulated_probseg.json")
    assert modulated["Registration"]["engine"] == "torch" and modulated["SpatialReference"] == SPACE
    ignored = (folder / ".bidsignore").read_text().splitlines()
    assert {"*_xfm.*", "*_morph.*", "*_desc-qc_*", "*_desc-visits_figure.*"} <= set(ignored)
    assert not (folder / "label-GM_probseg.json").exists()


def test_imported_derivatives_have_one_sidecar(describe):
    folder = describe("cat12", simulated=False)
    made = sorted(path.name for path in folder.glob("*.json"))
    assert made == ["dataset_description.json", "label-GM_desc-modulated_probseg.json"]
    assert "cat12" in read_json(folder / "label-GM_desc-modulated_probseg.json")["Description"]
