"""`core.files` on a full disk: the error names the disk, and nothing is left under a final name."""

import errno
import tempfile

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from adrepro.core.files import replacing
from adrepro.core.tables import write_table
from adrepro.features.stack_volumes import stack_volumes
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.registration import ants_backend

MODEL = {"seed": 1, "metric": "CC", "radius": 2, "gradient_step": 0.2, "flow_sigma": 3}


def test_packing_ends_in_words_and_not_by_a_signal(disk):
    folder, _ = disk
    scans = pd.DataFrame({"participant_id": ["sub-1", "sub-2"], "session_id": "n/a", "scan": ["sub-1", "sub-2"]})
    write_table(folder / "included.tsv", scans)
    for name in scans["scan"]:
        volume = Volume(np.zeros((60, 60, 60), dtype=np.float32), np.eye(4))
        save(folder / name / "anat" / f"{name}_x.nii.gz", volume)
    settings = {"suffix": "x.nii.gz", "smoothing_fwhm_mm": 0, "equalize": False}
    with pytest.raises(OSError, match="No space left on device") as caught:
        stack_volumes(folder / "included.tsv", folder, out=folder / "x.npy", index=folder / "x.tsv", **settings)
    assert caught.value.filename and not list(folder.rglob("*.npy"))


def test_weights_that_find_no_room_are_a_fault_of_the_disk(disk):
    folder, _ = disk
    with pytest.raises(OSError) as caught, replacing(folder / "weights.safetensors") as temporary:
        save_file({"a": np.zeros(1 << 20)}, temporary)
    assert caught.value.errno == errno.ENOSPC and caught.value.filename.endswith("weights.safetensors")
    assert not list(folder.iterdir())


def test_a_full_temporary_folder_is_no_fault_of_the_scan(disk, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(disk[0]))
    draw = np.random.default_rng(0)
    one, other = (Volume(draw.uniform(size=(50, 50, 50)).astype(np.float32), np.eye(4)) for _ in range(2))
    with pytest.raises(OSError, match="No space left on device"):
        ants_backend.register_syn(one, other, np.eye(4), iterations=[2], **MODEL)
