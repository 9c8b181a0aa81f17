"""Simulate the scanner: pose, contrast, partial volume, bias field, noise, voxel size and data type."""

from functools import lru_cache

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from adrepro.config.settings.simulation import Scanner
from adrepro.imaging.grids import Grid, apply_affine, shape_of
from adrepro.imaging.volumes import Volume
from adrepro.simulation.anatomy import GRAY, TISSUES, Head, make_head
from adrepro.simulation.deformation import Deformation, sample_together

BRAIN = ("CSF", "GM", "WM")
FIELD_OF_VIEW_MM = np.array([200.0, 244.0, 236.0])
FIELD_OF_VIEW_CENTER_MM = np.array([0.0, -20.0, -4.0])


@lru_cache(maxsize=3)
def _partial_volume_maps(head: Head, means: tuple[float, ...], sigma_mm: float) -> np.ndarray:
    """Return maps of partial volume and signal, smoothed to the voxel size of the scanner.

    Parameters
    ----------
    head : Head
        The head model.
    means : tuple of float
        Signal of each of `TISSUES`.
    sigma_mm : float
        Standard deviation of the smoothing in mm.

    Returns
    -------
    ndarray, shape (4, X, Y, Z)
        Fraction of each tissue of `BRAIN`, then the signal, on the grid of the head model.
    """
    labels = head.tissue.data
    shares = [np.isin(labels, GRAY if name == "GM" else TISSUES.index(name) + 1).astype(np.float32) for name in BRAIN]
    signal = np.array([0.0, *means], dtype=np.float32)[labels]
    return np.stack([gaussian_filter(part, sigma_mm, truncate=3) for part in (*shares, signal)])


def scan_grid(scanner: Scanner, rng: np.random.Generator) -> tuple[Grid, np.ndarray]:
    """Draw the grid of a scan: voxel size and axes of the scanner, a random origin, and a random pose of the head.

    Parameters
    ----------
    scanner : Scanner
        Settings of the scanner.
    rng : numpy.random.Generator
        Random generator.

    Returns
    -------
    grid : Grid
        Grid of the scan, native space.
    to_head : ndarray, shape (4, 4)
        From native space to the space of the head, both in mm.
    """
    voxel = np.array(scanner.voxel_mm, dtype=float)
    shape = np.round(FIELD_OF_VIEW_MM / voxel).astype(int)
    canonical = np.diag([*voxel, 1.0])
    canonical[:3, 3] = FIELD_OF_VIEW_CENTER_MM - (shape - 1) / 2 * voxel
    target = nib.orientations.axcodes2ornt(tuple(scanner.axes))
    steps = nib.orientations.ornt_transform(nib.orientations.io_orientation(canonical), target)
    affine = canonical @ nib.orientations.inv_ornt_aff(steps, tuple(shape))
    order = np.argsort(steps[:, 0])
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("xyz", rng.normal(0, scanner.pose_degrees, 3), degrees=True).as_matrix()
    pose[:3, 3] = rng.normal(0, 4, 3)
    origin = np.eye(4)
    origin[:3, 3] = rng.normal(0, scanner.origin_mm, 3)
    return Grid(shape_of(shape[order]), origin @ affine), pose @ np.linalg.inv(origin)


def bias_field(grid: Grid, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Return a smooth, positive bias field: the exponential of three random waves of low frequency.

    Parameters
    ----------
    grid : Grid
        Grid of the scan.
    strength : float
        Standard deviation of the logarithm of the field.
    rng : numpy.random.Generator
        Random generator.

    Returns
    -------
    ndarray, shape (X, Y, Z)
        Factors with a geometric mean of 1, float32.
    """
    axes = np.meshgrid(*(np.linspace(-1, 1, n, dtype=np.float32) for n in grid.shape), indexing="ij", sparse=True)
    log_field = np.zeros(grid.shape, dtype=np.float32)
    for _ in range(3):
        direction, phase = rng.normal(0, 1, 3), rng.uniform(0, 2 * np.pi)
        log_field += np.sin(sum(np.float32(d) * a for d, a in zip(direction, axes, strict=True)) * 1.5 + phase)
    log_field *= strength / max(float(log_field.std()), 1e-6)
    return np.exp(log_field - log_field.mean())


def acquire(
    deformation: Deformation,
    scale: np.ndarray,
    scanner: Scanner,
    rng: np.random.Generator,
    head: Head | None = None,
) -> tuple[nib.Nifti1Image, dict[str, Volume], np.ndarray]:
    """Simulate the scan of one head.

    Parameters
    ----------
    deformation : Deformation
        From points of the participant to points of the template.
    scale : ndarray, shape (3,)
        Size of the head relative to the template.
    scanner : Scanner
        Settings of the scanner.
    rng : numpy.random.Generator
        Random generator of pose, bias field and noise.
    head : Head, optional
        The head model; by default that of `make_head`.

    Returns
    -------
    image : Nifti1Image
        The scan, native space, with the header of a scanner.
    truth : dict of Volume
        Ground-truth fraction of CSF, GM and WM in each voxel (0 to 1), native space.
    to_head : ndarray, shape (4, 4)
        From native space to the space of the participant's head, in which `deformation` begins, both in mm.
    """
    grid, to_head = scan_grid(scanner, rng)
    to_head = np.diag([*(1 / scale), 1.0]) @ to_head
    points = deformation(apply_affine(to_head, grid.points()))
    sigma_mm = float(np.cbrt(np.prod(scanner.voxel_mm))) / 2.355
    signals = scanner.contrast.model_dump()
    signals["nuclei"] = (signals["GM"] + signals["WM"]) / 2
    means = tuple(float(signals[name]) for name in TISSUES)
    head = head or make_head()
    *shares, signal = sample_together(_partial_volume_maps(head, means, sigma_mm), head.tissue.affine, points)
    truth = {name: Volume(share, grid.affine) for name, share in zip(BRAIN, shares, strict=True)}
    signal = signal * bias_field(grid, scanner.bias, rng)
    noise = rng.normal(0, scanner.noise, (2, *grid.shape)).astype(np.float32)
    magnitude = np.hypot(signal + noise[0], noise[1])  # Rician, as in magnitude images
    return _encode(magnitude, grid, scanner.dtype), truth, to_head


def _encode(magnitude: np.ndarray, grid: Grid, dtype: str) -> nib.Nifti1Image:
    """Return the scan in the data type of the scanner; integers without a slope."""
    if dtype != "float32":
        magnitude = np.round(magnitude / 1.6 * {"uint8": 255, "int16": 4000}[dtype])
        magnitude = np.clip(magnitude, 0, np.iinfo(dtype).max)
    image = nib.Nifti1Image(magnitude.astype(dtype), grid.affine)
    image.set_qform(grid.affine, code=1)
    image.set_sform(grid.affine, code=1)
    return image
