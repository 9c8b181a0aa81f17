"""Brain extraction: template-based, provided mask, or HD-BET."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from adrepro.core.errors import ScanFault, UserError
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume, isotropic_grid, save
from adrepro.preprocessing.head_mask import largest_component
from adrepro.preprocessing.initial_alignment import dilate
from adrepro.preprocessing.registration.ants_backend import register_syn

HEAD_MM = 3.0  # finer voxels give the same edge, in more time
MIN_BRAIN_ML = 300


def from_template(
    scan: Volume, small: Volume, template: dict[str, Volume], affine: np.ndarray, iterations: list[int], seed: int
) -> np.ndarray:
    """Return the brain mask of the template, registered to the whole head by coarse SyN.

    Parameters
    ----------
    scan, small : Volume
        Bias-corrected T1w scan, native space, at its own resolution and at that of registration.
    template : dict of str to Volume
        `T1w` and `mask` of the template.
    affine : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    iterations : list of int
        Iterations per level of SyN, the last level at 3 mm.
    seed : int
        Random seed of ANTs.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
        Brain mask on the grid of `scan`.
    """
    coarse = {name: volume.on(isotropic_grid(volume.grid, HEAD_MM)) for name, volume in template.items()}
    head = small.on(isotropic_grid(small.grid, HEAD_MM))
    # Mutual information, since skull and scalp differ between scanners; smooth, since only the brain's edge is needed.
    transform = register_syn(
        coarse["T1w"],
        head,
        affine,
        iterations,
        seed,
        metric="mattes",
        radius=2,
        gradient_step=0.2,
        flow_sigma=3.0,
        mask=dilate(coarse["mask"]),
    )
    (mask,) = transform.resample([template["mask"]], scan.grid, float(template["mask"].voxel_mm[0]))
    return largest_component(mask.data > 0.5)


def from_file(path: Path, scan: Volume) -> np.ndarray:
    """Return a provided brain mask on the grid of a scan, by nearest neighbor.

    Parameters
    ----------
    path : Path
        Brain mask in the world space of the scan; its background is the lowest value.
    scan : Volume
        T1w scan, native space.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
        Brain mask on the grid of `scan`.

    Raises
    ------
    ScanFault
        If the mask is unreadable, or covers less than 300 ml of the scan.
    """
    mask, _ = read_scan(path)
    brain = mask.like((mask.data > mask.data.min()).astype(np.uint8)).at(scan.grid.points(), order=0) > 0
    volume_ml = brain.sum() * scan.grid.voxel_ml
    if volume_ml < MIN_BRAIN_ML:
        raise ScanFault(
            f"{path.name}: covers {volume_ml:.0f} ml of the scan, expected a brain mask in the space of the scan"
        )
    return brain


def from_hd_bet(scan: Volume) -> np.ndarray:
    """Return the brain mask of HD-BET (Isensee et al. 2019), an optional extra.

    Parameters
    ----------
    scan : Volume
        T1w scan, native space.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
        Brain mask on the grid of `scan`.

    Raises
    ------
    UserError
        If HD-BET is not installed, or failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "scan_0000.nii.gz"), Path(folder, "brain.nii.gz")
        save(source, scan)
        words = ["hd-bet", "-i", str(source), "-o", str(target), "-device", "cpu", "--disable_tta", "--save_bet_mask"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise UserError('brain_extraction: hd-bet is not installed; pip install -e ".[hd-bet]"') from None
        made = sorted(Path(folder).glob("brain*bet*.nii.gz"))
        if done.returncode or not made:
            last = (done.stderr.strip().splitlines() or ["no mask was written"])[-1]
            raise UserError(
                f"HD-BET failed ({last}). At its first run it downloads its weights from zenodo.org: run `hd-bet` once "
                "on a machine with network access and copy ~/hd-bet_params, or set brain_extraction: atlas"
            )
        return from_file(made[0], scan)
