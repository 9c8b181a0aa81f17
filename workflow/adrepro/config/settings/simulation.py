"""Section on the simulated cohort."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from adrepro.config.settings.base import Section, setting

Millimeters = Annotated[float, Field(ge=0.5, le=5)]
Signal = Annotated[float, Field(ge=0)]


class Groups(Section):
    """Participants per label."""

    CN: int = setting(0, ge=0, description="Cognitively normal participants.")
    sMCI: int = setting(0, ge=0, description="Participants with stable MCI.")
    pMCI: int = setting(0, ge=0, description="Participants with progressive MCI.")
    AD: int = setting(0, ge=0, description="Participants with Alzheimer's disease.")


class Contrast(Section):
    """Signal of each tissue of a scanner, relative to its full scale of 1.6."""

    CSF: Signal = setting(description="Cerebrospinal fluid.")
    GM: Signal = setting(description="Gray matter.")
    WM: Signal = setting(description="White matter.")
    fluid: Signal = setting(description="Fluid between brain and skull.")
    skull: Signal = setting(description="Skull.")
    scalp: Signal = setting(description="Scalp.")
    muscle: Signal = setting(description="Muscle of the neck.")


class Scanner(Section):
    """A simulated scanner."""

    voxel_mm: tuple[Millimeters, Millimeters, Millimeters] = setting(unit="mm", description="Voxel size.")
    axes: Annotated[str, StringConstraints(pattern=r"^[LRAPSI]{3}$")] = setting(
        description="Orientation of the voxel axes, such as `RAS`."
    )
    dtype: Literal["uint8", "int16", "float32"] = setting(description="Data type of the file.")
    noise: float = setting(ge=0, description="Standard deviation of the noise.")
    bias: float = setting(ge=0, description="Standard deviation of the logarithm of the bias field.")
    pose_degrees: float = setting(ge=0, unit="degrees", description="Standard deviation of the head's rotation.")
    origin_mm: float = setting(ge=0, unit="mm", description="Standard deviation of the origin in the header.")
    contrast: Contrast = setting(description="Signal of each tissue.")


class SimulationSettings(Section):
    """The simulated cohort. After a change, `adrepro simulate --sheet config/cohort.tsv` writes its sheet again."""

    effect: float = setting(1.0, ge=0, description="Scale of the simulated atrophy; 0 for none.")
    groups: Groups = setting(Groups(), description="Participants of the study.")
    external_groups: Groups = setting(Groups(), description="Participants of the external cohort.")
    follow_up_scans: Annotated[int, Field(ge=0)] | Literal["all"] = setting(
        0, description="Progressive participants who are scanned again at their last visit, or `all` participants."
    )
    contraction: float = setting(0.45, description="Loss of log-volume of the medial temporal lobe in AD.")
    expansion: float = setting(0.7, description="Gain of log-volume of the ventricles in AD.")
    atrophy_sd: float = setting(0.2, ge=0, description="Relative standard deviation of the atrophy over participants.")
    head_size_sd: float = setting(0.03, ge=0, description="Standard deviation of the logarithm of head size.")
    deformation_sd_mm: float = setting(1.5, ge=0, unit="mm", description="Standard deviation of individual anatomy.")
    deformation_smoothness_mm: float = setting(
        24, gt=4, unit="mm", description="Smoothness of individual anatomy (Gaussian standard deviation)."
    )
    scanners: list[Scanner] = setting([], description="Scanners of the study; each scan draws one.")
    external_scanners: list[Scanner] = setting([], description="Scanners of the external cohort.")
