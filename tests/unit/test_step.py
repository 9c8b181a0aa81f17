import os
import signal
import subprocess
import sys
import time

from adrepro.step import WORKFLOW_PID

STEP = "import time\nfrom adrepro import step\ndef nap() -> None:\n    'Sleep.'\n    time.sleep(30)\nstep.run(nap)\n"


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


def test_a_workflow_that_cannot_be_seen_is_not_watched():
    step = start(2**22 + 1)  # above the largest process id of Linux
    time.sleep(4)
    alive = step.poll() is None
    step.kill()
    step.wait()
    assert alive
