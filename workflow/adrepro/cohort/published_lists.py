"""Published subject lists in the layout of AD-DL, which replace labels and drawn splits.

Files named after a label (`AD.tsv`, or `AD_baseline.tsv` with the first sessions alone) lie in `train/`,
`train_splits-K/split-k/`, `validation_splits-K/split-k/` (optional) and `test/` somewhere below the folder. They have
columns `participant_id` and `session_id`.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from adrepro.cohort.clinical_presets import months_of
from adrepro.cohort.cohort_sheet import PARTICIPANT
from adrepro.config.tasks import GENERIC_MCI
from adrepro.core.errors import UserError, describe_os_error, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, read_rows

BASELINE = "_baseline"


@dataclass
class ListedParticipant:
    """Entries of one participant in all lists.

    Attributes
    ----------
    labels : set of str
        Labels of the lists.
    parts : set of str
        `train` and `test`.
    trained, validated : set of int
        Folds with the participant in the training or the validation list.
    months : set of float
        Months of all listed sessions.
    training_months : set of float
        Months of the sessions in training lists.
    """

    labels: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    trained: set[int] = field(default_factory=set)
    validated: set[int] = field(default_factory=set)
    months: set[float] = field(default_factory=set)
    training_months: set[float] = field(default_factory=set)


def list_files(folder: Path) -> list[Path]:
    """Return the paths of all lists below a folder, sorted.

    Parameters
    ----------
    folder : Path
        Folder of published lists.

    Raises
    ------
    UserError
        If there is no list.
    """
    try:
        found = sorted(path for path in folder.rglob("*.tsv") if _place(path, folder))
    except OSError as error:
        raise UserError(f"splits.lists: {folder}: {describe_os_error(error)}") from None
    if not found:
        raise UserError(f"splits.lists: {folder} holds no train/*.tsv or test/*.tsv; give the folder of the lists")
    return found


def _place(path: Path, folder: Path) -> tuple[str, int | None] | None:
    """Return the part and the fold of a list from the names of its folders; None if the file is no list."""
    words = path.relative_to(folder).parts[:-1]
    fold = next((int(w.removeprefix("split-")) for w in words if re.fullmatch(r"split-\d+", w)), None)
    if any(re.fullmatch(r"validation_splits-\d+", w) for w in words):
        return ("validation", fold) if fold is not None else None
    if any(re.fullmatch(r"train_splits-\d+", w) for w in words):
        return ("fold", fold) if fold is not None else None
    return (words[-1], None) if words and words[-1] in ("train", "test") else None


def read_lists(folder: Path) -> dict[str, ListedParticipant]:
    """Read all lists below a folder.

    Parameters
    ----------
    folder : Path
        Folder of published lists.

    Returns
    -------
    dict of ListedParticipant
        By participant id.

    Raises
    ------
    UserError
        Lists unreadable files, missing columns and wrong participant ids.
    """
    people: dict[str, ListedParticipant] = defaultdict(ListedParticipant)
    problems = []
    for path in list_files(folder):
        place = _place(path, folder)
        assert place is not None, path
        part, fold = place
        try:
            header, rows = read_rows(path)
        except UserError as error:
            problems.append(str(error))
            continue
        if not {"participant_id", "session_id"} <= set(header):
            problems.append(f"{path}: expected the columns participant_id and session_id")
            continue
        for row in rows:
            if not PARTICIPANT.fullmatch(row["participant_id"]):
                problems.append(
                    f"{path} line {row[LINE]}: participant_id {row['participant_id']!r} must match sub-[A-Za-z0-9]+"
                )
                continue
            person = people[row["participant_id"]]
            person.labels.add(path.stem.removesuffix(BASELINE))
            person.parts.add("test" if part == "test" else "train")
            month = float(months_of(row["session_id"], MISSING).replace(MISSING, "0"))
            person.months.add(month)
            if part in ("train", "fold"):
                person.training_months.add(month)
            if fold is not None:
                (person.trained if part == "fold" else person.validated).add(fold)
    raise_if_any(problems, f"splits.lists: {folder}")
    return dict(people)


def listed_splits(folder: Path, folds: int) -> pd.DataFrame:
    """Return the label, partition and fold of every listed participant.

    The fold is the one of the validation list, or the one whose training list lacks the participant.

    Parameters
    ----------
    folder : Path
        Folder of published lists.
    folds : int
        Number of cross-validation folds that the lists must have.

    Returns
    -------
    DataFrame
        `participant_id label partition fold`; `fold` is `n/a` in the test set.

    Raises
    ------
    UserError
        If the number of folds differs, or lists every participant in two parts, in two folds or with two labels.
    """
    people = read_lists(folder)
    listed: set[int] = set().union(*(person.trained | person.validated for person in people.values()))
    if len(listed) != folds:
        raise UserError(f"splits.lists: {folder} has {len(listed)} folds, splits.folds is {folds}; make them equal")
    rows, problems = [], []
    for participant, person in sorted(people.items()):
        label, part = _label(person.labels), min(person.parts)
        absent = person.validated or listed - person.trained
        if label is None:
            problems.append(f"{participant} is listed as {' and '.join(sorted(person.labels))}")
        if len(person.parts) > 1:
            problems.append(f"{participant} is in training and in test lists")
        elif part == "train" and len(absent) != 1:
            problems.append(f"{participant} is absent from the training lists of {len(absent)} folds, expected one")
        elif person.validated & person.trained:
            problems.append(f"{participant} is in the training and the validation list of one fold")
        rows.append((participant, label, part, str(min(absent)) if part == "train" and absent else MISSING))
    raise_if_any(problems, f"splits.lists: {folder}")
    return pd.DataFrame(rows, columns=["participant_id", "label", "partition", "fold"])


def _label(names: set[str]) -> str | None:
    """Return the one label of a participant, or None if there are several; lists of MCI also contain sMCI and pMCI."""
    own = names - {"MCI"} if names & set(GENERIC_MCI) - {"MCI"} else names
    return next(iter(own)) if len(own) == 1 else None


def relabel(people: pd.DataFrame, visits: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Replace the labels of study participants by those of published lists, at the first listed session.

    Study participants that are in no list lose their label; external participants keep theirs.

    Parameters
    ----------
    people, visits : DataFrame
        Labels of participants and visits, as from `label_cohort`.
    folder : Path
        Folder of published lists.

    Returns
    -------
    people, visits : DataFrame
        Copies with the new labels.
    """
    listed = read_lists(folder)
    at = {(v.participant_id, float(v.months)): v.session_id for v in visits.itertuples()}
    people_rows, study = people.to_dict("records"), set(people.loc[people["role"] == "study", "participant_id"])
    for row in people_rows:
        name = row["participant_id"]
        if name in study and name not in listed:
            row |= {"label": MISSING, "reason": "not in the published lists"}
        elif name in study:
            first = at.get((name, min(listed[name].months)), row["session_id"])
            row |= {"label": _label(listed[name].labels) or MISSING, "reason": "", "session_id": first}
    label = {row["participant_id"]: row["label"] for row in people_rows}
    visit_rows = visits.to_dict("records")
    for row in visit_rows:
        name = row["participant_id"]
        if name in study:
            trainable = name in listed and float(row["months"]) in listed[name].training_months
            row["label"] = label[name] if trainable else MISSING
    return pd.DataFrame(people_rows, columns=people.columns), pd.DataFrame(visit_rows, columns=visits.columns)
