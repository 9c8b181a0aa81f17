"""Head model made of the template, and deformations of it with individual anatomy and atrophy."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from adrepro.imaging.grids import Grid, shape_of
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.reference.desikan_killiany import nuclei_fraction
from adrepro.preprocessing.reference.seed_parcels import make_atlas
from adrepro.preprocessing.reference.template_sources import load_template
from adrepro.preprocessing.reference.template_structures import ventricles

PAD_VOXELS = ((12, 12), (6, 16), (44, 14))
FLUID_END_MM, SKULL_END_MM, SCALP_END_MM = 3.0, 8.0, 15.0
# Fluid: between the brain mask and the skull. Nuclei: deep gray matter that the template counts as white matter.
TISSUES = ("CSF", "GM", "WM", "fluid", "skull", "scalp", "muscle", "nuclei")
GRAY = (TISSUES.index("GM") + 1, TISSUES.index("nuclei") + 1)
VELOCITY_MM = 4.0
MEDIAL_TEMPORAL = ("hippocampus", "amygdala")
SURROUND_MM = 12.0  # atrophy fades into the neighboring cortex over about this distance


@dataclass(frozen=True, eq=False)
class Head:
    """Head model at 1 mm in MNI space.

    Attributes
    ----------
    tissue : Volume
        Index into `TISSUES` plus 1; 0 for air.
    parcels : Volume
        Labels of gray-matter regions.
    parcel_names : list of str
        Names of the labels 1, 2, ...
    ventricles : Volume
        Mask of the ventricles.
    """

    tissue: Volume
    parcels: Volume
    parcel_names: list[str]
    ventricles: Volume


@cache
def make_head() -> Head:
    """Return the head model: the most probable tissue of the template in the brain; skull, scalp and neck around it."""
    maps = load_template()
    mask = maps["mask"].data > 0.5
    likeliest = np.argmax([maps[name].data for name in ("CSF", "GM", "WM")], axis=0) + 1
    nuclei = (likeliest == TISSUES.index("WM") + 1) & (nuclei_fraction(maps["mask"].grid) > 0.5)
    likeliest[nuclei] = TISSUES.index("nuclei") + 1
    tissue = np.pad(np.where(mask, likeliest, 0).astype(np.uint8), PAD_VOXELS)
    affine = maps["mask"].affine.copy()
    affine[:3, 3] -= [before for before, _ in PAD_VOXELS]
    brain = tissue > 0
    grid = Grid(tissue.shape, affine)
    every_second = affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    outside_mm = Volume(2 * ndimage.distance_transform_edt(~brain[::2, ::2, ::2]), every_second).at(grid.points())
    x, y, z = grid.points()
    neck = (x**2 + (y + 35) ** 2 < 55**2) & (z < -45)
    shells = np.select(
        [outside_mm < FLUID_END_MM, outside_mm < SKULL_END_MM, outside_mm < SCALP_END_MM, neck], [4, 5, 6, 7], 0
    )
    tissue = np.where(brain, tissue, shells).astype(np.uint8)
    parcels, table = make_atlas(maps["GM"])
    fluid = np.logical_or(*ventricles(maps)).astype(np.float32)
    return Head(Volume(tissue, affine), parcels, list(table["name"]), maps["mask"].like(fluid))


@cache
def region_maps() -> tuple[Grid, np.ndarray, np.ndarray]:
    """Return the regions of the atrophy on the grid of velocity fields.

    Returns
    -------
    grid : Grid
        Grid of velocity fields, MNI space.
    temporal, ventricles : ndarray, shape (X, Y, Z)
        Fraction of each voxel in the medial temporal lobe, which fades into its surroundings, and in the ventricles.
    """
    head = make_head()
    shape = shape_of(int(np.ceil(n / VELOCITY_MM)) for n in head.tissue.data.shape)
    affine = np.diag([VELOCITY_MM] * 3 + [1.0])
    affine[:3, 3] = head.tissue.affine[:3, 3] + (VELOCITY_MM - 1) / 2
    grid = Grid(shape, affine)
    wanted = [i + 1 for i, name in enumerate(head.parcel_names) if name.startswith(MEDIAL_TEMPORAL)]
    temporal = Volume(np.isin(head.parcels.data, wanted).astype(np.float32), head.parcels.affine)
    core = temporal.on(grid).data
    around = ndimage.gaussian_filter(core, SURROUND_MM / VELOCITY_MM)
    return grid, np.maximum(core, around / around.max()), head.ventricles.on(grid).data
