"""Kills the tiny study again and again, types the same command again, and compares all that it wrote.

    python tests/performance/kills.py [--kills 20] [--seed 0] [--longest 25]

SIGKILL hits Snakemake alone, one step, or the whole tree, in turn, at random moments, until the wanted number of kills
has hit; then the study may end. Compared byte for byte with an undisturbed run: tables, maps, models and the report.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import tiny

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--kills", type=int, default=20)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--longest", type=float, default=25, help="seconds until a kill, at most")
wanted = parser.parse_args()

folder = Path(tempfile.mkdtemp(prefix="kills-"))
sheet, choose = tiny.make_sheet(folder), random.Random(wanted.seed)
undisturbed, killed, log = folder / "undisturbed", folder / "killed", folder / "log"
with open(log, "w") as out:
    subprocess.run(
        tiny.command(sheet, undisturbed),
        cwd=tiny.REPOSITORY,
        env=tiny.environment(),
        stdout=out,
        stderr=out,
        check=True,
    )
hits: list[str] = []
ended: list[Path] = []  # studies that came to their end between kills; another then begins
while len(hits) < wanted.kills:
    what, after = ("workflow", "step", "tree")[len(hits) % 3], choose.uniform(2, wanted.longest)
    hit, status = tiny.run_and_kill(tiny.command(sheet, killed), after, what, choose, log)
    print(
        f"{after:5.1f} s  {what:8}  {'hit' if hit else 'missed'}  {'' if status is None else f'exit {status}'}",
        flush=True,
    )
    hits += [hit] if hit else []
    if not hit and status == 0:
        ended.append(killed)
        killed = folder / f"killed-{len(ended)}"
end = subprocess.run(
    tiny.command(sheet, killed), cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True
)
print(end.stderr[-1500:] if end.returncode else "ended well")
one = tiny.digests(undisturbed)
differing, left = [], []
for run in [*ended, killed]:
    other = tiny.digests(run)
    differing += [f"{run.name}/{name}" for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    left += [str(path.relative_to(folder)) for path in run.rglob(".part-*")]
figures = {"kills": len(hits), "by_kind": {k: hits.count(k) for k in sorted(set(hits))}, "exit": end.returncode,
           "files": len(one), "differing": differing, "unfinished_left": left, "studies": len(ended) + 1}  # fmt: skip
print(json.dumps(figures))
