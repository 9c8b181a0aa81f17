"""What makes the folder of an exported network a MONAI bundle."""

from importlib.metadata import version
from pathlib import Path

from adrepro.core import step
from adrepro.core.files import read_json, write_json


def bundle(described: Path, metadata: Path, configuration: Path) -> None:
    """Write the bundle's `metadata.json` and its `inference.json`."""
    write_json(metadata, about(read_json(described)))
    write_json(configuration, inference())


def about(described: dict) -> dict:
    """What the bundle says of itself; `described` is what `export_model` wrote."""
    classes = {"0": str(described["classes"]["negative"]), "1": str(described["classes"]["positive"])}
    channel = {"type": "image", "format": "magnitude", "modality": "MR", "num_channels": 1, "value_range": [0, 1]}
    space = {"spatial_shape": described["input_size"], "dtype": "float32", "is_patch_data": True}
    return {
        "schema": "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json",
        "version": described["adrepro"],
        "changelog": {described["adrepro"]: "exported by adrepro"},
        "monai_version": version("monai"),
        "pytorch_version": version("torch").split("+")[0],
        "numpy_version": version("numpy"),
        "required_packages_version": {"adrepro": described["adrepro"], "safetensors": version("safetensors")},
        "name": f"{described['approach']} on {described['task']}",
        "task": f"{described['classes']['positive']} against {described['classes']['negative']} on T1-weighted MRI",
        "description": "See docs/README.md. Not a medical device.",
        "authors": "see docs/README.md",
        "copyright": "see docs/README.md",
        "network_data_format": {
            "inputs": {"image": {**channel, **space, "channel_def": {"0": "T1w"}}},
            "outputs": {
                "pred": {
                    "type": "probabilities", "format": "classes", "num_channels": 2, "spatial_shape": [],
                    "dtype": "float32", "value_range": [], "is_patch_data": False, "channel_def": classes,
                }
            },
        },
    }  # fmt: skip


def inference() -> dict:
    """A MONAI configuration that builds the first fold's networks with their weights, on an image of the study grid."""
    return {
        "imports": ["$from pathlib import Path", "$from adrepro import load_networks"],
        "bundle_root": ".",
        "fold": 0,
        "network_def": "$load_networks(Path(@bundle_root), @fold)",
    }


if __name__ == "__main__":
    step.run(bundle)
