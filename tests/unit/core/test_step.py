import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adrepro.config.settings.analysis import BootstrapSettings
from adrepro.config.settings.cohort import Match, Task
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


TYPED = """from pathlib import Path
from adrepro.config.settings.analysis import BootstrapSettings
from adrepro.config.settings.cohort import Match, Task
from adrepro.core import step
def look(
    scan: Path, count: int, names: list[str], files: list[Path], settings: BootstrapSettings, tasks: dict[str, Task],
    equalize: bool, match: Match | None, reference: str | None, several: list[BootstrapSettings], optional: int = 7,
) -> None:
    'Look.'
    for name, value in dict(locals()).items():
        print(f'{name}={value!r}')
step.run(look)
"""
FLAGS = {
    "scan": "a/b.nii",
    "count": "3",
    "names": ["CN", "AD"],
    "files": [],
    "settings": '{"replicates": 500, "confidence_level": 0.9}',
    "tasks": '{"sex": {"column": "sex", "positive": "F", "negative": ["M", "O"]}}',
    "equalize": "true",
    "match": '{"age_p": 0.5, "sex_p": 0.6, "draws": 9}',
    "reference": '"svm"',
    "several": '[{"replicates": 100}]',
}


def look(**flags):
    """Run a step with typed parameters; a flag that is None is left out."""
    words = [sys.executable, "-c", TYPED]
    for name, value in (FLAGS | flags).items():
        words += [] if value is None else [f"--{name}", *([value] if isinstance(value, str) else value)]
    return subprocess.run(words, capture_output=True, text=True)


def test_arguments_arrive_as_the_types_of_the_parameters():
    found = look()
    assert found.returncode == 0, found.stderr
    expected = {
        "scan": Path("a/b.nii"),
        "count": 3,
        "names": ["CN", "AD"],
        "files": [],
        "settings": BootstrapSettings(replicates=500, confidence_level=0.9),
        "tasks": {"sex": Task(column="sex", positive="F", negative=["M", "O"])},
        "equalize": True,
        "match": Match(age_p=0.5, sex_p=0.6, draws=9),
        "reference": "svm",
        "several": [BootstrapSettings(replicates=100)],
        "optional": 7,
    }
    assert found.stdout.splitlines() == [f"{name}={value!r}" for name, value in expected.items()]


def test_null_arrives_as_none_and_defaults_of_settings_are_filled_in():
    found = look(match="null", reference="null", settings="{}", equalize="false", optional="8")
    assert found.returncode == 0, found.stderr
    for part in ("match=None", "reference=None", "equalize=False", "replicates=10000", "optional=8"):
        assert part in found.stdout


@pytest.mark.parametrize(
    ("flag", "value", "fault"),
    [
        ("settings", '{"replicates": "500"}', "replicates: Input should be a valid integer"),
        ("settings", '{"replicates": 1}', "replicates: Input should be greater"),
        ("settings", '{"replicate": 500}', "replicate: Extra inputs"),
        ("settings", "null", "Input should be an object"),
        ("settings", "{replicates: 500}", "Invalid JSON"),
        ("tasks", '{"sex": {"positive": 1}}', "sex.positive"),
        ("tasks", "[]", "Input should be an object"),
        ("equalize", "yes please", "Invalid JSON"),
        ("match", '{"draws": 0}', "draws: Input should be greater"),
        ("reference", "svm", "Invalid JSON"),  # text is in quotes where null is allowed
        ("several", '[{"replicates": 1}]', "0.replicates: Input should be greater"),
        ("count", "3.5", "int value"),
        ("optional", "seven", "int value"),
    ],
)
def test_a_wrong_value_ends_with_exit_code_2_and_names_the_flag_and_the_key(flag, value, fault):
    found = look(**{flag: value})
    assert found.returncode == 2 and found.stdout == "" and "Traceback" not in found.stderr
    assert f"argument --{flag}: invalid" in found.stderr and fault in found.stderr and repr(value) in found.stderr


def test_a_missing_flag_is_named():
    found = look(settings=None)
    assert found.returncode == 2 and "required: --settings" in found.stderr


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
