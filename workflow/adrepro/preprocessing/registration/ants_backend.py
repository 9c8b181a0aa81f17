"""ANTs behind plain arrays: bias field, affine and SyN registration.

Images go in and out in memory. Only ANTs' transform files touch the disk, in a temporary folder, and are read back
here. One thread and a fixed seed make the results repeatable; scans run in parallel instead.
"""

import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
# Parts of antspyx that no step uses import matplotlib, statsmodels and scikit-learn: half a second in each of a
# study's thousands of processes. Empty modules stand in for them.
for unused in ("plotting", "learn", "deeplearn"):
    sys.modules.setdefault(f"ants.{unused}", ModuleType(f"ants.{unused}"))

import ants  # noqa: E402 (the thread count is read when the library loads)
import nibabel as nib  # noqa: E402
import numpy as np  # noqa: E402

from adrepro.core.errors import ScanFault, UserError  # noqa: E402
from adrepro.core.files import reserve  # noqa: E402
from adrepro.imaging.grids import Grid, transform  # noqa: E402
from adrepro.imaging.spatial_transform import Mapping  # noqa: E402
from adrepro.imaging.volumes import Volume  # noqa: E402

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's world axes against NIfTI's


def to_ants(volume: Volume) -> "ants.ANTsImage":
    affine = LPS @ volume.affine
    directions = affine[:3, :3] / volume.voxel_mm
    u, _, v = np.linalg.svd(directions)  # ITK insists on exactly orthogonal axes
    return ants.from_numpy(
        np.ascontiguousarray(volume.data, dtype=np.float32),
        origin=affine[:3, 3].tolist(),
        spacing=volume.voxel_mm.tolist(),
        direction=u @ v,
    )


def estimate_bias(volume: Volume, mask: np.ndarray, iterations: list[int], spline_mm: float) -> Volume:
    """N4 bias field (mean about 1) of `volume` inside the boolean `mask`, on the same grid."""
    field = ants.n4_bias_field_correction(
        to_ants(volume),
        mask=to_ants(volume.like(mask.astype(np.float32))),
        shrink_factor=1,
        convergence={"iters": iterations, "tol": 1e-4},
        spline_param=spline_mm,
        return_bias_field=True,
    )
    return volume.like(np.maximum(field.numpy(), 1e-3))


def _register(
    fixed: Volume, moving: Volume, seed: int, mask: Volume | None, **options
) -> dict[str, np.ndarray | Volume]:
    """Run `ants.registration` and return its transforms as arrays: `affine`, and `warp`, `inverse_warp` if any."""
    with tempfile.TemporaryDirectory() as folder:
        ants.config.set_ants_deterministic(on=True, seed_value=seed)
        try:
            result = ants.registration(
                to_ants(fixed), to_ants(moving), mask=to_ants(mask) if mask else None, outprefix=f"{folder}/", **options
            )
            return _read_transforms(result)
        except (RuntimeError, nib.filebasedimages.ImageFileError, EOFError, ValueError) as error:
            room = Path(folder) / "room"  # a warp needs it; ITK does not say that it found none
            room.touch()
            reserve(room, 3 * 4 * fixed.data.size)
            raise ScanFault(f"registration failed ({str(error).splitlines()[0]}); look at the scan") from error


def _read_transforms(result: dict) -> dict[str, np.ndarray | Volume]:
    found: dict[str, np.ndarray | Volume] = {}
    forward, inverse = result["fwdtransforms"], result["invtransforms"]
    found["affine"] = _affine_matrix(ants.read_transform(forward[-1]))
    if len(forward) > 1:
        found["warp"], found["inverse_warp"] = _read_warp(forward[0]), _read_warp(inverse[-1])
    return found


def _affine_matrix(itk_transform) -> np.ndarray:
    """4 x 4 matrix in RAS+ mm of an ITK transform with a centre."""
    matrix, translation = np.reshape(itk_transform.parameters[:9], (3, 3)), itk_transform.parameters[9:12]
    centre = np.array(itk_transform.fixed_parameters[:3])
    lps = np.eye(4)
    lps[:3, :3] = matrix
    lps[:3, 3] = translation + centre - matrix @ centre
    return LPS @ lps @ LPS


def _read_warp(path: str) -> Volume:
    """A displacement field in RAS+ mm, (X, Y, Z, 3). Reads to the end: ITK leaves stubs on a full disk silently."""
    image = nib.load(path)
    data = np.asarray(image.dataobj, dtype=np.float32)  # type: ignore[attr-defined]
    field = Volume(data.reshape(*data.shape[:3], 3) * np.array([-1, -1, 1], dtype=np.float32), image.affine)
    if not np.isfinite(field.data).all():
        raise UserError(f"{Path(path).name}: ANTs wrote a field that is not finite; check the temporary folder's space")
    return field


def register_affine(
    fixed: Volume,
    moving: Volume,
    mask: Volume,
    start: np.ndarray,
    seed: int,
    kind: str = "Affine",
    levels_mm: tuple[float, ...] = (8, 4),
) -> np.ndarray:
    """Affine (4 x 4, fixed mm to moving mm) by global correlation inside `mask` of the fixed image.

    Correlation, because both images are T1-weighted: on whole heads mutual information also has an optimum where the
    brain of the template fills the skull. `start` (4 x 4) is applied to the moving image's header first, so that no
    header is trusted for the position.
    `kind` is `Rigid` or `Affine`. `levels_mm` are the voxel sizes to go through, as far as the images have them.
    """
    nearer, start = _moved(moving, start)
    voxel_mm = float(fixed.voxel_mm.mean())
    shrinks = sorted({max(round(level / voxel_mm), 1) for level in levels_mm}, reverse=True)
    found = _register(
        fixed,
        nearer,
        seed,
        mask,
        type_of_transform=kind,
        initial_transform="Identity",
        aff_metric="GC",
        aff_iterations=(100, 50)[-len(shrinks) :],
        aff_shrink_factors=tuple(shrinks),
        aff_smoothing_sigmas=tuple(s if kind == "Rigid" else s // 2 for s in shrinks),
    )
    return start @ found["affine"]


def _moved(moving: Volume, start: np.ndarray) -> tuple[Volume, np.ndarray]:
    """`moving` with the rigid part of `start` taken into its header, or resampled where `start` shears."""
    nearer = Volume(moving.data, np.linalg.inv(start) @ moving.affine)
    axes = nearer.affine[:3, :3] / nearer.voxel_mm
    if np.abs(axes.T @ axes - np.eye(3)).max() < 1e-4:
        return nearer, start
    # ITK knows no sheared grids: sample once on a straight grid around the same field of view.
    corners = transform(nearer.affine, np.array(np.meshgrid(*[(0, n - 1) for n in moving.data.shape])).reshape(3, -1))
    low, high = corners.min(axis=1), corners.max(axis=1)
    spacing = moving.voxel_mm.max()
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = low
    shape = tuple(int(n) for n in np.ceil((high - low) / spacing) + 1)
    return Volume(nearer.at(Grid(shape, affine).points()), affine), start  # type: ignore[arg-type]


def register_syn(
    fixed: Volume,
    moving: Volume,
    affine: np.ndarray,
    iterations: list[int],
    seed: int,
    metric: str,
    radius: int,
    gradient_step: float,
    flow_sigma: float,
    mask: Volume | None = None,
) -> Mapping:
    """SyN on top of `affine` (4 x 4, fixed mm to moving mm); `iterations` per level, the last at full resolution."""
    nearer, _ = _moved(moving, affine)
    found = _register(
        fixed,
        nearer,
        seed,
        mask,
        type_of_transform="SyNOnly",
        initial_transform="Identity",
        syn_metric=metric,
        syn_sampling=32 if metric == "mattes" else radius,
        reg_iterations=tuple(iterations),
        grad_step=gradient_step,
        flow_sigma=flow_sigma,
    )
    return Mapping(affine, found["warp"], found["inverse_warp"])
