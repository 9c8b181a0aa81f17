"""Sections on own templates and atlases, imported derivatives, preprocessing and segmentation."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from adrepro.config.settings.base import DerivedFrom, Iterations, Section, Text, setting
from adrepro.config.settings.registration import PriorRegistration


class OwnTemplate(Section):
    """A template of the user's own, in MNI millimeters."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$")] = setting(
        description="Name of the space; it stands in file names as `space-NAME`."
    )
    folder: Text = setting(
        description="Folder with `T1w`, `mask`, `GM`, `WM` and, if available, `CSF` as `.nii.gz` on one grid."
    )
    derived_from: DerivedFrom = setting(
        "others",
        description="`participants` where the template was made of participants of this study, which is leakage.",
    )


class OwnAtlas(Section):
    """A label image of the user's own, in MNI millimeters."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*$")] = setting(
        description="Name of the atlas."
    )
    labels: Text = setting(description="Label image (`.nii` or `.nii.gz`).")
    table: str | None = setting(
        None, description="TSV with columns `index` and `name`; without it regions are named by their number."
    )
    space: Text = setting(description="Template space that the atlas was drawn in.")
    derived_from: DerivedFrom = setting(
        "others", description="`participants` where the atlas was made of participants of this study, which is leakage."
    )


class Derivatives(Section):
    """Maps, or volumes of regions, that another tool made of every scan, in place of preprocessing.

    Files are found by name and checked for damage, range and field of view; a scan without them is excluded. Templates
    of different tools differ by some millimeters.
    """

    kind: Literal["fmriprep", "caps", "cat12", "oasis_vbm", "oasis_dartel", "freesurfer"] = setting(
        description="Layout of the derivatives: `fmriprep` (also sMRIPrep; its gray matter is not modulated, so set "
        "`normalize_by_tiv: false`), `caps` (Clinica: t1_volume, and t1_linear for CNNs), `cat12`, or "
        "`oasis_vbm` and `oasis_dartel` (from `adrepro fetch oasis-vbm`; no CSF and no scan, so CNNs "
        "need `image: GM`), or `freesurfer` (volumes of regions alone: `stats` folders of FreeSurfer or FastSurfer, or "
        "tables of all scans by `asegstats2table`, `aparcstats2table` or `mri_synthseg --parc --vol`; the sheet still "
        "names a T1w file per scan, by which equal images are found)."
    )
    folder: Text = setting(description="Folder of the derivatives.")
    template_derived_from: DerivedFrom | None = setting(
        None,
        description="Origin of the template: participants of this study, or others. By default `participants` for "
        "`caps` and `oasis_dartel` (DARTEL), which the leakage checks report; `others` states that none of them is in "
        "this study.",
    )


class BiasField(Section):
    """N4 bias-field correction, estimated on a coarse grid."""

    grid_mm: float = setting(10, ge=1, le=12, unit="mm", description="Voxel size of the grid that N4 works on.")
    iterations: Iterations = setting(
        [50, 50],
        description="Iterations per level of the spline. A third level takes contrast between gray and white matter "
        "away; the segmentation estimates what two leave.",
    )
    spline_mm: float = setting(
        150,
        ge=20,
        unit="mm",
        source="Tustison et al. 2010",
        description="Distance of the control points of the spline.",
    )


class PreprocessingSettings(Section):
    """Bias field, brain extraction and affine alignment."""

    registration_resolution_mm: float = setting(
        2, ge=1, le=5, unit="mm", description="Voxel size of affine and nonlinear registration."
    )
    bias: BiasField = setting(BiasField(), description="N4 bias-field correction.")
    brain_extraction: Literal["deepbet", "atlas", "provided", "none", "hd-bet"] = setting(
        "deepbet",
        source="Fisch et al. 2024",
        description="`deepbet`: the network of that package, and where it finds no brain as `atlas`; `atlas`: the "
        "template's brain mask, registered to the head; `provided`: a `*_desc-brain_mask` "
        "of each scan below `brain_masks`; `none`: scans are skull-stripped; `hd-bet`: the network of "
        'Isensee et al. 2019 (`pip install -e ".[hd-bet]"`; it downloads its weights at its first run).',
    )
    brain_masks: str | None = setting(
        None, description="Folder of BIDS derivatives with brain masks, for `brain_extraction: provided`."
    )
    detect_stripped: bool = setting(
        True, description="Treat a scan that is already skull-stripped as a brain; `false`: every scan is a whole head."
    )
    brain_iterations: Iterations = setting(
        [40, 10],
        description="Iterations per level of the SyN registration of the head for the brain mask; the last level is "
        "at 3 mm, or at `registration_resolution_mm` if that is coarser.",
    )


class SegmentationSettings(Section):
    """Tissue segmentation by a mixture model of tissues and their partial volumes (Tohka et al. 2004)."""

    priors: PriorRegistration = setting(
        PriorRegistration(), description="Registration of the template's tissue maps to the scan."
    )
    coarse_mm: float = setting(
        2, ge=1, le=5, unit="mm", description="Voxel size of the grid that the mixture is fitted on first."
    )
    iterations: int = setting(
        20, ge=1, le=100, description="Iterations of expectation maximization on the coarse grid."
    )
    final_iterations: int = setting(3, ge=1, le=100, description="Further iterations at the voxels of the scan.")
    bias_mm: float = setting(
        25,
        ge=10,
        le=200,
        unit="mm",
        source="Wells et al. 1996",
        description="Standard deviation of the Gaussian window in which each iteration estimates the bias field that "
        "all tissues share.",
    )
    prior_weight: float = setting(
        1,
        ge=0,
        le=4,
        description="Power of the template's tissue maps: 0 uses intensities alone; 2 fills thin sulci with gray "
        "matter.",
    )
    local_mm: float = setting(
        8,
        ge=4,
        le=100,
        unit="mm",
        description="Standard deviation of the Gaussian window in which the means of gray and white matter are "
        "estimated: 8 follows residual bias and regional myelin, 20 does not.",
    )
    smoothing: float = setting(
        0.2, ge=0, le=1, unit="1/mm", description="Weight of the neighborhood (MRF-like) prior, per mm of voxel size."
    )
    white_matter_lesions: bool = setting(
        True,
        description="Count gray matter inside the template's white matter as white-matter lesions (hypointensities of "
        "small vessels), not as gray matter; their volume is `wmh_ml` of the regional features.",
    )
