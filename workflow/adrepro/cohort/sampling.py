"""Draw test sets, cross-validation folds and repeated hold-outs by groups of participants."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd

from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.config.settings.cohort import Match
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING

COLUMNS = ["participant_id", "dataset", "label", "partition", "fold"]


def components(labels: pd.Series, units: pd.Series) -> list[list[str]]:
    """Return the sets of labels that share no unit, and can therefore be drawn separately.

    Parameters
    ----------
    labels, units : Series
        Label and unit (a participant, a family, a site) of each participant, with the same index.

    Returns
    -------
    list of list of str
        Sorted labels of each set.
    """
    sets: list[set[str]] = []
    for _, own in labels.groupby(units, sort=True):
        joined = set(own)
        apart = [known for known in sets if not known & joined]
        sets = [*apart, joined.union(*(known for known in sets if known & joined))]
    return sorted(sorted(found) for found in sets)


def generator(seed: int, *names: object) -> np.random.Generator:
    """Return a random generator that depends on `seed` and `names` alone, and not on other draws.

    Parameters
    ----------
    seed : int
        Seed of the study.
    *names : object
        Parts of the name of the draw, such as labels and iteration.
    """
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])


def orders(members: dict[str, list[str]], rng: np.random.Generator) -> Iterator[list[str]]:
    """Yield random orders of units without end.

    Parameters
    ----------
    members : dict of list of str
        Labels of the participants of each unit.
    rng : numpy.random.Generator
        Random generator.
    """
    names = sorted(members)
    while True:
        yield [names[i] for i in rng.permutation(len(names))]


def held_out(order: list[str], members: dict[str, list[str]], wanted: dict[str, int]) -> list[str]:
    """Return the first units of an order that hold out enough participants of each label.

    Parameters
    ----------
    order : list of str
        Units.
    members : dict of list of str
        Labels of the participants of each unit.
    wanted : dict of int
        Smallest number of participants of each label.
    """
    missing, taken = Counter(wanted), []
    for unit in order:
        if any(missing[label] > 0 for label in members[unit]):
            missing.subtract(members[unit])
            taken.append(unit)
    return taken


def folds_of(order: list[str], members: dict[str, list[str]], folds: int) -> dict[str, int]:
    """Return the fold of each unit: the one with the fewest participants of its labels so far.

    Parameters
    ----------
    order : list of str
        Units in the order of assignment.
    members : dict of list of str
        Labels of the participants of each unit.
    folds : int
        Number of folds.
    """
    counts: list[Counter[str]] = [Counter() for _ in range(folds)]
    found = {}
    for unit in order:
        fold = min(range(folds), key=lambda k: (sum(counts[k][label] for label in members[unit]), k))
        counts[fold].update(members[unit])
        found[unit] = fold
    return found


def members_of(people: pd.DataFrame) -> dict[str, list[str]]:
    """Return the labels of the participants of each unit, from columns `participant_id unit label`."""
    found: dict[str, list[str]] = defaultdict(list)
    for person in people.sort_values("participant_id").itertuples():
        found[person.unit].append(person.label)
    return dict(found)


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
