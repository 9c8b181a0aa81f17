"""Keys and values of earlier versions of the configuration, and what they are called now."""

import re
from typing import Any

# Patterns of dotted paths; `*` is any one key.
RENAMED = {
    "share": "deidentify",
    "smooth_gm_mm": "gm_smoothing_fwhm_mm",
    "training": "cnn_training",
    "machines": "classical",
    "reference.made_of": "reference.derived_from",
    "atlas.made_of": "atlas.derived_from",
    "derivatives.template_of": "derivatives.template_derived_from",
    "splits.holdouts": "splits.repeated_holdout",
    "splits.repeated_holdout.test_share": "splits.repeated_holdout.test_fraction",
    "preprocessing.working_mm": "preprocessing.registration_resolution_mm",
    "registration.torch.radius": "segmentation.priors.radius",
    "bootstrap.level": "bootstrap.confidence_level",
    "comparison.against": "comparison.reference_approach",
    "report.small_class": "report.min_class_size",
}
OF_CLASSICAL = {
    "divide_by_tiv": "normalize_by_tiv",
    "adjust": "confounds",
    "harmonise": "combat.batch",
    "keep": "combat.covariates",
    "standardise": "standardize",
    "unit_length": "scale_to_unit_norm",
    "holdouts": "run_repeated_holdout",
}
OF_CNN = {
    "start_from": "init_from",
    "rescale": "intensity_scaling",
    "stop_by": "early_stopping_metric",
    "choose_by": "selection_metric",
    "save_minutes": "checkpoint_interval_min",
    "per_position": "one_network_per_patch",
    "together": "networks_per_batch",
    "vote": "aggregation.weights",
    "vote_threshold": "aggregation.min_score",
    "split_slices": "leaky_slice_split",
}
RENAMED |= {f"classical.{old}": f"classical.{new}" for old, new in OF_CLASSICAL.items()}
RENAMED |= {f"cnn_training.{old}": f"cnn_training.{new}" for old, new in OF_CNN.items()}
RENAMED |= {f"approaches.*.{old}": f"approaches.*.{new}" for old, new in (OF_CLASSICAL | OF_CNN).items()}
RENAMED |= {f"pretraining.*.{old}": f"pretraining.*.{new}" for old, new in OF_CNN.items()}
SECTIONS = {old: new for old, new in RENAMED.items() if "." not in old} | {"splits.holdouts": "splits.repeated_holdout"}
VALUES = {
    "kind": {"forest_regional": "random_forest_regional"},
    "intensity_scaling": {"part": "patch"},
    "rescale": {"part": "patch"},
    "image": {"T1w_equalised": "T1w_equalized"},
}


def renamed_keys(config: dict[str, Any]) -> list[str]:
    """Return a line `OLD is now NEW` for every key and value of an earlier version, below old sections too.

    Parameters
    ----------
    config : dict
        Plain values of a configuration.

    Returns
    -------
    list of str
        Empty for a configuration of this version.
    """
    return _lines(config, "", "")


def _lines(config: dict[str, Any], shown: str, path: str) -> list[str]:
    """Lines of what stands at `path`, which the user wrote as `shown`."""
    found = []
    for key, value in config.items():
        here, typed = f"{path}.{key}".lstrip("."), f"{shown}.{key}".lstrip(".")
        new = _renamed(here)
        if new:
            found.append(f"{typed} is now {new}")
        if isinstance(value, str) and value in VALUES.get(key, {}):
            found.append(f"{typed}: {value} is now {VALUES[key][value]}")
        if isinstance(value, dict):
            found += _lines(value, typed, SECTIONS.get(here, here))
    return found


def _renamed(path: str) -> str | None:
    for old, new in RENAMED.items():
        match = re.fullmatch(re.escape(old).replace(r"\*", "([^.]+)"), path)
        if match:
            return new.replace("*", match[1]) if match.groups() else new
    return None
