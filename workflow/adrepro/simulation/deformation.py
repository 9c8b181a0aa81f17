"""Diffeomorphic deformations of the template (individual anatomy and atrophy), and the volumes that follow."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import fft, ndimage

from adrepro.imaging.grids import Grid, apply_affine, shape_of
from adrepro.preprocessing.registration.torch_filters import sampled, voxel_centers
from adrepro.simulation.anatomy import GRAY, TISSUES, VELOCITY_MM, make_head, region_maps


def atrophy_velocity(log_contraction: float, log_expansion: float) -> np.ndarray:
    """Return a velocity field whose divergence is a given change of log-volume.

    The field maps points of the participant to the template: where it diverges, tissue of the participant is smaller.
    It is the gradient of the solution of a Poisson equation, computed with a Fourier transform.

    Parameters
    ----------
    log_contraction : float
        Loss of log-volume of the medial temporal lobe (0.3 shrinks it by about a quarter).
    log_expansion : float
        Gain of log-volume of the ventricles.

    Returns
    -------
    ndarray, shape (3, X, Y, Z)
        Velocity in mm on the grid of `region_maps`, float32.
    """
    grid, temporal, ventricles = region_maps()
    source = fft.rfftn(log_contraction * temporal - log_expansion * ventricles)
    k = np.meshgrid(
        *(
            2 * np.pi * f(n, VELOCITY_MM)
            for f, n in zip((fft.fftfreq, fft.fftfreq, fft.rfftfreq), grid.shape, strict=True)
        ),
        indexing="ij",
    )
    squared = sum(axis**2 for axis in k)
    squared[0, 0, 0] = np.inf
    return np.stack([fft.irfftn(-1j * axis * source / squared, grid.shape) for axis in k]).astype(np.float32)


def random_velocity(rng: np.random.Generator, sd_mm: float, smoothness_mm: float) -> np.ndarray:
    """Return a smooth random velocity field.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random generator.
    sd_mm : float
        Standard deviation of the velocity in mm.
    smoothness_mm : float
        Standard deviation of the Gaussian smoothing in mm.

    Returns
    -------
    ndarray, shape (3, X, Y, Z)
        Velocity in mm on the grid of `region_maps`, float32.
    """
    grid = region_maps()[0]
    noise = rng.standard_normal((3, *grid.shape)).astype(np.float32)
    sigma = smoothness_mm / VELOCITY_MM
    smooth = np.stack([ndimage.gaussian_filter(part, sigma, mode="wrap") for part in noise])
    return smooth * (sd_mm / smooth.std())


def sample_together(data: np.ndarray, affine: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Interpolate several volumes of one grid at the same points, trilinearly and faster than scipy.

    Parameters
    ----------
    data : ndarray, shape (C, X, Y, Z)
        Volumes, float32.
    affine : ndarray, shape (4, 4)
        From voxel index to world millimeters.
    points : ndarray, shape (3, I, J, K)
        World coordinates in mm.

    Returns
    -------
    ndarray, shape (C, I, J, K)
        Values at the points.
    """
    index = torch.from_numpy(apply_affine(np.linalg.inv(affine), points).astype(np.float32))
    return sampled(torch.from_numpy(data)[None], index[None])[0].numpy()


@dataclass(frozen=True)
class Deformation:
    """Diffeomorphic map from points of a participant to points of the template, both in mm.

    Attributes
    ----------
    displacement : ndarray, shape (3, X, Y, Z)
        Displacement in mm.
    grid : Grid
        Grid of the displacement, MNI space.
    """

    displacement: np.ndarray
    grid: Grid

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return points + sample_together(self.displacement, self.grid.affine, points)


def integrate(velocity: np.ndarray, squarings: int = 5) -> Deformation:
    """Integrate a stationary velocity field over unit time by scaling and squaring.

    Parameters
    ----------
    velocity : ndarray, shape (3, X, Y, Z)
        Velocity in mm on the grid of `region_maps`.
    squarings : int
        Number of squarings.

    Returns
    -------
    Deformation
        From points of a participant to points of the template.
    """
    grid = region_maps()[0]
    displacement = torch.from_numpy(velocity.astype(np.float32))[None] / 2**squarings
    index = voxel_centers(displacement.shape[2:], displacement.device)
    for _ in range(squarings):
        displacement = displacement + sampled(displacement, index + displacement / VELOCITY_MM, "border")
    return Deformation(displacement[0].numpy(), grid)


def regional_truth(deformation: Deformation, scale: np.ndarray) -> dict[str, float]:
    """Return the ground-truth volumes of a participant.

    Parameters
    ----------
    deformation : Deformation
        From points of the participant to points of the template.
    scale : ndarray, shape (3,)
        Size of the head relative to the template, applied after the deformation.

    Returns
    -------
    dict of float
        Volumes in ml: gray matter of each region, CSF, GM, WM and ventricles.
    """
    head = make_head()
    spacing = 2.0
    shape = shape_of(int(n // spacing) for n in head.tissue.data.shape)
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = head.tissue.affine[:3, 3]
    grid = Grid(shape, affine)
    points = deformation(grid.points())
    voxel_ml = grid.voxel_ml * float(np.prod(scale))
    tissue = head.tissue.at(points, order=0)
    tissue = np.where(np.isin(tissue, GRAY), GRAY[0], tissue)
    parcels = head.parcels.at(points, order=0)[tissue == GRAY[0]]
    counts = np.bincount(parcels, minlength=len(head.parcel_names) + 1)[1:]
    truth = {name: float(count * voxel_ml) for name, count in zip(head.parcel_names, counts, strict=True)}
    truth |= {name: float((tissue == i + 1).sum() * voxel_ml) for i, name in enumerate(TISSUES[:3])}
    return truth | {"ventricles": float((head.ventricles.at(points, order=0) > 0.5).sum() * voxel_ml)}
