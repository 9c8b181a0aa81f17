"""Random draws of participants that keep who belongs together on one side: test sets, folds and hold-outs."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd

from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING

COLUMNS = ["participant_id", "dataset", "label", "partition", "fold"]


def components(labels: pd.Series, units: pd.Series) -> list[list[str]]:
    """Sets of labels that no unit (a participant, a family, a site) crosses, each sorted: they are drawn apart.

    `labels` and `units` share an index of participants.
    """
    sets: list[set[str]] = []
    for _, own in labels.groupby(units, sort=True):
        joined = set(own)
        apart = [known for known in sets if not known & joined]
        sets = [*apart, joined.union(*(known for known in sets if known & joined))]
    return sorted(sorted(found) for found in sets)


def generator(seed: int, *names: object) -> np.random.Generator:
    """A generator of its own for whatever `names` name: what is drawn elsewhere does not move it."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])


def orders(members: dict[str, list[str]], rng: np.random.Generator) -> Iterator[list[str]]:
    """Random orders of the units without end."""
    names = sorted(members)
    while True:
        yield [names[i] for i in rng.permutation(len(names))]


def held_out(order: list[str], members: dict[str, list[str]], wanted: dict[str, int]) -> list[str]:
    """The first units of `order` that give each label at least as many participants as `wanted`.

    `members` holds the labels of each unit's participants.
    """
    missing, taken = Counter(wanted), []
    for unit in order:
        if any(missing[label] > 0 for label in members[unit]):
            missing.subtract(members[unit])
            taken.append(unit)
    return taken


def folds_of(order: list[str], members: dict[str, list[str]], folds: int) -> dict[str, int]:
    """Fold of each unit: the one in which its labels are rarest so far."""
    counts: list[Counter] = [Counter() for _ in range(folds)]
    found = {}
    for unit in order:
        fold = min(range(folds), key=lambda k: (sum(counts[k][label] for label in members[unit]), k))
        counts[fold].update(members[unit])
        found[unit] = fold
    return found


def members_of(people: pd.DataFrame) -> dict[str, list[str]]:
    """Labels of the participants of each unit, from columns `unit` and `label`."""
    found = defaultdict(list)
    for person in people.sort_values("participant_id").itertuples():
        found[person.unit].append(person.label)
    return dict(found)


def draw_splits(
    people: pd.DataFrame, wanted: dict[str, int], folds: int, match: dict | None, seed: int
) -> pd.DataFrame:
    """Draw the test set and the folds.

    Parameters
    ----------
    people : DataFrame
        `participant_id dataset role label unit age sex`, one row per participant.
    wanted : dict
        Participants of each label that are held out before anything else.
    folds : int
        Number of cross-validation folds over the rest.
    match : dict or None
        `age_p` and `sex_p`, the least p-values of the tests between the held out and the rest of a label, and `draws`,
        how many random draws are tried.
    seed : int
        The study's seed; the draw depends on it and on the sorted ids of the same label alone.

    Returns
    -------
    DataFrame
        `participant_id dataset label partition fold`; `partition` is `train`, `test` or `external`, and `fold` the
        fold in which a training participant validates.

    Raises
    ------
    UserError
        If no draw is balanced enough; it tells how near the best one came.
    """
    study, external = people[people["role"] == "study"], people[people["role"] == "external"]
    parts = [external.assign(partition="external", fold=MISSING)]
    by_person = study.set_index("participant_id")
    for names in components(by_person["label"], by_person["unit"]):
        own = study[study["label"].isin(names)]
        units = members_of(own)
        order, chosen = _matched(own, units, wanted, match, generator(seed, *names))
        fold = folds_of([unit for unit in order if unit not in chosen], units, folds)
        parts.append(
            own.assign(
                partition=["test" if unit in chosen else "train" for unit in own["unit"]],
                fold=[MISSING if unit in chosen else str(fold[unit]) for unit in own["unit"]],
            )
        )
    return pd.concat(parts)[COLUMNS].sort_values("participant_id", ignore_index=True)


def _matched(
    own: pd.DataFrame, units: dict[str, list[str]], wanted: dict[str, int], match: dict | None, rng: np.random.Generator
) -> tuple[list[str], set[str]]:
    """The first random order of units whose held-out part is like the rest of each label; the order and that part."""
    best, found = -1.0, ""
    for order in islice(orders(units, rng), match["draws"] if match else 1):
        chosen = set(held_out(order, units, wanted))
        if not match:
            return order, chosen
        worst, which = min(_likeness(own, chosen, match), key=lambda pair: pair[0])
        if worst >= 1:
            return order, chosen
        if worst > best:
            best, found = worst, which
    raise UserError(
        f"splits.match: none of {match['draws']} draws of a test set is balanced; the best had {found}. Lower "  # type: ignore[index]
        "splits.match.age_p or sex_p, hold out more with splits.test_per_label, or set splits.match: null"
    )


def _likeness(own: pd.DataFrame, chosen: set[str], match: dict) -> list[tuple[float, str]]:
    """Each p-value as a share of what is wanted (1 and more is enough), with words for it."""
    found = [(np.inf, "")]
    for label, group in own.groupby("label", sort=True):
        held = group["unit"].isin(chosen).to_numpy()
        for name, p in (("age_p", age_p(group["age"], held)), ("sex_p", sex_p(group["sex"], held))):
            if not np.isnan(p):
                found.append((p / match[name] if match[name] else np.inf, f"{name} {p:.2f} for {label}"))
    return found


def holdouts(people: pd.DataFrame, iterations: int, test_share: float, seed: int) -> pd.DataFrame:
    """Repeated stratified hold-outs over all study participants: `iteration participant_id` of those held out."""
    study = people[people["role"] == "study"].set_index("participant_id")
    rows = []
    for names in components(study["label"], study["unit"]):
        own = study[study["label"].isin(names)].reset_index()
        units, counts = members_of(own), own["label"].value_counts()
        wanted = {str(label): round(test_share * n) for label, n in counts.items()}
        for iteration in range(iterations):
            order = next(orders(units, generator(seed, "holdout", iteration, *names)))
            chosen = set(held_out(order, units, wanted))
            rows += [(iteration, p) for p, u in zip(own["participant_id"], own["unit"], strict=True) if u in chosen]
    table = pd.DataFrame(rows, columns=["iteration", "participant_id"])
    return table.sort_values(["iteration", "participant_id"], ignore_index=True)
