"""Published subject lists against the cohort sheet: participants, sessions and classes that remain."""

import pandas as pd

from adrepro.cohort.diagnosis_course import without_subtype
from adrepro.cohort.lists.listed_labels import listed_visits, match_sessions
from adrepro.cohort.lists.published_lists import FOLD, TRAIN, VALIDATION
from adrepro.cohort.task_views import task_view
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import ANY_MCI, GENERIC_MCI, is_binary
from adrepro.core.files import MISSING

SHOWN = 5  # examples in one message


def coverage_problems(sheet: pd.DataFrame, entries: pd.DataFrame) -> list[str]:
    """Return the problems of published lists with the participants and sessions of a cohort sheet.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    entries : DataFrame
        As from `read_lists`.

    Returns
    -------
    list of str
        No participant in common, external participants in training lists, and sessions that no visit of the sheet has:
        those without a month in their name, and those at which somebody is to be tested or validated.
    """
    own = match_sessions(entries, sheet)
    study = sheet.loc[sheet["role"] == "study", "participant_id"]
    if not own["participant_id"].isin(study).any():
        mine, theirs = (", ".join(sorted(set(ids))[:3]) for ids in (study, entries["participant_id"]))
        return [f"no participant of the study is in the lists; compare their ids ({mine}; listed: {theirs})"]
    external = own["participant_id"].isin(sheet.loc[sheet["role"] == "external", "participant_id"])
    trained = own[external & own["part"].isin([TRAIN, FOLD, VALIDATION])].drop_duplicates("participant_id")
    problems = [
        f"{row.path} line {row.line}: {row.participant_id} is in a training list, and external in the sheet; make its "
        "dataset a part of the study, or remove the line"
        for row in trained.itertuples()
    ]
    names, months = set(sheet["session_id"]), set(pd.to_numeric(sheet["months"].replace(MISSING, None)).dropna())
    absent = entries[~entries["session_id"].isin(names) & ~entries["months"].isin(months)]
    nobody = absent[
        absent["months"].isna() | (absent["baseline"] & absent["participant_id"].isin(own["participant_id"]))
    ]
    return problems + [
        f"{row.path} line {row.line}: nobody in the sheet has session {row.session_id!r}; expected one such as "
        f"{sorted(names)[0]}: correct or remove the line"
        for row in nobody.itertuples()
    ]


def coverage_notes(sheet: pd.DataFrame, entries: pd.DataFrame) -> list[str]:
    """Return notes on listed participants and sessions that the cohort sheet does not have, for the console.

    Labels that contradict the diagnosis at their first session are counted too, which are many if the lists belong to
    another study with the same ids, and external participants who lose their label.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    entries : DataFrame
        As from `read_lists`.
    """
    own = match_sessions(entries, sheet)
    present, listed = own["participant_id"].nunique(), entries["participant_id"].nunique()
    notes = [f"{present} of {listed} listed participants are in the sheet"]
    kept = listed_visits(own.assign(present=own["known"], session=own["session_id"], known=True))
    unscanned = sheet.loc[sheet["t1w"] == MISSING].set_index(["participant_id", "session_id"]).index
    at_first = own[own["baseline"] & own["known"]].drop_duplicates(["participant_id", "label"])
    without = at_first[at_first.set_index(["participant_id", "session"]).index.isin(unscanned)]["participant_id"]
    if len(without):
        names = ", ".join(sorted(set(without))[:SHOWN])
        notes.append(f"{without.nunique()} of them have no scan at their first listed session: {names}")
    missing = kept[~kept["present"]].sort_values(["participant_id", "months"])
    if len(missing):
        shown = [
            f"{r.participant_id} {r.session_id} ({r.path} line {r.line})" for r in missing.head(SHOWN).itertuples()
        ]
        more = ", ..." if len(missing) > SHOWN else ""
        notes.append(f"{len(missing)} of {len(kept)} listed sessions of theirs are not: {', '.join(shown)}{more}")
    return [*notes, *_contradicted(own, sheet), *_unlisted(own, sheet)]


def _contradicted(own: pd.DataFrame, sheet: pd.DataFrame) -> list[str]:
    """Return a note on listed labels with another diagnosis at their first session."""
    first = own[own["baseline"] & own["known"]].drop_duplicates(["participant_id", "label"])
    keys = {"participant_id": "participant_id", "session": "session_id"}
    rows = first[["participant_id", "label", "session"]].rename(columns=keys).merge(sheet, on=list(keys.values()))
    expected = rows["label"].where(~rows["label"].isin(GENERIC_MCI), ANY_MCI)
    given = rows["diagnosis"].map(without_subtype)
    wrong = rows[(given != expected) & (given != rows["label"]) & (given != MISSING)]
    if wrong.empty:
        return []
    shown = ", ".join(f"{r.participant_id} {r.label}, {r.diagnosis}" for r in wrong.head(SHOWN).itertuples())
    return [f"{len(wrong)} of {len(rows)} listed labels disagree with the diagnosis at their first session: {shown}"]


def _unlisted(own: pd.DataFrame, sheet: pd.DataFrame) -> list[str]:
    """Return a note for each external dataset of which some participants are in no list."""
    people = sheet[sheet["role"] == "external"].drop_duplicates("participant_id")
    listed = people["participant_id"].isin(own["participant_id"])
    counts = listed.groupby(people["dataset"]).agg(["sum", "count"])
    return [
        f"{dataset}: {total - found} of {total} external participants are in no list and have no label"
        for dataset, found, total in counts.itertuples(name=None)
        if 0 < found < total
    ]


def empty_classes(splits: pd.DataFrame, people: pd.DataFrame, tasks: dict[str, Task], folds: int) -> list[str]:
    """Return a problem for each class of a task of two classes that nobody is left of in a part of listed splits.

    Parameters
    ----------
    splits : DataFrame
        Splits, as from `listed_splits`.
    people : DataFrame
        As from `people_of`, without participants who do not take part.
    tasks : dict of Task
        Prediction tasks by name.
    folds : int
        Number of folds.
    """
    problems = []
    for name, task in tasks.items():
        if not is_binary(task):
            continue
        view = task_view(splits, people, task)
        parts = {"the test set": view[view["partition"] == "test"]}
        parts |= {f"fold {k}": view[view["fold"].astype(str) == str(k)] for k in range(folds)}
        problems += [
            f"{name}: nobody of class {target} is left in {part} of the lists; add participants to the sheet, or use "
            "drawn splits"
            for part, rows in parts.items()
            for target in sorted({0, 1} - set(rows["target"]))
        ]
    return problems
