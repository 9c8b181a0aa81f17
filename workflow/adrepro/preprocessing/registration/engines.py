"""Nonlinear registration of a brain to the template by the configured engine."""

import numpy as np

from adrepro.config.settings.registration import RegistrationSettings
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume, isotropic_grid
from adrepro.preprocessing.deep_nuclei import with_nuclei


def register(
    template: dict[str, Volume],
    near: Volume,
    brain: Volume,
    tissues: dict[str, Volume],
    affine: np.ndarray,
    settings: RegistrationSettings,
    device: str,
    seed: int,
) -> SpatialTransform:
    """Register a brain to the template with the configured backend.

    A backend is imported on demand: each one takes seconds to import, and one is an optional extra.

    Parameters
    ----------
    template, near : dict of str to Volume, Volume
        Maps of the template and mask of the similarity, as `load_reference` returns them.
    brain : Volume
        Extracted brain of the scan, native space; for the `ants` and `fireants` backends.
    tissues : dict of str to Volume
        `GM` and `WM` of the scan, native space; for the `torch` backend.
    affine : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    settings : RegistrationSettings
        Backend and its settings.
    device : {"auto", "cpu", "cuda"}
        Device of the `torch` and `fireants` backends.
    seed : int
        Random seed of the `ants` backend.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of the template.
    """
    fixed = template["T1w"]
    if settings.engine == "torch":
        from adrepro.preprocessing.registration.torch_backend import register_tissues

        return register_tissues(with_nuclei(template), near, tissues, affine, settings.torch, device)
    small = brain.on(isotropic_grid(brain.grid, float(fixed.voxel_mm[0])))
    if settings.engine == "ants":
        from adrepro.preprocessing.registration.ants_backend import register_syn

        return register_syn(fixed, small, affine, seed=seed, **settings.ants.model_dump())
    from adrepro.preprocessing.registration.fireants_backend import register as register_fireants

    return register_fireants(fixed, small, affine, settings.fireants, device)
