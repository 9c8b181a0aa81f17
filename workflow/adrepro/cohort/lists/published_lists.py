"""Read published subject lists in the layout of AD-DL, which replace labels and drawn splits.

Files named after a label (`AD.tsv` with all sessions, `AD_baseline.tsv` with the first ones) lie in `train/`,
`train/train_splits-K/split-k/`, `train/validation_splits-K/split-k/` (optional) and `test/`; files beside `train/` or
`test/` list the whole cohort. Several such folders, one for each dataset, can lie in one. They have columns
`participant_id` and `session_id`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from adrepro.cohort.tables.clinical_presets import months_of
from adrepro.core.errors import UserError, describe_os_error, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, read_rows

BASELINE = "_baseline"
WHOLE, TRAIN, TEST, FOLD, VALIDATION = "whole", "train", "test", "fold", "validation"  # parts
ENTRY_COLUMNS = ["label", "participant_id", "session_id", "months", "part", "fold", "baseline", "path", "line"]


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
        found = sorted(path for path in _tables_below(folder) if place_of(path, folder))
    except OSError as error:
        raise UserError(f"splits.lists: {folder}: {describe_os_error(error)}") from None
    if not found:
        raise UserError(f"splits.lists: {folder} holds no train/*.tsv or test/*.tsv; give the folder of the lists")
    return found


def _tables_below(folder: Path) -> Iterator[Path]:
    """Yield all TSVs below a folder, through links to folders, each folder once."""
    seen: set[str] = set()
    for root, folders, names in os.walk(folder, followlinks=True, onerror=_raise):
        seen.add(os.path.realpath(root))
        folders[:] = [name for name in folders if os.path.realpath(Path(root, name)) not in seen]
        yield from (Path(root, name) for name in names if name.endswith(".tsv"))


def _raise(error: OSError) -> None:
    raise error


def place_of(path: Path, folder: Path) -> tuple[str, int | None] | None:
    """Return the part and the fold of a list from the names of its folders.

    The authors' `train/train` and `train/validation`, a single split of the training part, are no lists.

    Parameters
    ----------
    path, folder : Path
        A file, and the folder of the lists that it lies in.

    Returns
    -------
    tuple of str and int, or None
        None if the file is no list; the fold is None outside folds.
    """
    words = path.relative_to(folder).parts[:-1]
    parent, own = ("", "", *words)[-2:]
    if number := re.fullmatch(r"split-(\d+)", own):
        kind = re.fullmatch(r"(train|validation)_splits-\d+", parent)
        return (FOLD if kind[1] == TRAIN else VALIDATION, int(number[1])) if kind else None
    if own in (TRAIN, TEST):
        return (own, None) if parent != TRAIN else None
    return (WHOLE, None) if any((path.parent / name).is_dir() for name in (TRAIN, TEST)) else None


def label_of(path: Path, labels: list[str]) -> str | None:
    """Return the label that the name of a list stands for, in any case; None for other labels.

    Parameters
    ----------
    path : Path
        A list, such as `pMCI_baseline.tsv`.
    labels : list of str
        Labels that tasks name.
    """
    folded = {label.casefold(): label for label in labels}
    return folded.get(path.stem.casefold().removesuffix(BASELINE))


def read_lists(folder: Path, labels: list[str]) -> pd.DataFrame:
    """Read the published lists of some labels.

    Parameters
    ----------
    folder : Path
        Folder of published lists.
    labels : list of str
        Labels that tasks name; lists of other labels are not read.

    Returns
    -------
    DataFrame
        A row for each line of each list: `label participant_id session_id months part fold baseline path line`. `part`
        is `whole`, `train`, `test`, `fold` or `validation`; `fold` is -1 outside folds; `months` is NaN for a session
        whose name has none; `baseline` is true in lists of first sessions; `path` is relative to the folder.

    Raises
    ------
    UserError
        Lists unreadable files, missing columns and lines without a participant or session.
    """
    entries, problems = [], []
    for path in list_files(folder):
        place, label = place_of(path, folder), label_of(path, labels)
        if label is None or place is None:
            continue
        name = path.relative_to(folder).as_posix()
        try:
            header, rows = read_rows(path)
        except UserError as error:
            problems.append(str(error))
            continue
        if not {"participant_id", "session_id"} <= set(header):
            problems.append(f"{name}: expected the columns participant_id and session_id, found {', '.join(header)}")
            continue
        for row in rows:
            participant, session = row["participant_id"], row["session_id"]
            if not re.fullmatch("sub-[A-Za-z0-9]+", participant):
                problems.append(f"{name} line {row[LINE]}: participant_id {participant!r} must match sub-[A-Za-z0-9]+")
            if not re.fullmatch(f"ses-[A-Za-z0-9]+|{MISSING}", session):
                problems.append(
                    f"{name} line {row[LINE]}: session_id {session!r} must match ses-[A-Za-z0-9]+, such as ses-M06"
                )
            first = path.stem.casefold().endswith(BASELINE) or place[0] in (TEST, VALIDATION)
            fold = -1 if place[1] is None else place[1]
            entries.append(
                (label, participant, session, months_of(session, MISSING), place[0], fold, first, name, row[LINE])
            )
    raise_if_any(problems, f"splits.lists: {folder}")
    table = pd.DataFrame(entries, columns=ENTRY_COLUMNS)
    return table.assign(months=pd.to_numeric(table["months"].replace(MISSING, None)))


def places_of(entries: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], dict[str, set[int]]]:
    """Return the folds of each part of the lists in which a participant is; -1 outside folds.

    Parameters
    ----------
    entries : DataFrame
        As from `read_lists`.
    keys : list of str
        Columns that identify a participant, or a participant with one label.

    Returns
    -------
    dict
        Folds by part, by key; parts without the participant are empty.
    """
    found: dict[tuple[str, ...], dict[str, set[int]]] = {}
    for *key, part, fold in entries[[*keys, "part", "fold"]].itertuples(index=False, name=None):
        places = found.setdefault(tuple(key), {name: set() for name in (WHOLE, TRAIN, TEST, FOLD, VALIDATION)})
        places[part].add(fold)
    return found
