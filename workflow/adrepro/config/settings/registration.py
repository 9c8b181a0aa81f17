"""Section on nonlinear registration."""

from typing import Annotated, Literal

from pydantic import Field

from adrepro.config.settings.base import Iterations, Section, setting

Level = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Levels = Annotated[list[Level], Field(min_length=1)]


class GreedyRegistration(Section):
    """Greedy diffeomorphic registration (torch)."""

    levels: Levels = setting(
        [(4, 40), (2, 40), (1, 25)], description="Shrink factor and iterations of each level, from coarse to fine."
    )
    rate: float = setting(2, gt=0, le=2, unit="voxels", description="Longest step at the start of a level.")
    update_sigma: float = setting(1, ge=0, unit="voxels", description="Gaussian smoothing of each step.")
    total_sigma: float = setting(
        0.7,
        ge=0,
        unit="voxels",
        description="Gaussian smoothing of the displacement along with the longest step, less with shorter ones; less "
        "finds smaller structures.",
    )


class TorchRegistration(GreedyRegistration):
    """Registration of gray and white matter to those of the template (torch; Ashburner 2007)."""


class PriorRegistration(GreedyRegistration):
    """Registration of the template's tissue maps to the scan, by local correlation of T1w images (torch)."""

    levels: Levels = setting(
        [(4, 40), (2, 40), (1, 8)], description="Shrink factor and iterations of each level, from coarse to fine."
    )
    radius: int = setting(1, ge=1, le=8, unit="voxels", description="Radius of the correlation window.")


class AntsRegistration(Section):
    """SyN of ANTs."""

    iterations: Iterations = setting(
        [10, 4], description="Iterations per level, the last at `registration_resolution_mm`."
    )
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
        description="Backend: `torch` (greedy, by tissue maps), `ants` (SyN of antspyx) or `fireants` "
        '(`pip install -e ".[fireants]"`, Python 3.11).',
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "cpu", description="Device of `torch` and `fireants`. Results are the same bytes on one type of CPU only."
    )
    torch: TorchRegistration = setting(TorchRegistration(), description="Settings of `engine: torch`.")
    ants: AntsRegistration = setting(AntsRegistration(), description="Settings of `engine: ants`.")
    fireants: FireantsRegistration = setting(FireantsRegistration(), description="Settings of `engine: fireants`.")
