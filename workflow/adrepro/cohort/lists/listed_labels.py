"""Labels, visits and splits of a cohort from published subject lists."""

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.labels import LABEL_COLUMNS, VISIT_COLUMNS, narrowest, sort_visits
from adrepro.cohort.lists.published_lists import FOLD, TEST, TRAIN, VALIDATION, WHOLE, places_of
from adrepro.core.files import MISSING

NOT_LISTED = "not in the published lists"


def match_sessions(entries: pd.DataFrame, sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the entries of participants of the sheet, each with the session of the sheet that it names.

    A session is found by its name, or by its month: `ses-M06` of the lists is `ses-M006` of the sheet.

    Parameters
    ----------
    entries : DataFrame
        As from `read_lists`.
    sheet : DataFrame
        Cohort sheet; visits without a month are found by their name alone.

    Returns
    -------
    DataFrame
        Entries with `session`, `n/a` in place of a session that the participant does not have, and `known`.
    """
    by_name = {key: key[1] for key in zip(sheet["participant_id"], sheet["session_id"], strict=True)}
    timed = sheet[sheet["months"] != MISSING]
    by_month = {(p, float(m)): s for p, s, m in zip(*(timed[c] for c in (*KEYS, "months")), strict=True)}
    own = entries[entries["participant_id"].isin(set(sheet["participant_id"]))]
    keys = zip(own["participant_id"], own["session_id"], own["months"], strict=True)
    found = [by_name.get((p, s), by_month.get((p, m))) for p, s, m in keys]
    return own.assign(session=[MISSING if s is None else s for s in found], known=[s is not None for s in found])


def listed_people(entries: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each participant and label of the lists.

    Parameters
    ----------
    entries : DataFrame
        As from `read_lists`, without contradictions (`list_problems`).

    Returns
    -------
    DataFrame
        `participant_id label partition fold` and the columns of the entry of the first session. `partition` is `train`,
        `test`, or `n/a` for a participant in the list of the whole cohort alone. `fold` is the one of the validation
        list, or the one whose training list lacks the participant; `n/a` outside the training part.
    """
    folds = set(entries.loc[entries["fold"] >= 0, "fold"])
    order = entries.assign(rank=~entries["baseline"]).sort_values(["rank", "months"], kind="stable")
    rows = order.drop_duplicates(["participant_id", "label"]).sort_values(["participant_id", "label"])
    places = places_of(entries, ["participant_id", "label"])
    partitions, numbers = [], []
    for key in zip(rows["participant_id"], rows["label"], strict=True):
        own = places[key]
        absent = own[VALIDATION] or folds - own[FOLD]
        trains = any(own[part] for part in (TRAIN, FOLD, VALIDATION))
        partitions.append("train" if trains else "test" if own[TEST] else MISSING)
        numbers.append(str(min(absent)) if trains and absent else MISSING)
    return rows.assign(partition=partitions, fold=numbers).drop(columns=["rank"])


def listed_visits(entries: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions of each participant and label: those of training lists, else of the whole cohort.

    Parameters
    ----------
    entries : DataFrame
        As from `match_sessions`.
    """
    keys = pd.MultiIndex.from_frame(entries[["participant_id", "label"]])
    training = entries["part"].isin([TRAIN, FOLD])
    trains = keys.isin(pd.MultiIndex.from_frame(entries.loc[training, ["participant_id", "label"]]))
    kept = entries[np.where(trains, training, entries["part"].isin([WHOLE, TEST])) & entries["known"]]
    return kept.drop_duplicates(["participant_id", "label", "session"])


def relabel(
    labels: pd.DataFrame, visits: pd.DataFrame, sheet: pd.DataFrame, entries: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Replace labels by those of published lists.

    The lists apply to all participants of the study, and to the external datasets of which they name anybody.

    Parameters
    ----------
    labels, visits : DataFrame
        As from `label_cohort`.
    sheet : DataFrame
        Cohort sheet.
    entries : DataFrame
        As from `read_lists`, without contradictions.

    Returns
    -------
    labels, visits : DataFrame
        The same tables. Participants in no list lose their label; `reason` tells of those whom the lists name, but
        whose label or first session does not take part.
    """
    timed = sort_visits(sheet)
    own = match_sessions(entries, sheet)
    people = timed.drop_duplicates("participant_id").set_index("participant_id")
    named = set(people.loc[sorted(set(own["participant_id"])), "dataset"])
    follows = people.index[(people["role"] == "study") | people["dataset"].isin(named)]
    listed = listed_people(own)
    dataset, role = people["dataset"].to_dict(), people["role"].to_dict()
    scanned = set(sheet.loc[sheet["t1w"] != MISSING, KEYS].itertuples(index=False, name=None))
    rows = [
        (r.participant_id, dataset[r.participant_id], role[r.participant_id], r.label, r.session)
        + (_reason(r, role[r.participant_id], scanned),)
        for r in listed.itertuples()
    ]
    first = people.loc[follows.difference(listed["participant_id"]), ["dataset", "role", "session_id"]]
    rows += [(r.Index, r.dataset, r.role, MISSING, r.session_id, NOT_LISTED) for r in first.itertuples()]
    kept = labels[~labels["participant_id"].isin(follows)]
    table = pd.concat([pd.DataFrame(rows, columns=LABEL_COLUMNS), kept])
    order = table.assign(general=table["label"].eq("MCI")).sort_values(["participant_id", "general"], kind="stable")
    return order[LABEL_COLUMNS].reset_index(drop=True), _visits(visits, timed, follows, listed_visits(own))


def _reason(row, role: str, scanned: set[tuple[str, str]]) -> str:
    """Return why a listed label does not take part; empty if it does."""
    first = f"{row.session_id}, the first session as {row.label} ({row.path} line {row.line}),"
    if not row.known:
        return f"{first} is not in the sheet"
    if (row.participant_id, row.session) not in scanned:
        return f"{first} has no scan in the sheet"
    if row.partition == MISSING and role == "study":
        return f"in no training or test list of {row.label}"
    return ""


def _visits(visits: pd.DataFrame, timed: pd.DataFrame, follows: pd.Index, listed: pd.DataFrame) -> pd.DataFrame:
    """Return the labels of visits, of participants who follow the lists from the lists alone."""
    own = timed.loc[timed["participant_id"].isin(follows), [*KEYS, "months"]]
    labeled = listed[["participant_id", "session", "label"]].rename(columns={"session": "session_id"})
    found = own.merge(labeled, on=KEYS, how="left").fillna({"label": MISSING})
    table = pd.concat([visits[~visits["participant_id"].isin(follows)], found])
    return table[VISIT_COLUMNS].sort_values(["participant_id", "months", "session_id"], ignore_index=True)


def listed_splits(people: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Return the partition and fold of each participant from the lists; external participants stay external.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    entries : DataFrame
        As from `read_lists`, without contradictions.

    Returns
    -------
    DataFrame
        `participant_id dataset label partition fold`, with the narrowest label of a participant.
    """
    external = people[people["role"] == "external"].assign(partition="external", fold=MISSING)
    listed = listed_people(entries)[["participant_id", "label", "partition", "fold"]]
    own = people[people["role"] == "study"].merge(listed, on=["participant_id", "label"])
    table = narrowest(pd.concat([own, external]))
    columns = ["participant_id", "dataset", "label", "partition", "fold"]
    return table[columns].sort_values("participant_id", ignore_index=True)
