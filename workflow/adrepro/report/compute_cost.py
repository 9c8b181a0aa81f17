"""Compute cost: time and memory of preprocessing and training, as measured by Snakemake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from adrepro.cohort.scan_paths import scan_folder
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.evaluation.model_folders import fold_folders

STEPS = ("align", "normalize", "segment", "parcellate", "qc")
NUMBERS = ("s", "max_rss")


@dataclass(frozen=True)
class CostRow:
    """A row of the cost table.

    Attributes
    ----------
    name : str
        Step, or task and approach.
    jobs : int
        Number of jobs that were measured.
    median, total : str
        Median and sum of their durations, formatted.
    seconds : float
        Sum of their durations, in seconds.
    memory : str
        Highest resident memory, in MB, formatted.
    device : str
        Device and precision of the computation.
    """

    name: str
    jobs: int
    median: str
    total: str
    seconds: float
    memory: str
    device: str


def read_benchmarks(paths: Sequence[Path]) -> pd.DataFrame:
    """Read benchmark files of Snakemake.

    Parameters
    ----------
    paths : sequence of Path
        TSV files with columns `s` and `max_rss`, of several rows the last counts; those that were not written are left
        out.

    Returns
    -------
    DataFrame
        Duration `s` (seconds) and memory `max_rss` (MB) of each job; NaN where a job was too short to be measured.
    """
    tables = [read_table(path)[list(NUMBERS)].tail(1) for path in paths if path.exists()]
    if not tables:
        return pd.DataFrame(columns=list(NUMBERS), dtype=float)
    return pd.concat(tables).apply(pd.to_numeric, errors="coerce")  # Snakemake writes `NA` or `-`


def duration(seconds: float) -> str:
    """Format a duration in seconds, such as `1 h 05 min`, `2 min 10 s` or `0.8 s`.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
    """
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def cost_rows(
    benchmarks: Path,
    results: Path,
    tasks: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    folds: int,
    scans: Sequence[str],
    atlases: Sequence[str],
) -> list[CostRow]:
    """Return the cost of each preprocessing step per scan and of each approach per fold.

    Parameters
    ----------
    benchmarks : Path
        Folder of the benchmark files.
    results : Path
        Folder of the models.
    tasks : mapping
        Names of the approaches of each task.
    names : mapping
        Display names of the approaches.
    folds : int
        Number of cross-validation folds.
    scans : sequence of str
        Names of the scans that were preprocessed.
    atlases : sequence of str
        BIDS labels of the atlases.

    Returns
    -------
    list of CostRow
        Steps and approaches without measurements are omitted.
    """
    rows = []
    for step in STEPS:
        endings = [f"_atlas-{atlas}" for atlas in atlases] if step == "parcellate" else [""]
        jobs = read_benchmarks([benchmarks / step / scan_folder(s) / f"{s}{end}.tsv" for s in scans for end in endings])
        if len(jobs):
            unit = "per scan and atlas" if step == "parcellate" else "per scan"
            rows.append(_cost_row(f"{step}, {unit}", jobs, "cpu"))
    for task, approaches in tasks.items():
        for approach in approaches:
            own = fold_folders(benchmarks, task, approach, folds)
            jobs = read_benchmarks([path.with_name(f"{path.name}.tsv") for path in own])
            if len(jobs):
                title = f"{task.replace('_', ' ')}: {names[approach]}, per fold"
                rows.append(_cost_row(title, jobs, devices_of(fold_folders(results, task, approach, folds))))
    return rows


def devices_of(models: Sequence[Path]) -> str:
    """Return the devices and precisions that the fold models of an approach were computed with.

    Parameters
    ----------
    models : sequence of Path
        Folders of the fold models; `computed_on` is read from their `model.json`.

    Returns
    -------
    str
        Distinct values, separated by commas; `cpu` where a model records none.
    """
    devices = {read_json(folder / "model.json").get("computed_on", "cpu") for folder in models}
    return ", ".join(sorted(devices))


def _cost_row(name: str, jobs: pd.DataFrame, device: str) -> CostRow:
    """Return the row of the cost table for some jobs."""
    seconds, memory = jobs["s"], jobs["max_rss"].max()
    return CostRow(
        name=name,
        jobs=len(jobs),
        median=duration(seconds.median()),
        total=duration(seconds.sum()),
        seconds=float(seconds.sum()),
        memory=f"{memory:.0f} MB" if pd.notna(memory) else "n/a",
        device=device,
    )
