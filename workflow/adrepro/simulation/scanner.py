"""How a simulated scanner sees a head: pose, contrast, partial volume, bias field, noise, voxels and data type."""

from functools import lru_cache

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from adrepro.imaging.grids import Grid, transform
from adrepro.imaging.volumes import Volume
from adrepro.simulation.anatomy import TISSUES, Deformation, make_head, sample_together

BRAIN = ("CSF", "GM", "WM")
FIELD_OF_VIEW_MM = np.array([200.0, 244.0, 236.0])
FIELD_OF_VIEW_CENTRE_MM = np.array([0.0, -20.0, -4.0])


@lru_cache(maxsize=3)
def _head_as_seen(means: tuple[float, ...], sigma_mm: float) -> np.ndarray:
    """Share of each of `BRAIN`, then the signal of tissues with `means`, as voxels of the scanner average them.

    Returns an array (4, X, Y, Z) on the grid of the template head.
    """
    labels = make_head().tissue.data
    shares = [(labels == TISSUES.index(name) + 1).astype(np.float32) for name in BRAIN]
    signal = np.array([0.0, *means], dtype=np.float32)[labels]
    return np.stack([gaussian_filter(part, sigma_mm, truncate=3) for part in (*shares, signal)])


def scan_grid(scanner: dict, rng: np.random.Generator) -> tuple[Grid, np.ndarray]:
    """Voxel grid in the scanner's axes order with a tilted head, and the map from its world to head space (4 x 4)."""
    voxel = np.array(scanner["voxel_mm"], dtype=float)
    shape = np.round(FIELD_OF_VIEW_MM / voxel).astype(int)
    canonical = np.diag([*voxel, 1.0])
    canonical[:3, 3] = FIELD_OF_VIEW_CENTRE_MM - (shape - 1) / 2 * voxel
    target = nib.orientations.axcodes2ornt(tuple(scanner["axes"]))
    steps = nib.orientations.ornt_transform(nib.orientations.io_orientation(canonical), target)
    affine = canonical @ nib.orientations.inv_ornt_aff(steps, tuple(shape))
    order = np.argsort(steps[:, 0])
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("xyz", rng.normal(0, scanner["pose_degrees"], 3), degrees=True).as_matrix()
    pose[:3, 3] = rng.normal(0, 4, 3)
    origin = np.eye(4)
    origin[:3, 3] = rng.normal(0, scanner["origin_mm"], 3)
    return Grid(tuple(int(n) for n in shape[order]), origin @ affine), pose @ np.linalg.inv(origin)


def bias_field(grid: Grid, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth positive field of mean 1 over the grid: the exponential of three slow random waves."""
    axes = np.meshgrid(*(np.linspace(-1, 1, n, dtype=np.float32) for n in grid.shape), indexing="ij", sparse=True)
    log_field = np.zeros(grid.shape, dtype=np.float32)
    for _ in range(3):
        direction, phase = rng.normal(0, 1, 3), rng.uniform(0, 2 * np.pi)
        log_field += np.sin(sum(np.float32(d) * a for d, a in zip(direction, axes, strict=True)) * 1.5 + phase)
    log_field *= strength / max(float(log_field.std()), 1e-6)
    return np.exp(log_field - log_field.mean())


def acquire(
    deformation: Deformation, scale: np.ndarray, scanner: dict, rng: np.random.Generator
) -> tuple[nib.Nifti1Image, dict[str, Volume], np.ndarray]:
    """Scan one head.

    Parameters
    ----------
    deformation : Deformation
        From the participant's to the template's points.
    scale : ndarray, shape (3,)
        Size of the head relative to the template.
    scanner : dict
        Settings `voxel_mm axes dtype noise bias contrast pose_degrees origin_mm`.
    rng : numpy.random.Generator
        Source of pose, bias field and noise.

    Returns
    -------
    image : Nifti1Image
        The scan with a header as the scanner gives it.
    truth : dict of Volume
        Share of GM, WM and CSF in each voxel of the scan (0 to 1), native space.
    to_head : ndarray, shape (4, 4)
        From points of the scan's world to the head's, where `deformation` begins, both in mm.
    """
    grid, to_head = scan_grid(scanner, rng)
    to_head = np.diag([*(1 / scale), 1.0]) @ to_head
    points = deformation(transform(to_head, grid.points()))
    sigma_mm = float(np.cbrt(np.prod(scanner["voxel_mm"]))) / 2.355
    means = tuple(float(scanner["contrast"][name]) for name in TISSUES)
    *shares, signal = sample_together(_head_as_seen(means, sigma_mm), make_head().tissue.affine, points)
    truth = {name: Volume(share, grid.affine) for name, share in zip(BRAIN, shares, strict=True)}
    signal = signal * bias_field(grid, scanner["bias"], rng)
    noise = rng.normal(0, scanner["noise"], (2, *grid.shape)).astype(np.float32)
    magnitude = np.hypot(signal + noise[0], noise[1])  # Rician, as in magnitude images
    return _encode(magnitude, grid, scanner["dtype"]), truth, to_head


def _encode(magnitude: np.ndarray, grid: Grid, dtype: str) -> nib.Nifti1Image:
    """Store in the scanner's data type: integers use their range, `uint8` and `int16` without a slope."""
    if dtype != "float32":
        magnitude = np.round(magnitude / 1.6 * {"uint8": 255, "int16": 4000}[dtype])
        magnitude = np.clip(magnitude, 0, np.iinfo(dtype).max)
    image = nib.Nifti1Image(magnitude.astype(dtype), grid.affine)
    image.set_qform(grid.affine, code=1)
    image.set_sform(grid.affine, code=1)
    return image
