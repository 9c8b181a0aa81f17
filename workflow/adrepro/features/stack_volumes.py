"""Maps of all scans in one array on disk, so that training reads each compressed file once."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.exposure import equalize_hist

from adrepro.cohort.scan_paths import scan_folder
from adrepro.core import step
from adrepro.core.files import replacing, reserve
from adrepro.core.tables import read_table, write_table
from adrepro.imaging.volumes import load


def stack_volumes(
    included: Path, derivatives: Path, suffix: str, out: Path, index: Path, smoothing_fwhm_mm: float, equalize: bool
) -> None:
    """Write the maps of all included scans as one array, and the index of its rows.

    Parameters
    ----------
    included : Path
        TSV of included scans: `participant_id session_id scan` (input).
    derivatives : Path
        Folder of the derivatives, with a map `<scan>_<suffix>` of each scan (input).
    suffix : str
        End of the names of the maps, with their extension.
    out : Path
        `.npy` file to write, float32, shape (scans, X, Y, Z), template space.
    index : Path
        TSV to write: `participant_id session_id`, in the order of the array.
    smoothing_fwhm_mm : float
        Full width at half maximum of a Gaussian in mm; 0 for no smoothing.
    equalize : bool
        Whether to equalize the histogram of each map.
    """
    scans = read_table(included)
    with replacing(out) as temporary:
        stacked: np.memmap | None = None
        for number, scan in enumerate(scans["scan"]):
            volume = load(derivatives / scan_folder(scan) / "anat" / f"{scan}_{suffix}")
            data = volume.data
            if smoothing_fwhm_mm:
                data = gaussian_filter(data, smoothing_fwhm_mm / 2.3548 / volume.voxel_mm)
            if equalize:
                data = equalize_hist(data)
            if stacked is None:
                shape = (len(scans), *data.shape)
                stacked = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
                reserve(temporary, temporary.stat().st_size)
            stacked[number] = data
            print(f"{number + 1} of {len(scans)}: {scan}", flush=True)
        if stacked is not None:
            stacked.flush()
    write_table(index, scans[["participant_id", "session_id"]])


if __name__ == "__main__":
    step.run(stack_volumes)
