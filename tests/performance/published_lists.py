"""The published lists of Wen et al. 2020 through the product: `python tests/performance/published_lists.py FOLDER`.

FOLDER is `data` of AD-DL, with `ADNI`, `AIBL` and `OASIS`, untouched. A sheet of all listed sessions goes through
labels, splits, task views, training visits and demographics; the result is compared with the numbers of the study
(participants and sessions of each label, what is left for training, external cohorts) and, for all 25 folds, with the
lists themselves. Prints what is equal; the last line is JSON.
"""

import argparse
import json
import time
from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import COLUMNS, KEYS
from adrepro.cohort.demographics import demographics_table, labeled_people
from adrepro.cohort.lists.listed_labels import listed_splits
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.cohort.study_participants import in_tasks, people_of
from adrepro.cohort.task_views import task_view, training_visits
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import label_names

LABELS, FOLDS = ("AD", "CN", "MCI", "sMCI", "pMCI"), 5
TASKS = {
    "AD_vs_CN": Task(positive="AD", negative="CN"),
    "sMCI_vs_pMCI": Task(positive="pMCI", negative="sMCI"),
    "AD_CN_MCI": Task(classes={"AD": "AD", "CN": "CN", "MCI": "MCI"}),
}
# Participants and sessions of each label: Wen et al. 2020, table 2, and their lists of other parts and cohorts.
ALL = {"CN": (330, 1830), "MCI": (787, 3458), "sMCI": (298, 1046), "pMCI": (295, 865), "AD": (336, 1106)}
TRAIN = {"AD": (236, 761), "CN": (230, 1242), "sMCI": (198, 696), "pMCI": (195, 564), "MCI": (487, 2196)}
EXTERNAL = {
    "AIBL": {"CN": (429, 729), "AD": (76, 107), "MCI": (93, 122), "sMCI": (13, 18), "pMCI": (20, 23)},
    "OASIS": {"CN": (76, 76), "AD": (78, 78)},
}
LONGITUDINAL = {"AD_vs_CN": 761 + 1242, "sMCI_vs_pMCI": 1260, "AD_CN_MCI": 761 + 1242 + 2196}


def listed_sessions(folder: Path) -> pd.DataFrame:
    """Return a cohort sheet of all sessions that any list names, without clinical values."""
    parts = []
    for dataset in ("ADNI", *EXTERNAL):
        tables = [pd.read_csv(path, sep="\t", dtype=str)[KEYS] for path in (folder / dataset).rglob("*.tsv")]
        role = "external" if dataset in EXTERNAL else "study"
        parts.append(pd.concat(tables).drop_duplicates().assign(dataset=dataset, role=role))
    sheet = pd.concat(parts, ignore_index=True).assign(t1w="x.nii", sex="F", age="70")
    sheet["months"] = sheet["session_id"].str.removeprefix("ses-M").astype(int).astype(str)
    return sheet.reindex(columns=list(COLUMNS)).fillna("n/a")


def fold_rows(folder: Path, fold: int, label: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the training participants, and the validation participants with their session, of one list."""
    train, validation = (
        folder / "ADNI/train" / f"{kind}_splits-{FOLDS}/split-{fold}" for kind in ("train", "validation")
    )
    fitted = pd.read_csv(train / f"{label}_baseline.tsv", sep="\t", dtype=str)
    validated = pd.read_csv(validation / f"{label}_baseline.tsv", sep="\t", dtype=str)
    return set(fitted["participant_id"]), set(validated[KEYS].itertuples(index=False, name=None))


def equal_folds(folder: Path, view: pd.DataFrame, labels: tuple[str, ...]) -> int:
    """Return the number of folds and labels whose training and validation participants are those of the lists."""
    equal = 0
    for fold in range(FOLDS):
        for label in labels:
            own = view[(view["label"] == label) & (view["partition"] == "train")]
            inside = own["fold"].astype(str) == str(fold)
            validated = set(own.loc[inside, KEYS].itertuples(index=False, name=None))
            equal += (set(own.loc[~inside, "participant_id"]), validated) == fold_rows(folder, fold, label)
    return equal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    start, sheet = time.perf_counter(), listed_sessions(folder)
    entries = checked_lists(folder, TASKS, FOLDS)
    labels, visits = study_labels(sheet, 36, entries)
    people = in_tasks(people_of(sheet, labels, sheet, None), TASKS)
    splits = listed_splits(people, entries)
    views = {name: task_view(splits, people, task) for name, task in TASKS.items()}
    table = demographics_table(labeled_people(labels, splits, sheet, label_names(TASKS)), visits)
    seconds = time.perf_counter() - start
    checks = []
    found = table.set_index(["dataset", "label", "part"])[["subjects", "sessions"]].apply(tuple, axis=1).to_dict()
    for part, numbers in (("all", ALL), ("train", TRAIN), ("test", dict.fromkeys(LABELS, (100, 100)))):
        checks += [(f"ADNI {label}, {part}", found[("ADNI", label, part)], wanted) for label, wanted in numbers.items()]
    for dataset, numbers in EXTERNAL.items():
        checks += [(f"{dataset} {label}", found[(dataset, label, "all")], wanted) for label, wanted in numbers.items()]
    labeled = visits.merge(sheet.drop(columns="months"), on=KEYS)
    for name, wanted in LONGITUDINAL.items():
        checks.append(
            (
                f"longitudinal training sessions of {name}",
                len(training_visits(views[name], labeled, TASKS[name])),
                wanted,
            )
        )
    folds = equal_folds(folder, views["AD_CN_MCI"], ("AD", "CN", "MCI"))
    folds += equal_folds(folder, views["sMCI_vs_pMCI"], ("sMCI", "pMCI"))
    checks.append(("folds of 5 labels", folds, FOLDS * len(LABELS)))
    for name, ours, wanted in checks:
        print(f"{'equal' if ours == wanted else 'DIFFERENT'}: {name}: {ours}, published {wanted}")
    equal = sum(ours == wanted for _, ours, wanted in checks)
    print(f"{equal} of {len(checks)} equal; {seconds:.1f} s")
    print(json.dumps({"equal": equal, "checks": len(checks), "folds": folds, "seconds": round(seconds, 2)}))


if __name__ == "__main__":
    main()
