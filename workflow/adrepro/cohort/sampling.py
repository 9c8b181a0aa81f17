"""Draw test sets, cross-validation folds and repeated hold-outs by groups of participants."""

from itertools import islice

import numpy as np
import pandas as pd

from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.cohort.random_order import components, folds_of, generator, held_out, members_of, orders
from adrepro.config.settings.cohort import Match
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING

COLUMNS = ["participant_id", "dataset", "label", "partition", "fold"]


def draw_splits(
    people: pd.DataFrame, wanted: dict[str, int], folds: int, match: Match | None, seed: int
) -> pd.DataFrame:
    """Draw the test set and the cross-validation folds.

    Parameters
    ----------
    people : DataFrame
        `participant_id dataset role label unit age sex`, one row per participant.
    wanted : dict
        Participants of each label that are held out before anything else.
    folds : int
        Number of cross-validation folds over the rest.
    match : Match or None
        Smallest p-values of the balance tests between test set and rest of a label, and the number of random draws to
        try; None accepts the first draw.
    seed : int
        Seed of the study; the draw depends on it and on the sorted ids of the same label alone.

    Returns
    -------
    DataFrame
        `participant_id dataset label partition fold`; `partition` is `train`, `test` or `external`, and `fold` the
        fold in which a training participant validates.

    Raises
    ------
    UserError
        If no draw is balanced enough, with the p-value of the best one.
    """
    study, external = people[people["role"] == "study"], people[people["role"] == "external"]
    parts = [external.assign(partition="external", fold=MISSING)]
    by_person = study.set_index("participant_id")
    for names in components(by_person["label"], by_person["unit"]):
        own = study[study["label"].isin(names)]
        units = members_of(own)
        order, chosen = _draw_balanced(own, units, wanted, match, generator(seed, *names))
        fold = folds_of([unit for unit in order if unit not in chosen], units, folds)
        parts.append(
            own.assign(
                partition=["test" if unit in chosen else "train" for unit in own["unit"]],
                fold=[MISSING if unit in chosen else str(fold[unit]) for unit in own["unit"]],
            )
        )
    return pd.concat(parts)[COLUMNS].sort_values("participant_id", ignore_index=True)


def _draw_balanced(
    own: pd.DataFrame,
    units: dict[str, list[str]],
    wanted: dict[str, int],
    match: Match | None,
    rng: np.random.Generator,
) -> tuple[list[str], set[str]]:
    """Return the first random order of units whose held-out part is balanced with the rest, and that part."""
    best, found = -1.0, ""
    for order in islice(orders(units, rng), match.draws if match else 1):
        chosen = set(held_out(order, units, wanted))
        if not match:
            return order, chosen
        worst, which = min(_covariate_match(own, chosen, match), key=lambda pair: pair[0])
        if worst >= 1:
            return order, chosen
        if worst > best:
            best, found = worst, which
    assert match is not None
    raise UserError(
        f"splits.match: none of {match.draws} draws of a test set is balanced; the best had {found}. Lower "
        "splits.match.age_p or sex_p, hold out more with splits.test_per_label, or set splits.match: null"
    )


def _covariate_match(own: pd.DataFrame, chosen: set[str], match: Match) -> list[tuple[float, str]]:
    """Return the ratio of each p-value to the smallest accepted one (1 or more is balanced), with a description."""
    found = [(np.inf, "")]
    for label, group in own.groupby("label", sort=True):
        held = group["unit"].isin(chosen).to_numpy()
        tests = (("age_p", match.age_p, age_p(group["age"], held)), ("sex_p", match.sex_p, sex_p(group["sex"], held)))
        for name, least, p in tests:
            if not np.isnan(p):
                found.append((p / least if least else np.inf, f"{name} {p:.2f} for {label}"))
    return found


def holdouts(people: pd.DataFrame, iterations: int, test_fraction: float, seed: int) -> pd.DataFrame:
    """Draw repeated stratified hold-outs of all study participants.

    Parameters
    ----------
    people : DataFrame
        As in `draw_splits`.
    iterations : int
        Number of hold-outs.
    test_fraction : float
        Held-out fraction of each label.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        `iteration participant_id` of the held-out participants.
    """
    study = people[people["role"] == "study"].set_index("participant_id")
    rows = []
    for names in components(study["label"], study["unit"]):
        own = study[study["label"].isin(names)].reset_index()
        units, counts = members_of(own), own["label"].value_counts()
        wanted = {str(label): round(test_fraction * n) for label, n in counts.items()}
        for iteration in range(iterations):
            order = next(orders(units, generator(seed, "holdout", iteration, *names)))
            chosen = set(held_out(order, units, wanted))
            rows += [(iteration, p) for p, u in zip(own["participant_id"], own["unit"], strict=True) if u in chosen]
    table = pd.DataFrame(rows, columns=["iteration", "participant_id"])
    return table.sort_values(["iteration", "participant_id"], ignore_index=True)
