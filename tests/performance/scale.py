"""A study of thousands of scans, planned: `python tests/performance/scale.py [--scans 200 2000] [--schedule 200 2000]`.

Empty images and a made-up sheet; no scan is read. For each size: seconds and memory of a dry run when nothing is there
and when the checkpoint after inspection is passed, the jobs, and how many SLURM jobs they are in the groups of the
profile. With `--schedule`, all outputs are made as empty files and Snakemake touches them: what it needs itself for a
job. The tables of the cohort are made for real. The last line is JSON.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pandas as pd

REPOSITORY = Path(__file__).parents[2]
# Of tables that are read while Snakemake touches files.
HEADER = "participant_id\tsession_id\tscan\tstep\treason\tverdict\n"
COLUMNS = "participant_id session_id dataset role t1w diagnosis age sex mmse cdr months".split()


def make_sheet(folder: Path, scans: int) -> None:
    """A quarter each of CN, AD, and MCI that stays or not; every image is an empty file."""
    rows = []
    for number in range(scans):
        name, kind = f"sub-S{number:06}", ("CN", "AD", "MCI", "MCI")[number % 4]
        image = folder / "scans" / f"{name}_T1w.nii.gz"
        rows.append(
            [name, "ses-M000", "synthetic", "study", f"scans/{image.name}", kind, 60 + number % 30, "FM"[number % 2]]
        )
        if kind == "MCI":
            later = ("MCI", "AD")[number // 4 % 2]
            rows.append([name, "ses-M036", "synthetic", "study", "n/a", later, "n/a", "n/a"])
        image.parent.mkdir(exist_ok=True, parents=True)
        image.touch()
    table = pd.DataFrame([[*row, "n/a", "n/a", row[1][-2:]] for row in rows], columns=COLUMNS)
    table.to_csv(folder / "cohort.tsv", sep="\t", index=False)


def pretend_inspected(folder: Path) -> None:
    """Verdicts as `check_input` would write them."""
    verdicts = folder / "run/results/cohort/inspected"
    verdicts.mkdir(parents=True)
    sheet = pd.read_csv(folder / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False)
    for name in sheet.loc[sheet["t1w"] != "n/a", "participant_id"]:
        found = {"status": "ok", "warnings": [], "skull_stripped": False, "voxel_mm": [1, 1, 1], "content": name}
        (verdicts / f"{name}_ses-M000.json").write_text(json.dumps(found))


def screening(folder: Path) -> list:
    """The command of the checkpoint after inspection."""
    words = [sys.executable, "-m", "adrepro.cohort.select_readable", "--cohort", folder / "cohort.tsv"]
    words += ["--inspected", folder / "run/results/cohort/inspected", "--faults", folder / "none"]
    return [*words, "--out", folder / "run/results/cohort/readable.tsv"]


def timed(words: list, log: Path) -> tuple[float, int, float]:
    """Seconds, largest memory in MB and seconds of the processor of a command."""
    begin = time.monotonic()
    with open(log, "w") as out:
        process = subprocess.Popen(list(map(str, words)), cwd=REPOSITORY, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{words}: {log.read_text()[-2000:]}")
    return round(time.monotonic() - begin, 1), used.ru_maxrss // 1024, round(used.ru_utime + used.ru_stime, 1)


def snakemake(folder: Path, *words: str, quiet: str = "all") -> list:
    common = [sys.executable, "-m", "snakemake", "--cores", 2, "--rerun-triggers", "mtime", "--quiet", quiet]
    return [*common, "--directory", folder / "run", *words, "--config", f"cohort={folder / 'cohort.tsv'}"]


def slurm_jobs(folder: Path) -> dict[str, int]:
    """How many SLURM jobs the profile makes of what is to do, by group and rule, as a dry run tells it."""
    words = [sys.executable, "-m", "snakemake", "-n", "--workflow-profile", "slurm"]
    words += ["--rerun-triggers", "mtime", "--directory", folder / "run", "--config", f"cohort={folder / 'cohort.tsv'}"]
    timed(words, folder / "grouped")
    told = (folder / "grouped").read_text()
    return dict(Counter(re.findall(r"Group job (\w+)", told) + re.findall(r"^rule (\w+):$", told, re.MULTILINE)))


def rules_of(log: Path) -> dict[str, int]:
    found = dict(re.findall(r"^(\w+) +(\d+)$", log.read_text(), re.MULTILINE))
    return {rule: int(count) for rule, count in found.items() if rule != "total"}


def touch_everything(folder: Path) -> int:
    """Make every output that is still to come as an empty file; returns how many there are."""
    summary = folder / "summary.tsv"
    timed([*snakemake(folder, "--summary")], summary)
    names = [
        line.split("\t")[0] for line in summary.read_text().splitlines() if line.startswith(("results", "reports"))
    ]
    for name in names:
        path = folder / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(HEADER if path.parent.name == "cohort" else "")
    return len(names)


def measure(scans: int, count: bool, schedule: bool) -> dict:
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        make_sheet(folder, scans)
        found: dict = {"scans": scans, "new": timed(snakemake(folder, "-n"), folder / "new")}
        first = slurm_jobs(folder)["check_input"] if count else 0
        pretend_inspected(folder)
        found["readable"] = timed(screening(folder), folder / "log")
        found["inspected"] = timed(snakemake(folder, "-n"), folder / "planned")
        rules = rules_of(folder / "planned")
        found["jobs"] = sum(rules.values()) + scans
        found["slurm_jobs"] = first + sum(slurm_jobs(folder).values()) if count else None
        if schedule:
            found["files"] = touch_everything(folder)
            # Seconds of the processor: Snakemake sleeps 0.1 s for each file that it touches.
            found["scheduled"] = timed(
                snakemake(folder, "--touch", "--forceall", "--until", "select_included"), folder / "log"
            )
        print(json.dumps(found), flush=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, nargs="*", default=[200, 2000])
    parser.add_argument(
        "--count", type=int, nargs="*", default=[200, 2000], help="sizes of which SLURM jobs are counted"
    )
    parser.add_argument(
        "--schedule", type=int, nargs="*", default=[], help="sizes of which the scheduling is timed too"
    )
    wanted = parser.parse_args()
    rows = [measure(scans, scans in wanted.count, scans in wanted.schedule) for scans in wanted.scans]
    print("\n  scans    jobs  SLURM  dry run, new   after inspection")
    for row in rows:
        (first, _, _), (second, memory, _) = row["new"], row["inspected"]
        jobs = f"{row['jobs']:7} {row['slurm_jobs'] or 'n/a':>6}"
        print(f"{row['scans']:7} {jobs} {first:9.1f} s {second:9.1f} s, {memory} MB")
    print(json.dumps({"scale": rows}))


if __name__ == "__main__":
    main()
