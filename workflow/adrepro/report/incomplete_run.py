"""State of a run that is not complete, for its partial report."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UnfinishedApproach:
    """An approach that lacks scores of some folds.

    Attributes
    ----------
    task, approach : str
        Names of the task and of the approach.
    done, folds : int
        Number of folds with scores, and of all folds.
    reason : str
        Last line of the log of the first fold without scores, or that they are outdated.
    """

    task: str
    approach: str
    done: int
    folds: int
    reason: str


@dataclass(frozen=True)
class IncompleteRun:
    """State of a run that is not complete.

    Attributes
    ----------
    unfinished : list of UnfinishedApproach
        Approaches that are not compared.
    current : frozenset of str
        Outputs that are up to date, from `current_outputs`; no others are shown.
    """

    unfinished: list[UnfinishedApproach]
    current: frozenset[str]
