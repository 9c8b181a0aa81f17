"""What makes the folder of derivatives a BIDS dataset: its description, and sidecars that hold for every scan.

By BIDS' inheritance principle a sidecar at the root, such as `label-WM_probseg.json`, describes all files of its kind.
"""

from pathlib import Path

from adrepro import __version__
from adrepro.core import step
from adrepro.core.files import write_json, write_text

README = """\
Maps that adrepro made from T1-weighted scans; its report and its configuration tell how. Files named `*_xfm`,
`desc-jacobian_map`, `desc-regional_volumes` and `desc-quality_check` are not part of BIDS 1.9 and are listed in
.bidsignore.
"""
IGNORED = ("*_xfm.*", "*_desc-jacobian_map.*", "*_desc-regional_volumes.json", "*_desc-quality_check.*")


def sidecars(space: str, resolution_mm: float, atlas: str, settings: dict) -> dict[str, dict]:
    """Content of each root sidecar by its name. No file may inherit from two of them: so none is for native GM."""
    resolution = f"{resolution_mm:g} mm isotropic, field of view of Wen et al. 2020"
    engine = settings["registration"]["engine"]
    adopted = settings["derivatives"]
    if adopted:
        known = {"Description": f"grey matter of {adopted['kind']} derivatives", "SpatialReference": space}
        return {"label-GM_desc-modulated_probseg": {**known, "Resolution": resolution}}
    segmented = {
        "Method": "mixture of tissues and partial volumes with local means, the template's maps as prior",
        "SpatialReference": "orig",
    }
    return {
        "desc-brain_mask": {
            "Description": "brain mask",
            "Type": "Brain",
            "Method": settings["preprocessing"]["brain_extraction"],
            "SpatialReference": "orig",
        },
        "label-GM_desc-modulated_probseg": {
            "Description": "grey matter probability in the reference space times the Jacobian determinant of the warp",
            "Registration": {"engine": engine, engine: settings["registration"][engine]},
            "Segmentation": settings["segmentation"],
            "Resolution": resolution,
            "SpatialReference": space,
        },
        "label-WM_probseg": {"Description": "probability of white matter", **segmented},
        "label-CSF_probseg": {"Description": "probability of cerebrospinal fluid", **segmented},
        f"desc-{atlas}_dseg": {
            "Description": f"regions of the atlas {atlas}, carried to the scan",
            "SpatialReference": "orig",
        },
    }


def describe(folder: Path, space: str, resolution_mm: float, atlas: str, settings: dict, simulated: bool) -> None:
    """Write `dataset_description.json`, README, `.bidsignore` and the root sidecars below `folder`."""
    name = "adrepro derivatives" + (" (simulated)" if simulated else "")
    write_json(
        folder / "dataset_description.json",
        {
            "Name": name,
            "BIDSVersion": "1.9.0",
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "adrepro", "Version": __version__}],
        },
    )
    write_text(folder / "README", README)
    write_text(folder / ".bidsignore", "".join(f"{pattern}\n" for pattern in IGNORED))
    for stem, content in sidecars(space, resolution_mm, atlas, settings).items():
        write_json(folder / f"{stem}.json", content)


if __name__ == "__main__":
    step.run(describe)
