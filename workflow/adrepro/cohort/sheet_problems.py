"""Problems of a cohort sheet for a study that are known before any scan is read."""

from collections.abc import Collection, Mapping

import pandas as pd

from adrepro.cohort.covariate_problems import covariate_problems
from adrepro.cohort.labels import diagnosis_problems
from adrepro.cohort.leakage_checks import check_groups, failed_checks
from adrepro.cohort.lists.list_coverage import coverage_problems, empty_classes
from adrepro.cohort.lists.listed_labels import listed_splits
from adrepro.cohort.scan_paths import scans_of
from adrepro.cohort.study_labels import study_labels
from adrepro.cohort.study_participants import in_tasks, people_of, shared_groups, split_problems
from adrepro.config.settings.cohort import SplitSettings, Task
from adrepro.config.tasks import column_of
from adrepro.core.files import MISSING

WITH_RATES = "features: rate counts those with two visits before a change of diagnosis"


def sheet_problems(
    sheet: pd.DataFrame,
    tasks: dict[str, Task],
    horizon_months: float,
    ignore: list[str],
    splits: SplitSettings,
    covariates: set[str],
    repeat_visits: Mapping[str, object] | None = None,
    lists: pd.DataFrame | None = None,
    complete: Collection[str] = (),
    categorical: Collection[str] = (),
) -> list[str]:
    """Return the problems of a cohort sheet for this study that are known before any scan is read.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    tasks : dict of Task
        Prediction tasks by name.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    ignore : list of str
        Further valid diagnoses.
    splits : SplitSettings
        Section `splits` of the configuration.
    covariates : set of str
        Columns that approaches use as confounds, ComBat batch or covariates.
    repeat_visits : mapping, optional
        Participants with repeat visits, from `repeat_visits.repeat_visits`, if an approach uses rates of change: others
        do not count.
    lists : DataFrame, optional
        Entries of published lists, from `checked_lists`, which replace labels and drawn splits.
    complete : collection of str
        Covariates that every participant must have.
    categorical : collection of str
        Covariates whose values are names, such as sites.
    """
    named = {column: "a task" for column in (column_of(task) for task in tasks.values()) if column != "label"}
    named |= {splits.group: "splits.group"} if splits.group else {}
    named |= dict.fromkeys(covariates - {"tiv_ml"}, "confounds or combat of an approach")
    missing = sorted(set(named) - set(sheet.columns))
    problems = [f"no column {c}, which {named[c]} names; it has {', '.join(sheet)}" for c in missing]
    problems = problems or diagnosis_problems(sheet, tasks, ignore) + _changing_groups(sheet, splits.group)
    problems = problems or ([] if lists is None else coverage_problems(sheet, lists))
    if problems:
        return problems
    labels, _ = study_labels(sheet, horizon_months, lists)
    people = in_tasks(people_of(sheet, labels, scans_of(sheet), splits.group), tasks)
    if repeat_visits is not None:
        people = people[people["participant_id"].isin(repeat_visits)].reset_index(drop=True)
    rows = scans_of(sheet)
    rows = rows[rows["participant_id"].isin(people["participant_id"])]
    problems = covariate_problems(rows, covariates, complete, categorical)
    if lists is None:
        problems += split_problems(people, tasks, splits.test_per_label, splits.folds)
    else:
        listed = listed_splits(people, lists)
        checks = [check_groups(listed, sheet, splits.group)] if splits.group else []
        problems += empty_classes(listed, people, tasks, splits.folds) + shared_groups(people) + failed_checks(checks)
    return problems if repeat_visits is None else [f"{problem}; {WITH_RATES}" for problem in problems]


def _changing_groups(sheet: pd.DataFrame, group: str | None) -> list[str]:
    """Return a problem for each participant with two groups that must not be split."""
    if group is None:
        return []
    known = sheet[sheet[group] != MISSING].groupby("participant_id")[group]
    return [
        f"{participant}: {group} is {' and '.join(sorted(set(values)))}; splits.group needs one for a participant"
        for participant, values in known
        if values.nunique() > 1
    ]
