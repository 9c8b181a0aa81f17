"""Published lists of subjects, in the layout of AD-DL, in place of labels and splits of one's own.

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
from adrepro.core.errors import UserError, in_words, raise_all
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, read_rows

BASELINE = "_baseline"


@dataclass
class Listed:
    """What the lists say of one participant: labels, parts (`train`, `test`), folds trained and validated in, months.

    `months` are those of all listed sessions, `learnt` of those that may be trained on.
    """

    labels: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    trained: set[int] = field(default_factory=set)
    validated: set[int] = field(default_factory=set)
    months: set[float] = field(default_factory=set)
    learnt: set[float] = field(default_factory=set)


def list_files(folder: Path) -> list[Path]:
    """Every list below the folder, sorted; an error where there is none."""
    try:
        found = sorted(path for path in folder.rglob("*.tsv") if _place(path, folder))
    except OSError as error:
        raise UserError(f"splits.lists: {folder}: {in_words(error)}") from None
    if not found:
        raise UserError(f"splits.lists: {folder} holds no train/*.tsv or test/*.tsv; give the folder of the lists")
    return found


def _place(path: Path, folder: Path) -> tuple[str, int | None] | None:
    """Part and fold of a list from the folders it lies in; None where it is no list of a part."""
    words = path.relative_to(folder).parts[:-1]
    fold = next((int(w.removeprefix("split-")) for w in words if re.fullmatch(r"split-\d+", w)), None)
    if any(re.fullmatch(r"validation_splits-\d+", w) for w in words):
        return ("validation", fold) if fold is not None else None
    if any(re.fullmatch(r"train_splits-\d+", w) for w in words):
        return ("fold", fold) if fold is not None else None
    return (words[-1], None) if words and words[-1] in ("train", "test") else None


def read_lists(folder: Path) -> dict[str, Listed]:
    """What the lists below `folder` say of every participant."""
    people: dict[str, Listed] = defaultdict(Listed)
    problems = []
    for path in list_files(folder):
        part, fold = _place(path, folder)  # type: ignore[misc]
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
                person.learnt.add(month)
            if fold is not None:
                (person.trained if part == "fold" else person.validated).add(fold)
    raise_all(problems, f"splits.lists: {folder}")
    return dict(people)


def listed_splits(folder: Path, folds: int) -> pd.DataFrame:
    """Every listed participant with label, partition and fold.

    A participant validates in the fold of whose training list it is absent, or as the validation lists say.

    Raises
    ------
    UserError
        If there are not `folds` folds, and for every participant on two sides, in two folds or under two labels.
    """
    people = read_lists(folder)
    there = set().union(*(person.trained | person.validated for person in people.values()))
    if len(there) != folds:
        raise UserError(f"splits.lists: {folder} has {len(there)} folds, splits.folds is {folds}; make them equal")
    rows, problems = [], []
    for participant, person in sorted(people.items()):
        label, part = _label(person.labels), min(person.parts)
        absent = person.validated or there - person.trained
        if label is None:
            problems.append(f"{participant} is listed as {' and '.join(sorted(person.labels))}")
        if len(person.parts) > 1:
            problems.append(f"{participant} is in training and in test lists")
        elif part == "train" and len(absent) != 1:
            problems.append(f"{participant} is absent from the training lists of {len(absent)} folds, expected one")
        elif person.validated & person.trained:
            problems.append(f"{participant} trains and validates in one fold")
        rows.append((participant, label, part, str(min(absent)) if part == "train" and absent else MISSING))
    raise_all(problems, f"splits.lists: {folder}")
    return pd.DataFrame(rows, columns=["participant_id", "label", "partition", "fold"])


def _label(names: set[str]) -> str | None:
    """One label: a list of MCI holds those of its parts too."""
    own = names - {"MCI"} if names & set(GENERIC_MCI) - {"MCI"} else names
    return next(iter(own)) if len(own) == 1 else None


def relabelled(people: pd.DataFrame, visits: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The study's `people` and `visits` (see `label_cohort`) with the lists' labels, judged at their first session.

    Study participants that no list names lose their label; external ones keep theirs.
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
            learnt = name in listed and float(row["months"]) in listed[name].learnt
            row["label"] = label[name] if learnt else MISSING
    return pd.DataFrame(people_rows, columns=people.columns), pd.DataFrame(visit_rows, columns=visits.columns)
