"""Published subject lists of a small cohort in the layout of AD-DL, for tests."""

from collections import defaultdict
from pathlib import Path

import pandas as pd

LABELS = ("AD", "CN", "sMCI", "pMCI")
PEOPLE = 5  # of each label: four in two folds, the last one in the test set


def write(folder: Path, name: str, *rows: str) -> None:
    """Write one list, from lines of participant and session."""
    path = folder / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("participant_id\tsession_id\tdiagnosis\n" + "".join(f"{row}\tx\n" for row in rows))


def sessions(label: str, number: int) -> dict[str, list[str]]:
    """Sessions of a participant by list: the progressive ones of odd numbers are progressive from month 12 on."""
    both = ["ses-M00", "ses-M12"]
    own = both[1:] if label == "pMCI" and number % 2 else both
    return {label: own, "MCI": both} if label in ("sMCI", "pMCI") else {label: own}


def write_lists(folder: Path) -> Path:
    """Write the lists of `PEOPLE` participants of each label; those of MCI leave out who is tested as a part of it."""
    lists: dict[str, list[str]] = defaultdict(list)
    for label in LABELS:
        for number in range(PEOPLE):
            for name, own in sessions(label, number).items():
                rows = [f"sub-{label}{number}\t{session}" for session in own]
                lists[name] += rows
                if number == PEOPLE - 1:
                    if name == label:
                        lists[f"test/{name}_baseline"] += rows[:1]
                    continue
                lists[f"train/{name}"] += rows
                lists[f"train/{name}_baseline"] += rows[:1]
                for fold in range(2):
                    if number % 2 == fold:
                        lists[f"train/validation_splits-2/split-{fold}/{name}_baseline"] += rows[:1]
                    else:
                        lists[f"train/train_splits-2/split-{fold}/{name}"] += rows
    lists["test/MCI_baseline"] = ["sub-uMCI0\tses-M00"]
    lists["MCI"].append("sub-uMCI0\tses-M00")
    for name, rows in lists.items():
        write(folder, name, *rows)
    return folder


def listed_sheet(months: tuple[int, ...] = (0, 12, 24)) -> pd.DataFrame:
    """The cohort sheet of these participants, and of one who is in no list."""
    names = [f"sub-{label}{number}" for label in LABELS for number in range(PEOPLE)] + ["sub-uMCI0", "sub-other"]
    rows = [(name, f"ses-M{month:03}", str(month)) for name in names for month in months]
    sheet = pd.DataFrame(rows, columns=["participant_id", "session_id", "months"])
    return sheet.assign(
        dataset="A", role="study", t1w="x.nii", diagnosis="n/a", age="70", sex="F", mmse="n/a", cdr="n/a"
    )
