"""Section of the report on one task: sentences, tables and figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from adrepro.config.settings.approaches import CnnApproach
from adrepro.config.settings.cohort import Task
from adrepro.config.study import Study
from adrepro.config.tasks import classes_of
from adrepro.core.tables import read_table
from adrepro.evaluation.bootstrap import ENSEMBLE, MEAN
from adrepro.evaluation.metrics import METRICS
from adrepro.evaluation.model_folders import fold_folders
from adrepro.evaluation.pairwise import PERMUTATION
from adrepro.report.difference_tables import non_inferiority_table, pair_rows
from adrepro.report.figures import curve_figure, difference_figure, learning_figure, roc_figure, subgroup_figure
from adrepro.report.formatting import METRIC_LABELS
from adrepro.report.key_findings import (
    best_approach,
    pairwise_findings,
    single_class_predictions,
    small_evaluation_sets,
)
from adrepro.report.tables import confusion_table, evaluation_sets, main_table, metric_table

HISTORY = ("epoch", "training_loss", "validation_loss")


def task_section(
    task: str,
    approaches: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
    results: Path,
    study: Study,
    names: dict[str, str],
    simulated: bool,
) -> dict[str, object]:
    """Return the values of the template of one task.

    Parameters
    ----------
    task : str
        Name of the task.
    approaches : sequence of str
        Names of its approaches.
    tables : mapping
        Tables of the comparison, by name.
    results : Path
        Folder of the results.
    study : Study
    names : dict
        Display names of the approaches.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    dict
        Variables of `templates/report/task.html.j2`.
    """
    task_settings, metrics = study.settings.tasks[task], tables["metrics"]
    sets = evaluation_sets(metrics, task)
    unseen = [one for one in sets if one.split != "validation"]
    return {
        "id": task,
        "name": task.replace("_", " "),
        "labels": _classes(task_settings),
        "best": best_approach(metrics, task, names),
        "compared": pairwise_findings(tables["differences"], task, names),
        "single_class": single_class_predictions(metrics, task, names),
        "small": small_evaluation_sets(unseen, study.settings.report.min_class_size),
        "evaluation_sets": sets,
        "main": main_table(metrics, task, approaches, names, study.approaches, task_settings),
        "columns": [METRIC_LABELS[metric] for metric in METRICS[1:]],
        "metrics": [(one, metric_table(metrics, task, approaches, names, one)) for one in unseen],
        "confusion": confusion_table(tables["proportions"], task, approaches, names),
        "pairs": pair_rows(tables["differences"], task, names),
        "non_inferiority": non_inferiority_table(tables["noninferiority"], task, names),
        "margin": study.settings.comparison.margin,
        **_figures(task, approaches, tables, names, simulated),
        "learning": _learning_curves(results, task, approaches, study, names, simulated),
    }


def _classes(task_settings: Task) -> str:
    """Labels of both classes, such as `AD (positive) vs. CN`."""
    classes = classes_of(task_settings)
    return f"{', '.join(classes['positive'])} (positive) vs. {', '.join(classes['negative'])}"


def _figures(
    task: str, approaches: Sequence[str], tables: Mapping[str, pd.DataFrame], names: dict[str, str], simulated: bool
) -> dict[str, object]:
    """Figures of the test set as SVG, and the subgroups that lack a class."""
    metrics, curves, groups = (tables[n][tables[n]["task"] == task] for n in ("metrics", "curves", "subgroups"))
    on_test = curves[curves["split"] == "test"]
    tested = metrics[metrics["split"] == "test"].set_index(["metric", "fold", "approach"])["value"]
    auc = tested.get("auc", pd.Series(dtype=float)).get(ENSEMBLE, pd.Series(dtype=float))
    drawn = [name for name in approaches if name in set(on_test["approach"])]
    pairs = tables["differences"]
    pairs = pairs[
        (pairs["task"] == task) & (pairs["split"] == "test") & (pairs["test"] == PERMUTATION) & pairs["low"].notna()
    ]
    overall = tested.get("balanced_accuracy", pd.Series(dtype=float)).get(MEAN, pd.Series(dtype=float))
    groups = groups[(groups["split"] == "test") & (groups["metric"] == "balanced_accuracy")]
    defined = groups[groups["value"].notna()]
    return {
        "roc": roc_figure(on_test, {n: auc[n] for n in drawn}, names, simulated) if drawn else "",
        "forest": difference_figure(pairs, names, task, simulated) if len(pairs) else "",
        "curves": {names[n]: curve_figure(on_test[on_test["approach"] == n], names[n], simulated) for n in drawn},
        "subgroups": {
            names[n]: subgroup_figure(defined[defined["approach"] == n], overall[n], names[n], f"{task}/{n}", simulated)
            for n in approaches
            if n in set(defined["approach"])
        },
        "empty_groups": [
            f"{r.variable.replace('_', ' ')}: {r.group} ({int(r.n_positive)} / {int(r.n_negative)})"
            for r in groups[groups["value"].isna()].drop_duplicates(["variable", "group"]).itertuples()
        ],
    }


def _learning_curves(
    results: Path, task: str, approaches: Sequence[str], study: Study, names: dict[str, str], simulated: bool
) -> dict[str, str]:
    """Learning curves of every CNN that was trained on the task; one that is only applied to it has none."""
    figures = {}
    for name in approaches:
        own = study.approaches[name]
        if isinstance(own, CnnApproach) and own.train_task in (None, task):
            folders = fold_folders(results, task, name, study.settings.splits.folds)
            histories = [read_table(folder / "history.tsv", HISTORY) for folder in folders]
            figures[names[name]] = learning_figure(histories, names[name], f"{task}/{name}", simulated)
    return figures
