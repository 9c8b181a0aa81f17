"""Contradictions and gaps of published subject lists."""

import pandas as pd

from adrepro.cohort.lists.published_lists import BASELINE, FOLD, TEST, TRAIN, VALIDATION, WHOLE, places_of
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import ANY_MCI, label_names

MCI_PARTS = frozenset((ANY_MCI, "sMCI")), frozenset((ANY_MCI, "pMCI")), frozenset((ANY_MCI, "uMCI"))


def list_problems(entries: pd.DataFrame, tasks: dict[str, Task], folds: int) -> list[str]:
    """Return the problems of published lists that do not depend on the cohort.

    Parameters
    ----------
    entries : DataFrame
        As from `read_lists`.
    tasks : dict of Task
        Prediction tasks by name.
    folds : int
        Number of folds in the configuration.

    Returns
    -------
    list of str
        One line per problem: another number of folds, missing lists, and participants in two partitions, two folds,
        two labels, or with two first sessions.
    """
    listed = sorted(set(entries.loc[entries["fold"] >= 0, "fold"]))
    if len(listed) != folds:
        return [f"the lists have {len(listed)} folds, splits.folds is {folds}; make them equal"]
    if listed != list(range(folds)):
        return [f"the folds are split-{', split-'.join(map(str, listed))}; number them from split-0 on"]
    missing = _missing_lists(entries, tasks, listed) or _several_lists(entries, folds)
    return missing or [
        *_partition_problems(entries, listed),
        *_untrained(entries),
        *_label_problems(entries),
        *_baseline_problems(entries),
    ]


def _missing_lists(entries: pd.DataFrame, tasks: dict[str, Task], folds: list[int]) -> list[str]:
    """Return a problem for each label without a training, test or fold list."""
    problems = []
    for label in label_names(tasks):
        own = entries[entries["label"] == label]
        parts = set(own["part"])
        if not parts & {TRAIN, FOLD, TEST}:
            users = ", ".join(name for name, task in tasks.items() if label in label_names({name: task}))
            problems.append(f"no train/ or test/ list of {label}, which {users} names; add {label}.tsv")
            continue
        if TEST not in parts:
            problems.append(f"no test/ list of {label}; add test/{label}{BASELINE}.tsv")
        for part, folder in ((FOLD, "train_splits"), (VALIDATION, "validation_splits")):
            present = set(own.loc[own["part"] == part, "fold"])
            problems += [
                f"no list of {label} in {folder}-{len(folds)}/split-{fold}; add {label}{BASELINE}.tsv"
                for fold in folds
                if fold not in present and (part == FOLD or present)
            ]
    return problems


def _several_lists(entries: pd.DataFrame, folds: int) -> list[str]:
    """Return a problem for folders of another number of folds, and for two files of one list with one participant."""
    named = entries["path"].str.extract(r"_splits-(\d+)/")[0].dropna().astype(int)
    other = sorted(set(named) - {folds})
    problems = [
        f"a folder is named *_splits-{number}, splits.folds is {folds}; remove or rename it" for number in other
    ]
    keys = ["label", "part", "fold", "baseline", "participant_id"]
    files = entries.drop_duplicates([*keys, "path"])
    twice = files[files.duplicated(keys, keep=False)].drop_duplicates(["label", "part", "fold", "path"])
    for _, own in twice.groupby(["label", "part", "fold", "baseline"]):
        if own["path"].str.rsplit("/", n=1).str[-1].str.casefold().nunique() == 1 and own["path"].nunique() > 1:
            problems.append(f"{' and '.join(own['path'])} list the same participants; keep one folder of lists")
    return problems


def _where(entries: pd.DataFrame) -> str:
    """Return file and line of the first entry of each part and fold, for messages."""
    shown = entries.drop_duplicates(["label", "part", "fold"])
    return ", ".join(f"{path} line {line}" for path, line in zip(shown["path"], shown["line"], strict=True))


def _partition_problems(entries: pd.DataFrame, folds: list[int]) -> list[str]:
    """Return a problem for each participant in two partitions, or without one fold to validate in."""
    problems = []
    used = entries[entries["part"] != WHOLE]
    for (participant,), places in sorted(places_of(used, ["participant_id"]).items()):
        fitted, validated = places[FOLD], places[VALIDATION]
        found, at = "", set(folds) | {-1}
        if places[TEST]:
            found = "training and in test lists" if places[TRAIN] or fitted or validated else ""
        elif fitted & validated:
            found, at = "the training and the validation list of one fold", fitted & validated
        elif len(validated) > 1:
            found = f"validation lists of {len(validated)} folds, expected one"
        elif len(set(folds) - fitted) != 1:
            found = f"training lists of {len(fitted)} of {len(folds)} folds, expected all but the one to validate in"
        elif validated and validated != set(folds) - fitted:
            found = "the validation list of one fold, and absent from the training list of another"
        if found:
            own = used[(used["participant_id"] == participant) & used["fold"].isin(at)]
            problems.append(f"{participant} is in {found}: {_where(own)}")
    return problems


def _untrained(entries: pd.DataFrame) -> list[str]:
    """Return a problem for each participant in lists of folds who is not in the list of the whole training part."""
    problems = []
    for label, own in entries.groupby("label"):
        whole = own[(own["part"] == TRAIN) & ~own["baseline"]]
        in_folds = own[own["part"].isin([FOLD, VALIDATION])].drop_duplicates("participant_id")
        extra = in_folds[~in_folds["participant_id"].isin(whole["participant_id"])] if len(whole) else in_folds.head(0)
        problems += [
            f"{row.participant_id} ({row.path} line {row.line}) is not in {whole['path'].iloc[0]}, the list of all "
            f"training participants with {label}"
            for row in extra.itertuples()
        ]
    return problems


def _label_problems(entries: pd.DataFrame) -> list[str]:
    """Return a problem for each participant with two labels; MCI contains stable, progressive and unknown MCI."""
    problems = []
    pairs = entries[["participant_id", "label"]].drop_duplicates()
    for participant, labels in pairs.groupby("participant_id")["label"]:
        if len(labels) > 1 and frozenset(labels) not in MCI_PARTS:
            where = _where(entries[entries["participant_id"] == participant].drop_duplicates("label"))
            problems.append(f"{participant} is listed as {' and '.join(sorted(labels))}: {where}; keep one")
    return problems


def _baseline_problems(entries: pd.DataFrame) -> list[str]:
    """Return a problem for each participant with two first sessions of one label."""
    first = entries[entries["baseline"]].drop_duplicates(["label", "participant_id", "session_id"])
    several = first[first.duplicated(["label", "participant_id"], keep=False)]
    return [
        f"{participant} has several first sessions as {label}: "
        + ", ".join(f"{s} ({p} line {n})" for s, p, n in zip(own["session_id"], own["path"], own["line"], strict=True))
        + "; keep one"
        for (participant, label), own in several.groupby(["participant_id", "label"], sort=True)
    ]
