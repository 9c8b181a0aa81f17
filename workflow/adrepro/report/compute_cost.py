"""What a study cost: time and memory of every approach and of every preprocessing step, as Snakemake measured them."""

from pathlib import Path

import pandas as pd

from adrepro.core.files import read_json, read_table

STEPS = ("align", "normalize", "segment", "parcellate", "check")
NUMBERS = ("s", "max_rss")


def measured(paths: list[Path]) -> pd.DataFrame:
    """Rows of benchmark files: seconds `s` and megabytes `max_rss` of each job."""
    tables = [read_table(path)[list(NUMBERS)].tail(1) for path in paths]
    if not tables:
        return pd.DataFrame(columns=list(NUMBERS), dtype=float)
    return pd.concat(tables).apply(pd.to_numeric, errors="coerce")  # of jobs too short to be measured, `NA` or `-`


def duration(seconds: float) -> str:
    """Seconds in words, such as `1 h 05 min`, `2 min 10 s` or `0.8 s`."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def row(name: str, jobs: pd.DataFrame, device: str) -> dict:
    """One line of the cost table."""
    memory = jobs["max_rss"].max()
    return {
        "name": name, "jobs": len(jobs), "each": duration(jobs["s"].median()), "total": duration(jobs["s"].sum()),
        "seconds": float(jobs["s"].sum()), "memory": f"{memory:.0f} MB" if pd.notna(memory) else "n/a",
        "device": device,
    }  # fmt: skip


def cost_rows(benchmarks: Path, results: Path, tasks: dict[str, list[str]], names: dict[str, str]) -> list[dict]:
    """Lines of preprocessing per scan, and of training per fold; what was not measured has none."""
    lines = []
    for step in STEPS:
        jobs = measured(sorted((benchmarks / step).rglob("*.tsv")))
        if len(jobs):
            lines.append(row(f"{step}, per scan", jobs, "cpu"))
    for task, members in tasks.items():
        for approach in members:
            jobs = measured(sorted((benchmarks / task / approach).glob("fold-*.tsv")))
            if len(jobs):
                title = f"{task.replace('_', ' ')}: {names[approach]}, per fold"
                lines.append(row(title, jobs, device_of(results / task / approach)))
    return lines


def device_of(folder: Path) -> str:
    """What the models of an approach were computed on, as they say."""
    found = {read_json(path).get("computed_on", "cpu") for path in sorted(folder.glob("fold-*/model.json"))}
    return ", ".join(sorted(found))
