"""Purposes that a training uses a scan for, as `training.tsv` names them."""

from enum import StrEnum


class Purpose(StrEnum):
    """Purpose of a scan in `training.tsv`."""

    WEIGHTS = "weights"
    SCALING = "scaling"
    CHOICE_OF_C = "choice of C"
    COMBAT = "ComBat"
    CONFOUNDS = "confounds"
    EARLY_STOPPING = "early stopping"
    CHOICE_OF_EPOCH = "choice of epoch"
    AGGREGATION = "aggregation weights"


# Purposes that a validation scan must not serve. Selecting an epoch or aggregation weights by validation scans makes
# validation results optimistic, which the report states; fitting to them is leakage.
FITTED = (Purpose.WEIGHTS, Purpose.SCALING, Purpose.CHOICE_OF_C, Purpose.COMBAT, Purpose.CONFOUNDS)
