"""Planted leakage that the checks find, and false alarms on clean studies.

`python tests/performance/leaks.py [--clean 200]`

Each kind of leakage of `tests/leak_kinds.py`, in chains of one to four models among others, is planted in a small study
on its own. The last line is JSON.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from leak_kinds import KINDS, found_as  # noqa: E402
from leak_studies import LeakStudy  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clean", type=int, default=200)
    given = parser.parse_args()
    found, alarms = 0, 0
    for kind, (plant, expected) in KINDS.items():
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            study = LeakStudy(Path(folder))
            plant(study)
            hit = found_as(study, expected)
        found += hit
        print(f"{'found' if hit else 'MISSED'}: {kind}", flush=True)
    for seed in range(given.clean):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            alarms += LeakStudy(Path(folder), seed=100 + seed).check().verdict != "clean"
    print(f"{found} of {len(KINDS)} planted leaks found; {alarms} false alarms on {given.clean} clean studies")
    print(json.dumps({"planted": len(KINDS), "found": found, "clean": given.clean, "false_alarms": alarms}))


if __name__ == "__main__":
    main()
