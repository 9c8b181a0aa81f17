"""Sections on the reference space, preprocessing and quality control of images."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from adrepro.config.settings.base import DerivedFrom, Iterations, Section, Text, setting


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
    """Maps that another tool made of every scan, in place of preprocessing.

    Files are found by name and checked for damage, range and field of view; a scan without them is excluded. Templates
    of different tools differ by some millimeters.
    """

    kind: Literal["fmriprep", "caps", "cat12", "oasis_vbm", "oasis_dartel"] = setting(
        description="Layout of the derivatives: `fmriprep` (also sMRIPrep; its grey matter is not modulated, so set "
        "`normalize_by_tiv: false`), `caps` (Clinica: t1_volume, and t1_linear for CNNs), `cat12`, or "
        "`oasis_vbm` and `oasis_dartel` (from `adrepro fetch oasis-vbm`; no CSF and no scan, so CNNs "
        "need `image: GM`)."
    )
    folder: Text = setting(description="Folder of the derivatives.")
    template_derived_from: DerivedFrom | None = setting(
        None,
        description="Whose template the maps are in. By default `participants` for `caps` and `oasis_dartel` "
        "(DARTEL), which the leakage checks report; `others` states that none of them is in this study.",
    )


class BiasField(Section):
    """N4 bias-field correction, estimated on a coarse grid."""

    grid_mm: float = setting(10, ge=1, le=12, unit="mm", description="Voxel size of the grid that N4 works on.")
    iterations: Iterations = setting([50, 50, 30], description="Iterations per level of the spline.")
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
    brain_extraction: Literal["atlas", "provided", "none", "hd-bet"] = setting(
        "atlas",
        description="`atlas`: the template's brain mask, registered to the head; `provided`: a `*_desc-brain_mask` "
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


class TorchRegistration(Section):
    """Greedy diffeomorphic registration by local cross-correlation (torch)."""

    levels: Annotated[list[tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]], Field(min_length=1)] = (
        setting(
            [(4, 60), (2, 60), (1, 40)], description="Shrink factor and iterations of each level, from coarse to fine."
        )
    )
    radius: int = setting(1, ge=1, le=8, unit="voxels", description="Radius of the correlation window.")
    rate: float = setting(2, gt=0, le=2, unit="voxels", description="Longest step at the start of a level.")
    update_sigma: float = setting(1, ge=0, unit="voxels", description="Gaussian smoothing of each step.")
    total_sigma: float = setting(
        0.6, ge=0, unit="voxels", description="Gaussian smoothing of the displacement; less finds smaller structures."
    )


class AntsRegistration(Section):
    """SyN of ANTs."""

    iterations: Iterations = setting([10, 4], description="Iterations per level, the last at full working resolution.")
    metric: Literal["mattes", "CC"] = setting(
        "CC", description="`CC`, or `mattes`, which is faster and finds half of the atrophy."
    )
    radius: int = setting(1, ge=1, le=8, unit="voxels", description="Radius of the metric's window.")
    gradient_step: float = setting(0.5, gt=0, le=1, description="Gradient step.")
    flow_sigma: float = setting(1.5, ge=0, unit="voxels²", description="Variance of the smoothing of each step.")


class FireantsRegistration(Section):
    """SyN of FireANTs."""

    scales: Iterations = setting([4, 2, 1], description="Shrink factors from coarse to fine.")
    iterations: Iterations = setting([100, 50, 20], description="Iterations per scale.")
    window: int = setting(5, ge=3, unit="voxels", description="Window of the cross-correlation.")
    learning_rate: float = setting(0.5, gt=0, description="Learning rate of Adam.")


class RegistrationSettings(Section):
    """Nonlinear registration of the brain to the template. Voxels are those of `registration_resolution_mm`."""

    engine: Literal["torch", "ants", "fireants"] = setting(
        "torch",
        description="Backend: `torch` (greedy, by local cross-correlation), `ants` (SyN of antspyx) or `fireants` "
        '(`pip install -e ".[fireants]"`, Python 3.11).',
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "cpu", description="Device of `torch` and `fireants`. Results are the same bytes on one type of CPU only."
    )
    torch: TorchRegistration = setting(TorchRegistration(), description="Settings of `engine: torch`.")
    ants: AntsRegistration = setting(AntsRegistration(), description="Settings of `engine: ants`.")
    fireants: FireantsRegistration = setting(FireantsRegistration(), description="Settings of `engine: fireants`.")


class SegmentationSettings(Section):
    """Tissue segmentation by a mixture model of tissues and their partial volumes (Tohka et al. 2004)."""

    iterations: int = setting(8, ge=1, le=100, description="Iterations of expectation maximization.")
    prior_weight: float = setting(
        1,
        ge=0,
        le=4,
        description="Power of the template's tissue maps: 0 uses intensities alone; 2 fills thin sulci with grey "
        "matter.",
    )
    local_mm: float = setting(
        8,
        ge=4,
        le=100,
        unit="mm",
        description="Standard deviation of the Gaussian window in which the means of grey and white matter are "
        "estimated: 8 follows residual bias and regional myelin, 20 does not.",
    )
    smoothing: float = setting(
        0.2, ge=0, le=1, unit="1/mm", description="Weight of the neighborhood (MRF-like) prior, per mm of voxel size."
    )


Range = tuple[float, float]


class QualityLimits(Section):
    """Lowest and highest accepted value of each QC measure; a scan outside is excluded. `null` accepts every value."""

    mask_dice: Range | None = setting(
        (0.7, 1), description="Dice overlap of the scan's brain mask, in template space, with the template's."
    )
    template_correlation: Range | None = setting(
        (0.4, 1), description="Pearson correlation of the aligned scan and the template inside the brain."
    )
    structural_similarity: Range | None = setting(
        None, source="Wang et al. 2004", description="Structural similarity of the two inside the brain."
    )
    sharpness: Range | None = setting(
        (0.35, 10), description="Fine detail relative to the template's; 0.4 after a blur of one voxel."
    )
    coverage: Range | None = setting(
        (0.9, 1), description="Fraction of the template's brain inside the scan's field of view."
    )
    jacobian_min: Range | None = setting(None, description="Smallest Jacobian determinant of the warp in the brain.")
    jacobian_max: Range | None = setting(None, description="Largest Jacobian determinant of the warp in the brain.")
    jacobian_nonpositive: Range | None = setting(
        (0, 0.01), description="Fraction of the brain where the warp folds (Jacobian determinant not above 0)."
    )
    contrast_to_noise: Range | None = setting(
        (0.5, 100),
        description="Mean of white minus grey matter, over the root of the summed variances; negative where grey "
        "matter is brighter.",
    )
    bias_strength: Range | None = setting(
        None, description="Standard deviation of the logarithm of the removed bias field in the brain."
    )
    tiv_ml: Range | None = setting((700, 2800), unit="ml", description="Total intracranial volume.")
    gm_fraction: Range | None = setting((0.25, 0.75), description="Grey matter as a fraction of intracranial volume.")
    wm_fraction: Range | None = setting(None, description="White matter as a fraction of intracranial volume.")
    csf_fraction: Range | None = setting(None, description="CSF as a fraction of intracranial volume.")


class QualitySettings(Section):
    """Quality control of preprocessed scans."""

    warn_z: float = setting(
        5,
        gt=0,
        description="Threshold (robust z-score over the cohort) for a QC warning in `reports/quality.html`; a "
        "warning excludes nobody.",
    )
    embedded_pictures: int = setting(
        300,
        ge=0,
        le=2000,
        description="Pictures inside the QC report, of the worst scans; the others are linked, as long as the report"
        " stays beside `results`.",
    )
    limits: QualityLimits = setting(QualityLimits(), description="Accepted range of each QC measure.")
