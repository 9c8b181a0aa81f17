"""Section on quality control of images."""

from adrepro.config.settings.base import Section, setting

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
        description="Mean of white minus gray matter, over the root of the summed variances; negative where gray "
        "matter is brighter.",
    )
    bias_strength: Range | None = setting(
        None, description="Standard deviation of the logarithm of the removed bias field in the brain."
    )
    mask_holes_ml: Range | None = setting(
        (0, 20), unit="ml", description="Holes of the brain mask: brain that is missing from it."
    )
    warp_energy: Range | None = setting(
        None,
        description="Mean squared gradient of the displacement field in the brain; high where anatomy and template "
        "differ much, or where the registration failed.",
    )
    gray_in_white: Range | None = setting(
        (0, 0.3),
        description="Gray matter and lesions as a fraction of voxels that are white matter in the template: lesions of "
        "white matter, low contrast, or a failed registration.",
    )
    wmh_ml: Range | None = setting(None, unit="ml", description="Volume of white-matter lesions (hypointensities).")
    tiv_ml: Range | None = setting((700, 2800), unit="ml", description="Total intracranial volume.")
    gm_fraction: Range | None = setting((0.25, 0.75), description="Gray matter as a fraction of intracranial volume.")
    wm_fraction: Range | None = setting(None, description="White matter as a fraction of intracranial volume.")
    csf_fraction: Range | None = setting(None, description="CSF as a fraction of intracranial volume.")


class QualitySettings(Section):
    """Quality control of preprocessed scans."""

    warn_z: float = setting(
        5,
        gt=0,
        description="Threshold (robust z-score over the cohort) for a QC warning in `reports/quality.html`; a "
        "warning does not exclude the scan.",
    )
    embedded_pictures: int = setting(
        100,
        ge=0,
        le=2000,
        description="Pictures inside the QC report, of the worst scans; the others are linked, as long as the report"
        " stays beside `results`.",
    )
    limits: QualityLimits = setting(QualityLimits(), description="Accepted range of each QC measure.")
