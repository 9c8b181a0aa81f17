"""The tiny study: its command, its digests, and how to kill it."""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

REPOSITORY = Path(__file__).parents[1]
CONFIG = REPOSITORY / "tests" / "tiny_study.yaml"


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow"), "PWD": str(REPOSITORY)}


def make_sheet(folder: Path) -> Path:
    """The sheet of the tiny study; its scans are simulated by each run, in the run's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "adrepro", "simulate", "--sheet", folder / "cohort.tsv", "--config", CONFIG]
    subprocess.run(words, cwd=REPOSITORY, env=environment(), check=True, capture_output=True)
    return folder / "cohort.tsv"


def make_real(sheet: Path, run: Path, folder: Path) -> Path:
    """The sheet again, with the simulated images of `run` as a dataset that is no simulation; returns it."""
    table = pd.read_csv(sheet, sep="\t", dtype=str, keep_default_na=False)
    shutil.copytree(run / "resources", folder / "images")
    table["t1w"] = [t1w if t1w == "n/a" else "images" + t1w.split("resources")[1] for t1w in table["t1w"]]
    table.assign(dataset="real").to_csv(folder / "good.tsv", sep="\t", index=False)
    return folder / "good.tsv"


def command(sheet: Path, run: Path, profile: str = "default", *more: str | Path) -> list[str]:
    """The one command of a study: what was killed goes on when it is typed again."""
    cores = ["--cores", "2"] if profile == "default" else []
    words = [sys.executable, "-m", "snakemake", *cores, "--workflow-profile", profile]
    words += ["--directory", run, "--configfile", CONFIG, *more, "--config", f"cohort={sheet}"]
    return list(map(str, words))


def digests(run: Path) -> dict[str, str]:
    """SHA-256 of every table, map, model and page of a run, without those of a partial report."""
    kinds = ("*.tsv", "*.npy", "*.nii.gz", "*.safetensors")
    files = [path for kind in kinds for path in run.glob(f"results/**/{kind}")] + [run / "reports/comparison.html"]
    files = [path for path in files if not path.is_relative_to(run / "results/partial")]
    return {str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def descendants(pid: int) -> list[int]:
    """Processes that `pid` started, and those that they started."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    return [each for child in map(int, found) for each in (child, *descendants(child))]


def is_step(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"-m\0adrepro." in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def kill(main: subprocess.Popen, what: str, choose: random.Random) -> str:
    """SIGKILL for Snakemake alone, for one of its steps, or for the whole tree; returns what was hit."""
    below = descendants(main.pid)
    steps = [pid for pid in below if is_step(pid)]
    victims = {"workflow": [main.pid], "step": [choose.choice(steps)] if steps else [], "tree": [*below, main.pid]}[
        what
    ]
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return what if victims else ""


def run_and_kill(
    words: list[str], after: float, what: str, choose: random.Random, log: Path, at_work: bool = False
) -> tuple[str, int | None]:
    """Run a command, kill it after so many seconds; returns what was hit and the exit status, if it ended by itself.

    A kill of a step waits for one, and every kill does with `at_work`.
    """
    at_work = at_work or what == "step"
    with open(log, "a") as out:
        main = subprocess.Popen(words, cwd=REPOSITORY, env=environment(), stdout=out, stderr=out)
        end = time.monotonic() + after
        while main.poll() is None and (
            time.monotonic() < end or (at_work and not any(map(is_step, descendants(main.pid))))
        ):
            time.sleep(0.1)
        if main.poll() is not None:
            return "", main.returncode
        hit = kill(main, what, choose)
        if what == "step":  # the workflow itself lives: it ends with what was not hit
            return hit, main.wait()
        main.wait()
        return hit, None
