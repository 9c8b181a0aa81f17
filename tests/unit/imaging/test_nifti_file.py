import gzip
import os

import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.nifti_file import read_image


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_cut_stream_is_refused(head, share):
    path = head()
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(ScanFault, match="damaged"):
        read_image(path)


def test_a_payload_shorter_than_the_header_declares_is_refused(head):
    path = head()
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1000]))
    with pytest.raises(ScanFault, match="its header declares"):
        read_image(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (b"<html>404</html>", "not a NIfTI"), (gzip.compress(b"<html>404</html>"), "not a NIfTI")],
    ids=["empty", "page of an error", "page of an error, compressed"],
)
def test_what_is_no_image_is_refused(tmp_path, content, reason):
    path = tmp_path / "sub-01_T1w.nii.gz"
    path.write_bytes(content)
    with pytest.raises(ScanFault, match=f"sub-01_T1w.nii.gz: .*{reason}"):
        read_image(path)


def test_a_missing_file_is_a_fault_of_the_scan(tmp_path):
    with pytest.raises(ScanFault, match="no such file"):
        read_image(tmp_path / "sub-01_T1w.nii.gz")


@pytest.mark.parametrize("missing", [1, 100, 352])
def test_an_uncompressed_copy_that_was_cut_is_refused(head, missing):
    path = head("sub-01_T1w.nii")
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(ScanFault, match="its header declares"):
        read_image(path)


def test_what_is_no_regular_file_is_refused_and_never_waited_for(tmp_path):
    (tmp_path / "folder.nii.gz").mkdir()
    os.mkfifo(tmp_path / "pipe.nii.gz")
    (tmp_path / "device.nii.gz").symlink_to("/dev/zero")
    for name in ("folder", "pipe", "device"):
        with pytest.raises(ScanFault, match="expected a file"):
            read_image(tmp_path / f"{name}.nii.gz")


def test_a_small_file_that_unpacks_without_end_is_refused(head):
    path = head()
    with gzip.open(path, "ab") as more:
        for _ in range(100):
            more.write(bytes(1 << 20))
    with pytest.raises(ScanFault, match="far more"):
        read_image(path)
