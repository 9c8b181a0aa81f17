"""Which voxels of a scan are brain: from the template, from a mask that exists, or from HD-BET."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from adrepro.core.errors import ScanFault, UserError
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume, isotropic_grid, save
from adrepro.preprocessing.initial_alignment import largest_part, widened
from adrepro.preprocessing.registration.ants_backend import register_syn

# Mutual information, since skull and scalp differ between scanners; smooth, since only the brain's edge is wanted.
HEAD_MM = 3.0  # finer voxels find the same edge, later
HEAD_SYN = {"metric": "mattes", "radius": 2, "gradient_step": 0.2, "flow_sigma": 3.0}


def from_template(
    scan: Volume, small: Volume, template: dict[str, Volume], affine: np.ndarray, iterations: list[int], seed: int
) -> np.ndarray:
    """Boolean mask on the grid of `scan`, by coarse SyN of the template to the whole head `small`."""
    coarse = {name: volume.on(isotropic_grid(volume.grid, HEAD_MM)) for name, volume in template.items()}
    head = small.on(isotropic_grid(small.grid, HEAD_MM))
    mapping = register_syn(coarse["T1w"], head, affine, iterations, seed, **HEAD_SYN, mask=widened(coarse["mask"]))
    (mask,) = mapping.carry([template["mask"]], scan.grid, float(template["mask"].voxel_mm[0]))
    return largest_part(mask.data > 0.5)


def from_file(path: Path, scan: Volume) -> np.ndarray:
    """A mask that somebody made for this scan, in its world space; nearest neighbour onto its grid.

    Raises
    ------
    ScanFault
        If the mask is unreadable, empty, or covers nothing of the scan.
    """
    mask, _ = read_scan(path)
    brain = mask.like((mask.data > mask.data.min()).astype(np.uint8)).at(scan.grid.points(), order=0) > 0
    volume_ml = brain.sum() * scan.grid.voxel_ml
    if volume_ml < 300:
        raise ScanFault(f"{path.name}: covers {volume_ml:.0f} ml of the scan, expected a brain mask in its own space")
    return brain


def from_hd_bet(scan: Volume) -> np.ndarray:
    """Mask by HD-BET (Isensee et al. 2019), an optional extra with a network of its own."""
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
                "on a machine with a network and copy ~/hd-bet_params, or set brain_extraction: atlas"
            )
        return from_file(made[0], scan)
