"""Registration by SyN of FireANTs (Jena et al. 2024), an optional extra; on CPU or GPU."""

import numpy as np
import torch

from adrepro.config.settings.registration import FireantsRegistration
from adrepro.core.errors import UserError
from adrepro.core.torch_device import select_device
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.torch_backend import as_spatial_transform, on_one_grid

try:
    import SimpleITK
    from fireants.io import BatchedImages, Image
    from fireants.registration.syn import SyNRegistration
except ImportError:
    raise UserError(
        'registration.engine: fireants is not installed; pip install -e ".[fireants]" (Python 3.11), or use torch'
    ) from None


def register(
    fixed: Volume, moving: Volume, affine: np.ndarray, settings: FireantsRegistration, device: str
) -> SpatialTransform:
    """Register a brain to the template by SyN of FireANTs.

    Parameters
    ----------
    fixed : Volume
        T1w brain of the template; isotropic voxels along the world axes.
    moving : Volume
        Extracted brain of the scan at the resolution of `fixed`, native space.
    affine : ndarray, shape (4, 4)
        Affine from fixed mm to moving mm.
    settings : FireantsRegistration
        Settings of the registration.
    device : {"auto", "cpu", "cuda"}
        Device of torch.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of `fixed`.

    References
    ----------
    Jena et al. 2024, arXiv:2404.01249.
    """
    torch.set_num_threads(1)
    place = select_device(device)
    images = [
        BatchedImages([Image(SimpleITK.GetImageFromArray(data.T.astype(np.float32)), device=place)])
        for data in on_one_grid(fixed, moving, affine)
    ]
    registration = SyNRegistration(
        settings.scales,
        settings.iterations,
        *images,
        loss_type="cc",
        cc_kernel_size=settings.window,
        optimizer="Adam",
        optimizer_lr=settings.learning_rate,
        progress_bar=False,
    )
    registration.optimize()
    with torch.no_grad():
        # (1, Z, Y, X, 3) from -1 to 1, the last axis in the order x, y, z.
        normalized = registration.get_warped_coordinates(*images)[0].permute(3, 2, 1, 0)
        size = normalized.new_tensor(fixed.data.shape).reshape(3, 1, 1, 1)
        index = torch.from_numpy(np.indices(fixed.data.shape, dtype=np.float32)).to(normalized.device)
        displacement = (normalized + 1) / 2 * (size - 1) - index
        return as_spatial_transform(displacement[None], fixed, affine)
