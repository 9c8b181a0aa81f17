"""BIDS description of the derivatives: `dataset_description.json`, and sidecars that apply to every scan.

By BIDS' inheritance principle a sidecar at the root, such as `label-WM_probseg.json`, describes all files of its kind.
"""

from pathlib import Path

from adrepro import __version__
from adrepro.config.settings.images import PreprocessingSettings, SegmentationSettings
from adrepro.config.settings.registration import RegistrationSettings
from adrepro.core import step
from adrepro.core.files import write_json, write_text

README = """\
Maps made by adrepro from T1-weighted scans; its report and its configuration describe the methods. Files named `*_xfm`,
`desc-jacobian_map`, `*_morph.tsv`, `desc-qc_*`, `desc-visits_jacobian` and `desc-visits_figure`, and the tables of all
scans, are not part of BIDS 1.9 and are listed in .bidsignore.
"""
IGNORED = (
    "regional*.tsv", "excluded.tsv", "*_xfm.*", "*_desc-jacobian_map.*", "*_morph.*", "*_desc-qc_*",
    "*_desc-visits_jacobian.*", "*_desc-visits_figure.*",
)  # fmt: skip


def sidecars(
    space: str,
    resolution_mm: float,
    atlases: list[str],
    preprocessing: PreprocessingSettings,
    registration: RegistrationSettings,
    segmentation: SegmentationSettings,
    derivatives_kind: str | None,
) -> dict[str, dict[str, object]]:
    """Return the content of each root sidecar, by its name without extension.

    BIDS forbids a file to inherit from two sidecars at one level. Native gray matter therefore has none, since
    `label-GM_probseg` would also apply to modulated gray matter.

    Parameters
    ----------
    space : str
        BIDS label of the template space.
    resolution_mm : float
        Voxel size of the study grid in mm.
    atlases : list of str
        BIDS labels of the atlases.
    preprocessing, registration, segmentation : Section
        Settings to describe.
    derivatives_kind : str or None
        Layout of imported derivatives; None if scans were preprocessed here.
    """
    resolution = f"{resolution_mm:g} mm isotropic, field of view of Wen et al. 2020"
    engine = registration.engine
    if derivatives_kind == "freesurfer":
        return {}
    if derivatives_kind:
        imported = {"Description": f"gray matter of {derivatives_kind} derivatives", "SpatialReference": space}
        return {"label-GM_desc-modulated_probseg": {**imported, "Resolution": resolution}}
    segmented = {
        "Method": "mixture of tissues and partial volumes with bias field and local means, template as prior",
        "SpatialReference": "orig",
    }
    return {
        "desc-brain_mask": {
            "Description": "brain mask",
            "Type": "Brain",
            "Method": preprocessing.brain_extraction,
            "SpatialReference": "orig",
        },
        "label-GM_desc-modulated_probseg": {
            "Description": "gray matter probability in template space times the Jacobian determinant of the warp",
            "Registration": {"engine": engine, engine: getattr(registration, engine).model_dump()},
            "Segmentation": segmentation.model_dump(),
            "Resolution": resolution,
            "SpatialReference": space,
        },
        "label-WM_probseg": {"Description": "probability of white matter", **segmented},
        "label-CSF_probseg": {"Description": "probability of cerebrospinal fluid", **segmented},
        "label-WMH_probseg": {"Description": "fraction of white-matter lesions, part of white matter", **segmented},
        **{
            f"desc-{atlas}_dseg": {
                "Description": f"regions of the atlas {atlas}, resampled to the scan",
                "SpatialReference": "orig",
            }
            for atlas in atlases
        },
    }


def bids_description(
    folder: Path,
    space: str,
    resolution_mm: float,
    atlases: list[str],
    preprocessing: PreprocessingSettings,
    registration: RegistrationSettings,
    segmentation: SegmentationSettings,
    derivatives_kind: str | None,
    simulated: bool,
) -> None:
    """Write the BIDS description of the derivatives.

    Parameters
    ----------
    folder : Path
        Folder of the derivatives; receives `dataset_description.json`, `README`, `.bidsignore` and the root sidecars
        (output).
    space : str
        BIDS label of the template space.
    resolution_mm : float
        Voxel size of the study grid in mm.
    atlases : list of str
        BIDS labels of the atlases.
    preprocessing, registration, segmentation : Section
        Settings to describe.
    derivatives_kind : str or None
        Layout of imported derivatives; None if scans were preprocessed here.
    simulated : bool
        Whether the images are simulated.
    """
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
    for stem, content in sidecars(
        space, resolution_mm, atlases, preprocessing, registration, segmentation, derivatives_kind
    ).items():
        write_json(folder / f"{stem}.json", content)


if __name__ == "__main__":
    step.run(bids_description)
