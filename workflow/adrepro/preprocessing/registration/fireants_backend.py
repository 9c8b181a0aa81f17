"""FireANTs (Jena et al. 2024) behind the interface of the engines; an optional extra, on CPU or GPU."""

import numpy as np
import torch

from adrepro.core.errors import UserError
from adrepro.core.torch_device import pick_device
from adrepro.imaging.spatial_transform import Mapping
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.torch_backend import as_mapping, on_one_grid

try:
    import SimpleITK
    from fireants.io import BatchedImages, Image
    from fireants.registration.syn import SyNRegistration
except ImportError:
    raise UserError(
        'registration.engine: fireants is not installed; pip install -e ".[fireants]" (Python 3.11), or use torch'
    ) from None


def register(fixed: Volume, moving: Volume, affine: np.ndarray, settings: dict, device: str) -> Mapping:
    """Register `moving`, a brain, to `fixed` on top of `affine` (4 x 4, fixed mm to moving mm)."""
    torch.set_num_threads(1)
    where = pick_device(device)
    images = [
        BatchedImages([Image(SimpleITK.GetImageFromArray(data.T.astype(np.float32)), device=where)])
        for data in on_one_grid(fixed, moving, affine)
    ]
    found = SyNRegistration(
        settings["scales"],
        settings["iterations"],
        *images,
        loss_type="cc",
        cc_kernel_size=settings["window"],
        optimizer="Adam",
        optimizer_lr=settings["learning_rate"],
        progress_bar=False,
    )
    found.optimize()
    with torch.no_grad():
        # (1, Z, Y, X, 3) from -1 to 1, the last axis in the order x, y, z.
        normalised = found.get_warped_coordinates(*images)[0].permute(3, 2, 1, 0)
        size = normalised.new_tensor(fixed.data.shape).reshape(3, 1, 1, 1)
        index = torch.from_numpy(np.indices(fixed.data.shape, dtype=np.float32)).to(normalised.device)
        displacement = (normalised + 1) / 2 * (size - 1) - index
        return as_mapping(displacement[None], fixed, affine)
