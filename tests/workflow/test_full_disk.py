"""A disk that is full at every stage, on a file system of its own that grows from run to run."""

import os
import subprocess

import pytest

import tiny

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="a small file system of its own needs root"),
]


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk, and a function that gives the disk so many MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    yield folder, lambda mb: subprocess.run(["mount", "-o", f"remount,size={mb}m", folder], check=True)
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_and_the_same_command_goes_on_when_there_is_room(disk, undisturbed):
    folder, grow = disk
    sheet, home = undisturbed
    words = tiny.command(sheet, folder / "run")
    stages = set()
    for size in (2, 26, 34, 40, 49, 60, 72, 400):
        grow(size)
        found = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
        assert "Traceback" not in found.stderr
        if found.returncode == 0:
            break
        assert "No space left on device" in found.stderr
        stages |= {
            line.split()[3].rstrip(",:") for line in found.stderr.splitlines() if line.startswith("Error in rule")
        }
    assert found.returncode == 0 and len(stages) >= 3, stages
    assert tiny.digests(folder / "run") == tiny.digests(home)


def test_a_folder_that_cannot_be_written_to_is_told(disk, undisturbed):
    folder, grow = disk
    grow(50)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    words = tiny.command(undisturbed[0], folder / "run")
    found = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
    assert found.returncode != 0 and str(folder) in found.stderr and "Read-only file system" in found.stderr
