import json

import yaml

from adrepro.preprocessing.bids_description import describe


def test_the_derivatives_describe_themselves(tmp_path, repository):

    settings = yaml.safe_load((repository / "config" / "config.yaml").read_text())
    describe(tmp_path, "MNI152NLin2009aSym", 4, "seeds", settings, simulated=True)
    description = json.loads((tmp_path / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative" and "simulated" in description["Name"]
    modulated = json.loads((tmp_path / "label-GM_desc-modulated_probseg.json").read_text())
    assert modulated["Registration"]["engine"] == "torch" and modulated["SpatialReference"] == "MNI152NLin2009aSym"
    assert "*_xfm.*" in (tmp_path / ".bidsignore").read_text().splitlines()
