"""Packs the maps of all scans into one array on disk, so that training reads no compressed file twice."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.exposure import equalize_hist

from adrepro.cohort.cohort_sheet import scan_folder
from adrepro.core import step
from adrepro.core.files import read_table, replacing, reserve, write_table
from adrepro.imaging.volumes import load


def pack(
    accepted: Path, derivatives: Path, suffix: str, out: Path, index: Path, smooth_mm: float, equalise: bool
) -> None:
    """Write the maps named `<scan>_<suffix>` as one float32 array (scans, X, Y, Z) and its index of scans.

    `smooth_mm` is the full width at half maximum of a Gaussian, 0 for none; `equalise` makes each histogram flat.
    """
    scans = read_table(accepted)
    with replacing(out) as temporary:
        packed = None
        for number, scan in enumerate(scans["scan"]):
            volume = load(derivatives / scan_folder(scan) / "anat" / f"{scan}_{suffix}")
            data = volume.data
            if smooth_mm:
                data = gaussian_filter(data, smooth_mm / 2.3548 / volume.voxel_mm)
            if equalise:
                data = equalize_hist(data)
            if packed is None:
                shape = (len(scans), *data.shape)
                packed = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
                reserve(temporary, temporary.stat().st_size)
            packed[number] = data
            print(f"{number + 1} of {len(scans)}: {scan}", flush=True)
        if packed is not None:
            packed.flush()
    write_table(index, scans[["participant_id", "session_id"]])


if __name__ == "__main__":
    step.run(pack)
