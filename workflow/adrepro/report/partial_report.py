"""Partial report of an incomplete run."""

import shlex
from pathlib import Path

from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Study
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.snakemake_plan import current_outputs
from adrepro.evaluation.compute_metrics import compute_metrics
from adrepro.evaluation.curves import curves
from adrepro.evaluation.model_folders import fold_folders
from adrepro.evaluation.subgroups import subgroups
from adrepro.report.comparison_report import comparison_report
from adrepro.report.incomplete_run import IncompleteRun, UnfinishedApproach

LONGEST_LINE = 300  # characters of a log line in the report
OUTDATED = "outdated: settings or inputs have changed since it was trained"


def last_log_line(logs: Path, results: Path, task: str, approach: str, folds: int) -> str:
    """Return the last line of the log of the first fold without scores.

    Parameters
    ----------
    logs, results : Path
        Folders of logs and results.
    task, approach : str
        Names of the task and of the approach.
    folds : int
        Number of folds.

    Returns
    -------
    str
        At most 300 characters; empty if no unfinished fold has a log.
    """
    for fold in range(folds):
        log = logs / task / approach / f"fold-{fold}.log"
        if not (results / task / approach / f"fold-{fold}" / "scores.tsv").exists() and log.exists():
            lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
            return next((line for line in reversed(lines) if line), "")[:LONGEST_LINE]
    return ""


def finished_approaches(
    results: Path, logs: Path, approaches: dict[str, list[str]], folds: int, current: frozenset[str]
) -> tuple[dict[str, list[str]], list[UnfinishedApproach]]:
    """Return the approaches with scores of all folds under the current settings, and the others.

    Parameters
    ----------
    results, logs : Path
        Folders of results and logs.
    approaches : dict
        Names of the approaches of each task.
    folds : int
        Number of folds.
    current : frozenset of str
        Outputs that are up to date, from `current_outputs`.

    Returns
    -------
    finished : dict
        Names of the finished approaches of each task; tasks without any are omitted.
    unfinished : list of UnfinishedApproach
    """
    finished: dict[str, list[str]] = {}
    unfinished: list[UnfinishedApproach] = []
    for task, names in approaches.items():
        for name in names:
            made = [
                path for folder in fold_folders(results, task, name, folds) if (path := folder / "scores.tsv").exists()
            ]
            done = sum(path.as_posix() in current for path in made)
            if done == folds:
                finished.setdefault(task, []).append(name)
            else:
                reason = OUTDATED if done < len(made) else last_log_line(logs, results, task, name, folds)
                unfinished.append(UnfinishedApproach(task, name, done, folds, reason))
    return finished, unfinished


def partial_report(
    results: Path,
    logs: Path,
    benchmarks: Path,
    cohort: Path,
    out: Path,
    approaches: dict[str, list[str]],
    settings: StudySettings,
    atlas: Path,
    reference: Path,
    simulated: bool,
    plan: str,
    plan_folder: Path,
) -> None:
    """Write the report of the approaches that have finished, and list those that have not.

    Its tables go to `results/partial`, so that those of a complete run stay as they are.

    Parameters
    ----------
    results, logs, benchmarks : Path
        Folders of results, logs and benchmark files (input).
    cohort : Path
        Cohort sheet (input).
    out : Path
        HTML page (output).
    approaches : dict
        Names of the approaches of each task.
    settings : StudySettings
        Settings of the study, with file names in place of paths.
    atlas, reference : Path
        Provenance of the atlas and of the template, JSON (input).
    simulated : bool
        Whether the images are simulated.
    plan : str
        Command of Snakemake with all options of the study, without targets.
    plan_folder : Path
        Folder in which that command was typed.

    Raises
    ------
    UserError
        If all approaches have finished, or none.
    """
    current = current_outputs(shlex.split(plan), plan_folder)
    finished, unfinished = finished_approaches(results, logs, approaches, settings.splits.folds, current)
    if not unfinished:
        raise UserError(
            f"{results}: all approaches have finished; run the same command without the target `partial_report`"
        )
    if not finished:
        raise UserError(
            f"{results}: no approach has finished all folds under the current settings, so there is nothing to report"
        )
    tables = results / "partial"
    _write_tables(results, tables, cohort, finished, settings, current)
    state = IncompleteRun(unfinished, current)
    comparison_report(results, tables, cohort, benchmarks, atlas, reference, out, finished, settings, simulated, state)
    print(f"{out}: {sum(map(len, finished.values()))} approaches have finished, {len(unfinished)} have not")


def _write_tables(
    results: Path,
    tables: Path,
    cohort: Path,
    approaches: dict[str, list[str]],
    settings: StudySettings,
    current: frozenset[str],
) -> None:
    """Write the tables that the report reads, for some of the approaches."""
    study, folds = Study(settings), settings.splits.folds
    holdouts = {
        task: [
            name
            for name in study.with_holdouts[task]
            if name in names and (results / task / name / "holdout/scores.tsv").as_posix() in current
        ]
        for task, names in approaches.items()
    }
    replicates, level, seed = settings.bootstrap.replicates, settings.bootstrap.confidence_level, settings.seed
    compute_metrics(
        results,
        metrics=tables / "metrics.tsv",
        proportions=tables / "proportions.tsv",
        differences=tables / "differences.tsv",
        noninferiority=tables / "noninferiority.tsv",
        approaches=approaches,
        holdouts=holdouts,
        folds=folds,
        reference_approach=study.reference_approach,
        margin=settings.comparison.margin,
        replicates=replicates,
        confidence_level=level,
        seed=seed,
    )
    subgroups(
        results,
        cohort,
        out=tables / "subgroups.tsv",
        approaches=approaches,
        folds=folds,
        variables=settings.comparison.subgroups,
        age_limits=sorted(settings.comparison.age_limits),
        replicates=replicates,
        confidence_level=level,
        seed=seed,
    )
    curves(results, tables / "curves.tsv", approaches, folds, replicates, level, seed)


if __name__ == "__main__":
    step.run(partial_report)
