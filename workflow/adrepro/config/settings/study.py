"""The whole configuration of a study."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag

from adrepro.config.settings.analysis import (
    BootstrapSettings,
    ComparisonSettings,
    LeakageSettings,
    ReportSettings,
    SaliencySettings,
)
from adrepro.config.settings.approaches import ApproachEntry, PretrainingEntry
from adrepro.config.settings.base import ApproachName, Section, TaskName, Text, setting
from adrepro.config.settings.classical import ClassicalSettings
from adrepro.config.settings.cohort import LabelSettings, SplitSettings, Task
from adrepro.config.settings.deep import CnnTraining
from adrepro.config.settings.images import (
    Derivatives,
    OwnAtlas,
    OwnTemplate,
    PreprocessingSettings,
    SegmentationSettings,
)
from adrepro.config.settings.longitudinal import LongitudinalSettings
from adrepro.config.settings.quality import QualitySettings
from adrepro.config.settings.registration import RegistrationSettings
from adrepro.config.settings.simulation import SimulationSettings

NAMED, OWN = "a name", "one of your own"


def form(value: Any) -> str:
    """Return the tag of the class that validates a template or an atlas: named, or of the user's own.

    Parameters
    ----------
    value : object
        Name, or a section of the user's own.

    Returns
    -------
    str
        `NAMED` or `OWN`.
    """
    return NAMED if isinstance(value, str) else OWN


TemplateName = Annotated[str, StringConstraints(pattern=r"^(mni152-2009a|templateflow-[A-Za-z0-9]+)$")]
AtlasName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(desikan-killiany|seeds|aal2|aicha|hammers|lpba40|neuromorphometrics|aal|harvard-oxford|schaefer2018-[1-9]00|schaefer2018-1000)$"
    ),
]


RESOLUTIONS: list[float] = [1, 1.5, 2, 4]


def is_resolution(value: float) -> float:
    """Return a voxel size, if the study grid exists at it.

    Parameters
    ----------
    value : float
        Voxel size in mm.

    Returns
    -------
    float
        The same value.

    Raises
    ------
    ValueError
        If no study grid has this voxel size.
    """
    if value not in RESOLUTIONS:
        raise ValueError("expected 1, 1.5, 2 or 4")
    return value


Resolution = Annotated[float, AfterValidator(is_resolution), Field(json_schema_extra={"enum": [*RESOLUTIONS]})]


class StudySettings(Section):
    """Settings of a study. Every key and section has a default but the cohort, the tasks and the approaches."""

    cohort: Text = setting(description="Cohort sheet, made by `adrepro cohort`.")
    seed: int = setting(0, ge=0, description="Seed of simulation, registration, splits, training and bootstrap.")
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", description="Device of the networks: `auto` is the GPU where there is one."
    )
    reference: Annotated[
        Annotated[TemplateName, Tag(NAMED)] | Annotated[OwnTemplate, Tag(OWN)], Discriminator(form)
    ] = setting(
        "mni152-2009a",
        source="Fonov et al. 2011",
        description="Template: `mni152-2009a` (inside nilearn, no download); `templateflow-NAME`, such as "
        '`templateflow-MNI152NLin2009cAsym`, downloaded once (`pip install -e ".[templateflow]"`); or a '
        "template of your own.",
    )
    resolution_mm: Resolution = setting(
        1,
        unit="mm",
        source="Wen et al. 2020",
        description="Voxel size of the study grid; at 1 mm it is the study's 169 x 208 x 179.",
    )
    atlas: Annotated[Annotated[AtlasName, Tag(NAMED)] | Annotated[OwnAtlas, Tag(OWN)], Discriminator(form)] = setting(
        "desikan-killiany",
        source="Desikan et al. 2006",
        description="Atlas: `desikan-killiany` (anatomical regions of cortex, subcortex, cerebellum and ventricles, no "
        "download); `seeds` (gray matter parceled around the coordinates of Seitzman et al. 2020); `aal2`, `aicha`, "
        "`hammers`, `lpba40`, `neuromorphometrics` (those of Samper-Gonzalez et al. 2018; `adrepro fetch atlas` takes "
        "them from the wheels of other packages, under their authors' terms); `aal`, "
        "`harvard-oxford`, `schaefer2018-100` to `-1000` (with the subcortex of Harvard-Oxford), "
        "downloaded once by nilearn under their authors' terms; or an atlas of your own.",
    )
    atlases: list[AtlasName] = setting(
        [],
        source="Samper-González et al. 2018",
        description="Further atlases by name: every `svm_regional` runs on each of them too, as `NAME_ATLAS`. Other "
        "regional approaches name theirs by their key `atlas`.",
    )
    allow_exclusions: bool = setting(False, description="Exit with code 0 although scans were excluded for a fault.")
    allow_leak: bool = setting(
        False, description="Train and write the report although the leakage checks failed, with a banner."
    )
    deidentify: bool = setting(
        False,
        description="Write reports with numbers in place of participants and visits, and without names of scans and "
        "folders. The tables in `results` keep them.",
    )
    torch_threads: int = setting(1, ge=1, description="Threads of one training; the bytes of the weights depend on it.")
    gm_smoothing_fwhm_mm: float = setting(
        8,
        ge=0,
        le=20,
        unit="mm",
        source="Samper-González et al. 2018",
        description="Full width at half maximum of the smoothing of gray matter for `svm_voxel`.",
    )
    labels: LabelSettings = setting(LabelSettings(), description="Labels from diagnoses.")
    tasks: Annotated[dict[TaskName, Task], Field(min_length=1)] = setting(
        description="Prediction tasks by name; `null` removes a task of an earlier file."
    )
    splits: SplitSettings = setting(SplitSettings(), description="Test set and folds.")
    derivatives: Derivatives | None = setting(
        None, description="Maps made by another tool, in place of preprocessing; `null`: none."
    )
    preprocessing: PreprocessingSettings = setting(PreprocessingSettings(), description="Bias field, brain, affine.")
    registration: RegistrationSettings = setting(RegistrationSettings(), description="Nonlinear registration.")
    segmentation: SegmentationSettings = setting(SegmentationSettings(), description="Tissue segmentation.")
    longitudinal: LongitudinalSettings = setting(
        LongitudinalSettings(), description="Change between the visits of one person."
    )
    quality: QualitySettings = setting(QualitySettings(), description="Quality control.")
    cnn_training: CnnTraining = setting(CnnTraining(), description="Defaults of every CNN.")
    classical: ClassicalSettings = setting(ClassicalSettings(), description="Defaults of every classical model.")
    pretraining: dict[TaskName, PretrainingEntry] = setting(
        {},
        description="Autoencoders by name, for `init_from` of CNNs of the same `kind`; further keys are listed below.",
    )
    approaches: Annotated[dict[ApproachName, ApproachEntry], Field(min_length=1)] = setting(
        description="Models compared, by name; keys that are not given come from `classical` or `cnn_training`, and "
        "`null` removes an approach of an earlier file."
    )
    leakage: LeakageSettings = setting(LeakageSettings(), description="Leakage checks.")
    bootstrap: BootstrapSettings = setting(BootstrapSettings(), description="Confidence intervals.")
    comparison: ComparisonSettings = setting(ComparisonSettings(), description="Comparison of approaches.")
    saliency: SaliencySettings = setting(SaliencySettings(), description="Attribution maps.")
    report: ReportSettings = setting(ReportSettings(), description="Comparison report.")
    simulate: SimulationSettings = setting(SimulationSettings(), description="Simulated cohort.")
