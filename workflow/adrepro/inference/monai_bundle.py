"""Metadata and inference configuration that make an exported CNN a MONAI bundle."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from adrepro.core import step
from adrepro.core.files import read_json, write_json


def monai_bundle(described: Path, metadata: Path, configuration: Path) -> None:
    """Write the files of a MONAI bundle beside an exported CNN.

    Parameters
    ----------
    described : Path
        `adrepro.json` of the exported model (input).
    metadata, configuration : Path
        `metadata.json` and `inference.json` of the bundle (output).
    """
    write_json(metadata, bundle_metadata(read_json(described)))
    write_json(configuration, inference_configuration())


def bundle_metadata(described: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a bundle.

    Parameters
    ----------
    described : dict of str to object
        Content of `adrepro.json`, see `ExportedModel`.

    Returns
    -------
    dict of str to object
        In the schema of MONAI's `metadata.json`.
    """
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


def inference_configuration() -> dict[str, Any]:
    """Return a MONAI configuration that builds the networks of the first fold with their weights."""
    return {
        "imports": ["$from pathlib import Path", "$from adrepro import load_networks"],
        "bundle_root": ".",
        "fold": 0,
        "network_def": "$load_networks(Path(@bundle_root), @fold)",
    }


if __name__ == "__main__":
    step.run(monai_bundle)
