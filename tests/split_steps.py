"""The steps from labels to the splits of tasks, run one after the other, for tests."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.draw_splits import draw_splits
from adrepro.cohort.eligible import eligible
from adrepro.cohort.leakage_checks import Check
from adrepro.cohort.splits import splits
from adrepro.cohort.study_participants import heldout_size, parts_of_mci
from adrepro.cohort.task_split import task_split
from adrepro.config.settings.cohort import SplitSettings, Task
from adrepro.config.tasks import column_of, labels_used
from adrepro.core.files import write_json
from adrepro.core.tables import write_table


def write_inputs(folder: Path, sheet: pd.DataFrame, labels: pd.DataFrame, visits: pd.DataFrame) -> None:
    """Write the cohort sheet, labels, and included scans (all of the sheet), and run the step `eligible`."""
    for name, table in {"cohort": sheet, "labels": labels, "visits": visits, "included": sheet}.items():
        write_table(folder / f"{name}.tsv", table)
    paths = [folder / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")]
    eligible(*paths, [], [], folder / "eligible.tsv", folder / "eligible_visits.tsv", None)


def draw(folder: Path, tasks: dict[str, Task], settings: SplitSettings, lists: list[Path] | None = None) -> list[str]:
    """Run the draws of some tasks and collect them in `participants.tsv`; returns the names of the draws."""
    apart = all(column_of(task) == "label" for task in tasks.values())
    parts = parts_of_mci(tasks, settings.test_per_label)
    names = labels_used(tasks) if apart else ["everyone"]
    for name in names:
        sizes = heldout_size(name, settings.test_per_label) if apart else settings.test_per_label
        draw_splits(
            folder / "eligible.tsv", folder / f"drawn/{name}.tsv", folder / f"drawn/{name}_holdout.tsv",
            name if apart else None, {} if apart else tasks, [p for p in parts if p == name or not apart], sizes,
            settings.folds, settings.match, settings.repeated_holdout, 1, lists or [],
        )  # fmt: skip
    splits([folder / f"drawn/{name}.tsv" for name in names], folder / "participants.tsv")
    return names


def split_task(
    folder: Path,
    name: str,
    task: Task,
    draws: list[str],
    settings: SplitSettings,
    lists: list[Path] | None = None,
    checks: tuple[Check, ...] = (),
    allow_leak: bool = False,
) -> None:
    """Run the step `task_split` on draws, with the checks of images."""
    own = draws if draws == ["everyone"] else labels_used({name: task})
    write_json(folder / "images.json", {"checks": list(checks)})
    task_split(
        folder / "eligible.tsv", folder / "eligible_visits.tsv", [folder / f"drawn/{one}.tsv" for one in own],
        [folder / f"drawn/{one}_holdout.tsv" for one in own], folder / "images.json", folder / f"{name}.tsv",
        [folder / f"{name}/fold-{k}.tsv" for k in range(settings.folds)],
        [folder / f"longitudinal/{name}/fold-{k}.tsv" for k in range(settings.folds)], folder / f"holdout/{name}.tsv",
        name, task, settings.test_per_label, settings.group, lists or [], allow_leak,
    )  # fmt: skip
