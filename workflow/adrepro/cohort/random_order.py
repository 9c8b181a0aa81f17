"""Random orders of units (participants, families, sites), and their assignment to test set and folds."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd


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
    """Return the labels of the participants of each unit, from columns `participant_id unit label`.

    Parameters
    ----------
    people : DataFrame
        One row per participant.

    Returns
    -------
    dict of str to list of str
        Labels in the order of participant ids.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for person in people.sort_values("participant_id").itertuples():
        found[person.unit].append(person.label)
    return dict(found)
