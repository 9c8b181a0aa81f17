"""Key findings of a study, as sentences."""

from collections.abc import Mapping, Sequence

import pandas as pd

from adrepro.evaluation.bootstrap import MEAN
from adrepro.evaluation.pairwise import PERMUTATION, SMALLEST_CLASS
from adrepro.report.formatting import interval, number
from adrepro.report.tables import EvaluationSet

CHANCE = 0.5


def best_approach(metrics: pd.DataFrame, task: str, names: Mapping[str, str]) -> str:
    """Return a sentence on the highest balanced accuracy on the test set, and on how many approaches exceed chance.

    Parameters
    ----------
    metrics : DataFrame
        Table `metrics.tsv`.
    task : str
        Name of the task.
    names : mapping
        Display names of the approaches.

    Returns
    -------
    str
    """
    own = metrics[
        (metrics["task"] == task) & (metrics["split"] == "test") & (metrics["fold"] == MEAN)
        & (metrics["metric"] == "balanced_accuracy") & metrics["value"].notna()
    ]  # fmt: skip
    if own.empty:
        return "Balanced accuracy on the test set is undefined: one of the classes is absent."
    top = own[own["value"] == own["value"].max()]
    first = top.iloc[0]
    leaders = " and ".join(names[name] for name in top["approach"])
    value = f"{number(first['value'])} {interval(first['low'], first['high'])}"
    above = own[own["low"] > CHANCE]
    if len(own) > 1:
        chance = f"{len(above)} of {len(own)} approaches {'is' if len(above) == 1 else 'are'} above chance"
    else:
        chance = f"it is {'' if len(above) else 'not '}above chance"
    return f"Highest balanced accuracy: {leaders}, {value}; {chance} by their confidence interval."


def pairwise_findings(differences: pd.DataFrame, task: str, names: Mapping[str, str]) -> str:
    """Return sentences on significant differences in balanced accuracy on the test set, and on detectable ones.

    Parameters
    ----------
    differences : DataFrame
        Table `differences.tsv`.
    task : str
        Name of the task.
    names : mapping
        Display names of the approaches.

    Returns
    -------
    str
    """
    own = differences[
        (differences["task"] == task) & (differences["split"] == "test")
        & (differences["metric"] == "balanced_accuracy") & (differences["test"] == PERMUTATION)
    ]  # fmt: skip
    if own.empty:
        return "There is only one approach, so no comparison was made."
    if own["p_value"].isna().all():
        return f"With fewer than {SMALLEST_CLASS} test participants in a class, approaches cannot be compared."
    significant = own[own["advantage"] != "none"]
    power = _detectable(own["detectable"].min(), own["detectable"].max())
    if significant.empty:
        return f"No significant difference between approaches ({_pairs(len(own))}, Holm-adjusted). {power}"
    parts = []
    for row in significant.itertuples():
        better, worse = (row.approach_a, row.approach_b) if row.advantage == "a" else (row.approach_b, row.approach_a)
        parts.append(f"{names[better]} better than {names[worse]} by {number(abs(row.difference))}")
    rest = len(own) - len(significant)
    others = f"No significant difference in the other {_pairs(rest)}. " if rest else ""
    return f"Significant after Holm's adjustment: {'; '.join(parts)}. {others}{power}"


def small_evaluation_sets(sets: Sequence[EvaluationSet], min_class_size: int) -> list[str]:
    """Return the evaluation sets with fewer than `min_class_size` participants in a class.

    Parameters
    ----------
    sets : sequence of EvaluationSet
    min_class_size : int
        Smallest number of participants of a class that is not pointed out.

    Returns
    -------
    list of str
        Split, dataset, and number of positive and negative participants.
    """
    return [
        f"{one.label} ({one.n_positive} / {one.n_negative})"
        for one in sets
        if min(one.n_positive, one.n_negative) < min_class_size
    ]


def single_class_predictions(metrics: pd.DataFrame, task: str, names: Mapping[str, str]) -> list[str]:
    """Return a sentence for each approach that predicts one class only, so that its balanced accuracy is one half.

    Parameters
    ----------
    metrics : DataFrame
        Table `metrics.tsv`.
    task : str
        Name of the task.
    names : mapping
        Display names of the approaches.

    Returns
    -------
    list of str
    """
    own = metrics[(metrics["task"] == task) & (metrics["split"] == "test") & (metrics["fold"] == MEAN)]
    wide = own.pivot_table(index="approach", columns="metric", values="value", aggfunc="first", sort=False)
    if not {"sensitivity", "specificity"} <= set(wide):
        return []
    return [
        f"{names[str(name)]} predicts the {'positive' if row['sensitivity'] else 'negative'} class for every test "
        "participant."
        for name, row in wide.iterrows()
        if (row["sensitivity"], row["specificity"]) in ((0, 1), (1, 0))
    ]


def _detectable(low: float, high: float) -> str:
    """Sentence on the minimum detectable difference, smallest and largest over the pairs; empty if it is NaN."""
    if pd.isna(low):
        return ""
    values = f"{number(low)} to {number(high)}, by pair" if number(low) != number(high) else number(low)
    return f"Minimum detectable difference (80 % power): {values}."


def _pairs(count: int) -> str:
    return f"{count} pair{'' if count == 1 else 's'}"
