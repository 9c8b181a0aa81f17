"""Approaches on further atlases: the regional SVM on each of `atlases`."""

from adrepro.config.model_kinds import REGIONAL_KINDS
from adrepro.config.reference_space import label_of
from adrepro.config.settings.approaches import ClassicalEntry
from adrepro.config.settings.study import StudySettings


def with_further_atlases(settings: StudySettings) -> StudySettings:
    """Return the settings with one approach per regional SVM and further atlas.

    Parameters
    ----------
    settings : StudySettings
        Validated settings. An approach of the name `NAME_ATLAS` that they have already stays as it is.

    Returns
    -------
    StudySettings
    """
    further = {
        f"{name}_{label_of(atlas)}": entry.model_copy(update={"atlas": atlas})
        for name, entry in settings.approaches.items()
        if isinstance(entry, ClassicalEntry) and entry.kind == "svm_regional" and entry.atlas is None
        for atlas in settings.atlases
    }
    return settings.model_copy(update={"approaches": further | settings.approaches})


def on_one_atlas(settings: StudySettings, approach: str) -> StudySettings:
    """Return the settings that preprocess scans for one approach, without those on other atlases or rates of change.

    Parameters
    ----------
    settings : StudySettings
        Settings of the study.
    approach : str
        Name of the approach.

    Returns
    -------
    StudySettings
    """
    entry = settings.approaches[approach]
    atlas = entry.atlas if isinstance(entry, ClassicalEntry) else None
    atlases = [atlas] if atlas else []
    kept = {
        name: other
        for name, other in settings.approaches.items()
        if not isinstance(other, ClassicalEntry) or (other.atlas in (None, atlas) and not _uses_rates(other, settings))
    }
    comparison = settings.comparison
    if comparison.reference_approach not in kept:
        comparison = comparison.model_copy(update={"reference_approach": None})
    return settings.model_copy(update={"atlases": atlases, "approaches": kept, "comparison": comparison})


def _uses_rates(entry: ClassicalEntry, settings: StudySettings) -> bool:
    return entry.kind in REGIONAL_KINDS and (entry.features or settings.classical.features) == "rate"
