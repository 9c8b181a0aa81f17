"""A report of a run that is not complete: what has finished is compared, what is missing is named."""

from pathlib import Path

from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.evaluation.compute_metrics import compare
from adrepro.evaluation.curves import curves
from adrepro.evaluation.subgroups import subgroups
from adrepro.report.comparison_report import report


def last_words(logs: Path, task: str, approach: str, folds: int, results: Path) -> str:
    """The last line of the log of the first fold that has no scores; empty where it never ran."""
    for fold in range(folds):
        log = logs / task / approach / f"fold-{fold}.log"
        if not (results / task / approach / f"fold-{fold}" / "scores.tsv").exists() and log.exists():
            lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
            return next((line for line in reversed(lines) if line), "")[:300]
    return ""


def what_is_there(
    results: Path, logs: Path, approaches: dict[str, list[str]], folds: int
) -> tuple[dict[str, list[str]], list[dict]]:
    """Approaches per task of which all folds have scores, and rows `task approach done folds reason` of the others."""
    complete: dict[str, list[str]] = {}
    missing = []
    for task, names in approaches.items():
        for name in names:
            done = sum((results / task / name / f"fold-{fold}" / "scores.tsv").exists() for fold in range(folds))
            if done == folds:
                complete.setdefault(task, []).append(name)
            else:
                reason = last_words(logs, task, name, folds, results)
                missing.append({"task": task, "approach": name, "done": done, "folds": folds, "reason": reason})
    return complete, missing


def partial(
    results: Path,
    logs: Path,
    benchmarks: Path,
    cohort: Path,
    out: Path,
    approaches: dict,
    config: dict,
    against: dict,
    atlas: Path,
    reference: Path,
    simulated: bool,
) -> None:
    """Write the report of what has finished; its tables go to `results/partial`, beside those of a complete run.

    `against` holds `margin` and `against` as `compare` takes them.
    """
    complete, missing = what_is_there(results, logs, approaches, config["splits"]["folds"])
    if not missing:
        raise UserError(f"{results}: all approaches have finished; the same command without `partial` makes the report")
    if not complete:
        raise UserError(f"{results}: no approach has finished all folds yet, and there is nothing to report")
    folder, boot, seed = results / "partial", config["bootstrap"], config["seed"]
    names = ("metrics", "proportions", "differences", "noninferiority")
    paths = {name: folder / f"{name}.tsv" for name in names}
    level, replicates = boot["level"], boot["replicates"]
    compare(results, **paths, approaches=complete, settings=against, replicates=replicates, level=level, seed=seed)
    variables, limits = config["comparison"]["subgroups"], sorted(config["comparison"]["age_limits"])
    labels = results / "cohort" / "labels.tsv"
    subgroups(results, cohort, labels, folder / "subgroups.tsv", complete, variables, limits, replicates, level, seed)
    curves(results, folder / "curves.tsv", complete, replicates, level, seed)
    report(
        results, folder, cohort, benchmarks, atlas, reference, out, complete, config, config["allow_leak"], simulated,
        missing,
    )  # fmt: skip
    print(f"{out}: {sum(map(len, complete.values()))} approaches have finished, {len(missing)} have not")


if __name__ == "__main__":
    step.run(partial)
