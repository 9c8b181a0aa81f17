"""Partial report of an incomplete run."""

from pathlib import Path

from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Study
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.evaluation.compute_metrics import compute_metrics
from adrepro.evaluation.curves import curves
from adrepro.evaluation.subgroups import subgroups
from adrepro.report.comparison_report import UnfinishedApproach, comparison_report

LONGEST_LINE = 300  # characters of a log line in the report


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
    results: Path, logs: Path, approaches: dict[str, list[str]], folds: int
) -> tuple[dict[str, list[str]], list[UnfinishedApproach]]:
    """Return the approaches with scores of all folds, and those without.

    Parameters
    ----------
    results, logs : Path
        Folders of results and logs.
    approaches : dict
        Names of the approaches of each task.
    folds : int
        Number of folds.

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
            done = sum((results / task / name / f"fold-{fold}" / "scores.tsv").exists() for fold in range(folds))
            if done == folds:
                finished.setdefault(task, []).append(name)
            else:
                reason = last_log_line(logs, results, task, name, folds)
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

    Raises
    ------
    UserError
        If all approaches have finished, or none.
    """
    finished, unfinished = finished_approaches(results, logs, approaches, settings.splits.folds)
    if not unfinished:
        raise UserError(
            f"{results}: all approaches have finished; run the same command without the target `partial_report`"
        )
    if not finished:
        raise UserError(f"{results}: no approach has finished all folds yet, so there is nothing to report")
    tables = results / "partial"
    _write_tables(results, tables, cohort, finished, settings)
    comparison_report(
        results, tables, cohort, benchmarks, atlas, reference, out, finished, settings, simulated, unfinished
    )
    print(f"{out}: {sum(map(len, finished.values()))} approaches have finished, {len(unfinished)} have not")


def _write_tables(
    results: Path, tables: Path, cohort: Path, approaches: dict[str, list[str]], settings: StudySettings
) -> None:
    """Write the tables that the report reads, for some of the approaches."""
    replicates, level, seed = settings.bootstrap.replicates, settings.bootstrap.confidence_level, settings.seed
    compute_metrics(
        results,
        metrics=tables / "metrics.tsv",
        proportions=tables / "proportions.tsv",
        differences=tables / "differences.tsv",
        noninferiority=tables / "noninferiority.tsv",
        approaches=approaches,
        reference_approach=Study(settings).reference_approach,
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
        variables=settings.comparison.subgroups,
        age_limits=sorted(settings.comparison.age_limits),
        replicates=replicates,
        confidence_level=level,
        seed=seed,
    )
    curves(results, tables / "curves.tsv", approaches, replicates, level, seed)


if __name__ == "__main__":
    step.run(partial_report)
