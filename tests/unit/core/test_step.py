import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from adrepro.core.files import read_json
from adrepro.core.step import WORKFLOW_PID

STEP = (
    "import time\nfrom adrepro.core import step\ndef nap() -> None:\n    'Sleep.'\n    time.sleep(30)\nstep.run(nap)\n"
)


FAULT = """from pathlib import Path
from adrepro.core import step
from adrepro.core.errors import ScanFault
def look(scan: Path) -> None:
    'Look.'
    raise ScanFault(f"{scan}: is cut, as is /data/of (somebody)/me@home/x.nii; copy it again")
step.run(look)
"""


def test_a_reason_that_goes_into_tables_names_no_folder(tmp_path):
    scan, failed = tmp_path / "secret (place)" / "sub-01_T1w.nii.gz", tmp_path / "failed" / "sub-01.json"
    words = [sys.executable, "-c", FAULT, "--scan", scan, "--failed", failed]
    found = subprocess.run(words, capture_output=True, text=True)
    assert found.returncode == 1 and str(scan) in found.stderr
    reason = read_json(failed)["reason"]
    assert reason.startswith("sub-01_T1w.nii.gz: is cut") and "me@home" not in reason


def start(workflow):
    words = [sys.executable, "-c", STEP]
    return subprocess.Popen(words, env=os.environ | {WORKFLOW_PID: str(workflow)}, stdout=subprocess.DEVNULL)


def test_a_step_ends_soon_after_its_workflow():
    workflow = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    step = start(workflow.pid)
    time.sleep(1.5)
    assert step.poll() is None
    workflow.kill()
    workflow.wait()
    assert step.wait(10) == -signal.SIGTERM


POOL = """import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from adrepro.simulation.simulate import _begin_worker
with ProcessPoolExecutor(2, initializer=_begin_worker, initargs=(os.getpid(),)) as pool:
    print(*{job.result() for job in [pool.submit(os.getpid) for _ in range(20)]}, flush=True)
    time.sleep(60)
"""


def test_processes_of_a_pool_end_with_the_one_that_made_them():
    main = subprocess.Popen([sys.executable, "-c", POOL], stdout=subprocess.PIPE, text=True)
    workers = [Path("/proc") / pid for pid in main.stdout.readline().split()]
    assert workers and all(worker.exists() for worker in workers)
    main.kill()
    main.wait()
    end = time.monotonic() + 60
    while any(worker.exists() for worker in workers) and time.monotonic() < end:
        time.sleep(0.2)
    assert not any(worker.exists() for worker in workers)


def test_a_workflow_that_cannot_be_seen_is_not_watched():
    step = start(2**22 + 1)  # above the largest process id of Linux
    time.sleep(4)
    alive = step.poll() is None
    step.kill()
    step.wait()
    assert alive
