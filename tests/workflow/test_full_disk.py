"""A disk that is full at every stage, on a file system of its own that grows from run to run."""

import subprocess

import pytest

import tiny

pytestmark = pytest.mark.long


def test_a_full_disk_is_told_and_the_same_command_goes_on_when_there_is_room(disk, undisturbed):
    folder, grow = disk
    sheet, home = undisturbed
    words = tiny.command(sheet, folder / "run")
    stages = set()
    for size in (1, 2, 26, 34, 40, 49, 60, 72, 400):
        grow(size)
        found = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
        assert "Traceback" not in found.stderr
        if found.returncode == 0:
            break
        assert "No space left on device" in found.stderr and "Bus error" not in found.stderr
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


def test_a_disk_with_a_few_bytes_left_is_told(disk, undisturbed):
    folder, _ = disk
    words = tiny.command(undisturbed[0], folder / "run")
    (folder / "run").mkdir()
    (folder / "filled").write_bytes(bytes((1 << 20) - 4096 * 3))
    found = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
    assert found.returncode == 1 and "No space left on device; check the path, the free space" in found.stderr
    assert "WorkflowError" not in found.stderr and "Error in rule" not in found.stderr
