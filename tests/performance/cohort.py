"""How long a large BIDS dataset takes to index: `python tests/performance/cohort.py [--participants 2000]`.

Makes a tree of empty images (four sessions each, with a `sub-*_sessions.tsv`), writes its sheet with `adrepro cohort`,
once more with a clinical table of `--columns` columns, and plans the study on it with a dry run of Snakemake. The plain
way is pandas and pathlib's recursive search, file by file, and a merge. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

REPOSITORY = Path(__file__).parents[2]
MONTHS = (0, 12, 24, 36)


def make_tree(root: Path, participants: int) -> None:
    rows = []
    for number in range(participants):
        name = f"sub-P{number:05}"
        diagnosis = ("CN", "AD", "MCI", "MCI")[number % 4]
        for month in MONTHS:
            anat = root / name / f"ses-M{month:03}" / "anat"
            anat.mkdir(parents=True)
            (anat / f"{name}_ses-M{month:03}_T1w.nii.gz").touch()
        later = "AD" if number % 4 == 3 else diagnosis
        visits = [f"ses-M{m:03}\t{diagnosis if m < 24 else later}\t{70 + m / 12}\t27\t0.5" for m in MONTHS]
        text = "\n".join(["session_id\tdiagnosis\tage\tMMSE\tcdr_global", *visits])
        (root / name / f"{name}_sessions.tsv").write_text(text + "\n")
        rows.append(f"{name}\t{'FM'[number % 2]}")
    (root / "participants.tsv").write_text("\n".join(["participant_id\tsex", *rows]) + "\n")


def make_table(path: Path, participants: int, columns: int) -> None:
    """Write a clinical table with a row for each visit."""
    names = [f"X{number}" for number in range(columns - 4)]
    cells = ",".join("1.25" for _ in names)
    with path.open("w") as file:
        file.write(",".join(["PTID", "VISCODE", "PTEDUCAT", "MMSE", *names]) + "\n")
        for number in range(participants):
            for month in MONTHS:
                file.write(f"P{number:05},{f'm{month}' if month else 'bl'},16,27,{cells}\n")


def plainly(root: Path, table: Path | None = None) -> int:
    """What a short script would do: every image by a recursive search, every table by pandas, and a merge."""
    people = pd.read_csv(root / "participants.tsv", sep="\t")
    names = people["participant_id"]
    sessions = pd.concat([pd.read_csv(root / p / f"{p}_sessions.tsv", sep="\t").assign(id=p[4:]) for p in names])
    if table:
        sessions = sessions.merge(pd.read_csv(table), left_on="id", right_on="PTID")
    return len(sessions) + len(sorted(root.glob("**/*_T1w.nii.gz")))


def timed(words: list[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)}: failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=2000)
    parser.add_argument("--columns", type=int, default=700)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, sheet = Path(folder, "bids"), Path(folder, "run", "cohort.tsv")
        make_tree(root, given.participants)
        start = time.perf_counter()
        plainly(root)
        plain = time.perf_counter() - start
        index = [sys.executable, "-m", "adrepro", "cohort", "--bids", str(root), "--out", str(sheet)]
        seconds, memory = timed(index)
        table = Path(folder, "table.csv")
        make_table(table, given.participants, given.columns)
        table_s, table_mb = timed([*index, "--table", str(table), "--keep", "PTEDUCAT"])
        plan = [sys.executable, "-m", "snakemake", "-n", "-q", "--snakefile", str(REPOSITORY / "Snakefile")]
        dry, dry_memory = timed([*plan, "--directory", str(sheet.parent), "--config", f"cohort={sheet}"])
        start = time.perf_counter()  # last: the peak memory of a child begins with that of its parent
        plainly(root, table)
        plain_table = time.perf_counter() - start
    result = {
        "participants": given.participants, "sessions": len(MONTHS), "index_s": seconds, "plain_s": plain,
        "index_mb": memory, "dry_run_s": dry, "dry_run_mb": dry_memory, "columns": given.columns, "table_s": table_s,
        "table_plain_s": plain_table, "table_mb": table_mb,
    }  # fmt: skip
    print(f"{given.participants} participants x {len(MONTHS)}: indexed in {seconds:.1f} s ({plain / seconds:.1f} times")
    print(f"faster than plainly), {memory:.0f} MB; planned in {dry:.1f} s, {dry_memory:.0f} MB")
    print(f"with a table of {given.columns} columns: {table_s:.1f} s ({plain_table:.1f} s plainly), {table_mb:.0f} MB")
    print(json.dumps({key: round(value, 2) for key, value in result.items()}))


if __name__ == "__main__":
    main()
