"""What a study found, in sentences made from its numbers."""

import pandas as pd

from adrepro.evaluation.bootstrap import MEAN
from adrepro.evaluation.pairwise import PERMUTATION, SMALLEST_CLASS
from adrepro.report.tables import Place, interval, number

CHANCE = 0.5


def best(metrics: pd.DataFrame, task: str, names: dict[str, str]) -> str:
    """Which approach did best on the test set, and whether it is above chance."""
    own = metrics[
        (metrics["task"] == task) & (metrics["split"] == "test") & (metrics["fold"] == MEAN)
        & (metrics["metric"] == "balanced_accuracy") & metrics["value"].notna()
    ]  # fmt: skip
    if own.empty:
        return "No approach has a balanced accuracy on the test set: one of the classes is absent."
    top = own[own["value"] == own["value"].max()]
    first = top.iloc[0]
    who = " and ".join(names[name] for name in top["approach"])
    reached = f"{number(first['value'])} {interval(first['low'], first['high'])}"
    above = own[own["low"] > CHANCE]
    share = f"{len(above)} of {len(own)} approaches are" if len(own) > 1 else "it is" if len(above) else "it is not"
    return f"Highest balanced accuracy: {who}, {reached}; {share} above chance by their interval."


def compared(differences: pd.DataFrame, task: str, names: dict[str, str]) -> str:
    """Which differences in balanced accuracy between approaches the test set shows, and which it could have shown."""
    own = differences[
        (differences["task"] == task) & (differences["split"] == "test")
        & (differences["metric"] == "balanced_accuracy") & (differences["test"] == PERMUTATION)
    ]  # fmt: skip
    if own.empty:
        return "There is one approach, and nothing to compare it with."
    if own["p_value"].isna().all():
        return f"With fewer than {SMALLEST_CLASS} test participants in a class, approaches cannot be compared."
    shown = own[own["advantage"] != "none"]
    low, high = own["detectable"].min(), own["detectable"].max()
    reach = f"{number(low)} to {number(high)}, by pair," if number(low) != number(high) else number(low)
    power = f"A true difference of {reach} would have been found four times in five." if pd.notna(low) else ""
    if shown.empty:
        return f"No approach is shown to be better than another ({_pairs(len(own))}, Holm-adjusted). {power}"
    parts = []
    for row in shown.itertuples():
        better, worse = (row.approach_a, row.approach_b) if row.advantage == "a" else (row.approach_b, row.approach_a)
        parts.append(f"{names[better]} better than {names[worse]} by {number(abs(row.difference))}")
    rest = len(own) - len(shown)
    others = f"The other {_pairs(rest)} show{'s' if rest == 1 else ''} no difference. " if rest else ""
    return f"Shown after Holm's adjustment: {'; '.join(parts)}. {others}{power}"


def _pairs(count: int) -> str:
    return f"{count} pair{'' if count == 1 else 's'}"


def small_places(found: list[Place], smallest: int) -> list[str]:
    """Places with fewer than `smallest` participants in a class, in words."""
    return [
        f"{place.words} ({place.n_positive} / {place.n_negative})"
        for place in found
        if min(place.n_positive, place.n_negative) < smallest
    ]


def tied(metrics: pd.DataFrame, task: str, names: dict[str, str]) -> list[str]:
    """Approaches that call everybody the same, which makes their balanced accuracy one half."""
    own = metrics[(metrics["task"] == task) & (metrics["split"] == "test") & (metrics["fold"] == MEAN)]
    wide = own.pivot_table(index="approach", columns="metric", values="value", aggfunc="first", sort=False)
    if not {"sensitivity", "specificity"} <= set(wide):
        return []
    one_sided = {tuple(pair) for pair in ((0, 1), (1, 0))}
    return [
        f"{names[name]} calls every test participant {'positive' if row['sensitivity'] else 'negative'}."
        for name, row in wide.iterrows()
        if (row["sensitivity"], row["specificity"]) in one_sided
    ]
