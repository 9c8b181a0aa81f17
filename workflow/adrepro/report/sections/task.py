"""The section of the report on one task: sentences, tables and figures."""

from pathlib import Path

import pandas as pd

from adrepro.config.approaches import complete
from adrepro.config.tasks import as_list
from adrepro.core.files import read_table
from adrepro.evaluation.bootstrap import ENSEMBLE, MEAN
from adrepro.evaluation.metrics import METRICS
from adrepro.evaluation.pairwise import PERMUTATION
from adrepro.report.figures import curves_of, learning_figure, roc_together
from adrepro.report.key_findings import best, compared, small_places, tied
from adrepro.report.plot_forest import difference_figure, subgroup_figure
from adrepro.report.tables import (
    WORDS,
    confusion_table,
    main_table,
    metric_table,
    non_inferiority_table,
    pair_rows,
    places,
)

HISTORY = ("epoch", "training_loss", "validation_loss")


def task_section(
    task: str,
    members: list[str],
    tables: dict[str, pd.DataFrame],
    results: Path,
    config: dict,
    names: dict[str, str],
    simulated: bool,
) -> dict:
    """Everything that the template says of a task; `tables` are those of the comparison, by name."""
    sides, settings, metrics = config["tasks"][task], complete(config), tables["metrics"]
    where = places(metrics, task)
    judged = [place for place in where if place.split != "validation"]
    return {
        "id": task,
        "name": task.replace("_", " "),
        "labels": " against ".join(
            f"{', '.join(as_list(sides[side]))}{mark}" for side, mark in (("positive", " (positive)"), ("negative", ""))
        ),
        "best": best(metrics, task, names),
        "compared": compared(tables["differences"], task, names),
        "tied": tied(metrics, task, names),
        "small": small_places(judged, config["report"]["small_class"]),
        "places": where,
        "main": main_table(metrics, task, members, names, settings, sides),
        "columns": [WORDS[metric] for metric in METRICS[1:]],
        "metrics": [(place, metric_table(metrics, task, members, names, place)) for place in judged],
        "confusion": confusion_table(tables["proportions"], task, members, names),
        "pairs": pair_rows(tables["differences"], task, names),
        "non_inferiority": non_inferiority_table(tables["noninferiority"], task, names),
        "margin": config["comparison"]["margin"],
        **_figures(task, members, tables, names, simulated),
        "learning": _learning(results, task, members, names, simulated),
    }


def _figures(task: str, members: list[str], tables: dict, names: dict[str, str], simulated: bool) -> dict:
    metrics, curves, groups = (tables[n][tables[n]["task"] == task] for n in ("metrics", "curves", "subgroups"))
    on_test = curves[curves["split"] == "test"]
    tested = metrics[metrics["split"] == "test"].set_index(["metric", "fold", "approach"])["value"]
    areas = tested.get("auc", pd.Series(dtype=float)).get(ENSEMBLE, pd.Series(dtype=float))
    drawn = [name for name in members if name in set(on_test["approach"])]
    pairs = tables["differences"]
    pairs = pairs[
        (pairs["task"] == task) & (pairs["split"] == "test") & (pairs["test"] == PERMUTATION) & pairs["low"].notna()
    ]
    whole = tested.get("balanced_accuracy", pd.Series(dtype=float)).get(MEAN, pd.Series(dtype=float))
    parts = groups[(groups["split"] == "test") & (groups["metric"] == "balanced_accuracy")]
    known = parts[parts["value"].notna()]
    return {
        "roc": roc_together(on_test, {n: areas[n] for n in drawn}, names, simulated) if drawn else "",
        "forest": difference_figure(pairs, names, task, simulated) if len(pairs) else "",
        "curves": {names[n]: curves_of(on_test[on_test["approach"] == n], names[n], simulated) for n in drawn},
        "subgroups": {
            names[n]: subgroup_figure(known[known["approach"] == n], whole[n], names[n], f"{task}/{n}", simulated)
            for n in members
            if n in set(known["approach"])
        },
        "empty_groups": [
            f"{r.variable.replace('_', ' ')}: {r.group} ({int(r.n_positive)} / {int(r.n_negative)})"
            for r in parts[parts["value"].isna()].drop_duplicates(["variable", "group"]).itertuples()
        ],
    }


def _learning(results: Path, task: str, members: list[str], names: dict[str, str], simulated: bool) -> dict[str, str]:
    """Learning curves of every network that was trained on the task; an applied model was not."""
    found = {name: sorted((results / task / name).glob("fold-*/history.tsv")) for name in members}
    return {
        names[name]: learning_figure(
            [read_table(path, HISTORY) for path in paths], names[name], f"{task}/{name}", simulated
        )
        for name, paths in found.items()
        if paths
    }
