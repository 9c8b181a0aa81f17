"""Section on change between the visits of one person."""

from adrepro.config.settings.base import Section, setting
from adrepro.config.settings.registration import GreedyRegistration, Levels


class VisitRegistration(GreedyRegistration):
    """Registration of each visit to the mean of the visits, by tissue maps (torch)."""

    levels: Levels = setting(
        [(2, 30), (1, 20)], description="Shrink factor and iterations of each level, from coarse to fine."
    )
    total_sigma: float = setting(
        1,
        ge=0,
        unit="voxels",
        description="Gaussian smoothing of the displacement along with the longest step, less with shorter ones: with "
        "less, the noise between two scans of one day is taken for change.",
    )


class LongitudinalSettings(Section):
    """Visits of one person in their halfway space, for approaches with `features: rate`."""

    max_months: float | None = setting(
        None,
        gt=0,
        unit="months",
        description="Visits up to this time after the first included one are used; `null` for all. Visits from a "
        "change of diagnosis on are never used.",
    )
    min_overlap: float = setting(
        0.75,
        ge=0,
        le=1,
        description="Overlap (Dice) of gray and white matter with other visits of the person below which a visit is "
        "taken for someone else's head, and left out.",
    )
    voxel_mm: float = setting(2, ge=0.5, le=4, unit="mm", description="Voxel size of the halfway space.")
    registration: VisitRegistration = setting(
        VisitRegistration(), description="Registration of each visit to the mean of the visits."
    )
