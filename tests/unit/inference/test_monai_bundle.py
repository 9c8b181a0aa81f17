import json

from adrepro.inference.monai_bundle import monai_bundle


def test_the_bundle_describes_the_exported_cnn(model, cnn, tmp_path):
    described = model(cnn) / "adrepro.json"
    monai_bundle(described, tmp_path / "metadata.json", tmp_path / "inference.json")
    metadata = json.loads((tmp_path / "metadata.json").read_text())
    assert metadata["version"] == "0.1.0" and metadata["name"] == "cnn_roi on AD_vs_CN"
    assert metadata["network_data_format"]["inputs"]["image"]["spatial_shape"] == [13, 13, 13]
    assert metadata["network_data_format"]["outputs"]["pred"]["channel_def"] == {"0": "CN", "1": "AD"}
    configuration = json.loads((tmp_path / "inference.json").read_text())
    assert "$from adrepro import load_networks" in configuration["imports"]  # a public name of the package
    from adrepro import load_networks

    assert callable(load_networks)
