"""Shared helpers of the tests: the repository, commands as a user types them, and small images."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import tiny

REPOSITORY = Path(__file__).parents[1]
LONGEST = (
    "test_slurm.py", "test_small_study.py", "test_kills.py", "test_plans.py", "test_oasis.py", "test_snakemake.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """The longest files first: of the two processes of `make test` none then waits for the other at the end."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def command():
    """Run `python -m MODULE ...` in a folder and return the finished process, output as text."""

    def run(*words: str | Path, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess:
        # The package of the folder that the command runs in, where it has one (a copy of the repository).
        env = os.environ | {"PYTHONPATH": str(cwd / "workflow"), "PWD": str(cwd)}
        words = [sys.executable, "-m", *map(str, words)]
        return subprocess.run(words, cwd=cwd, env=env, text=True, capture_output=True)

    return run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, request):
    """The sheet of the tiny study, and the folder of a run that nothing disturbed; one process makes it for all."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "tiny"
    folder.mkdir(exist_ok=True)
    sheet, run = folder / "cohort.tsv", folder / "run"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "reports/comparison.html").exists():
            tiny.make_sheet(folder)
            words = tiny.command(sheet, run)
            found = subprocess.run(words, cwd=REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
            assert found.returncode == 0, found.stderr[-3000:]
    return sheet, run


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of 1 MB, and a function that gives the disk so many MB; needs root."""
    if os.geteuid() != 0:
        pytest.skip("a small file system of its own needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    yield folder, lambda mb: subprocess.run(["mount", "-o", f"remount,size={mb}m", folder], check=True)
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def head(tmp_path: Path):
    """Write a small image that passes the gate (40^3 voxels of 5 mm) and return its path."""

    def write(
        name: str = "sub-01_T1w.nii.gz", data: np.ndarray | None = None, affine: np.ndarray | None = None
    ) -> Path:
        if data is None:
            data = np.random.default_rng(0).uniform(0, 1000, (40, 40, 40)).astype(np.float32)
        affine = np.diag([5.0, 5, 5, 1]) if affine is None else affine
        image = nib.Nifti1Image(data, affine)
        image.set_qform(affine, 1)
        image.set_sform(affine, 1)
        path = tmp_path / name
        nib.save(image, path)
        return path

    return write
