"""Reference spaces from elsewhere: a template of TemplateFlow, or a user's folder of maps in MNI millimetres."""

import hashlib
from pathlib import Path

import numpy as np

from adrepro.core.errors import ScanFault, UserError, raise_all
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume

TEMPLATEFLOW = "templateflow-"
REQUIRED, OPTIONAL = ("T1w", "mask", "GM", "WM"), ("CSF",)
QUERIES = {
    "T1w": {"suffix": "T1w", "desc": None},
    "mask": {"suffix": "mask", "desc": "brain"},
    **{tissue: {"suffix": "probseg", "label": tissue} for tissue in ("GM", "WM", "CSF")},
}
MAX_BRIGHT = 99.5  # percentile of the brain that counts as 1


def in_folder(folder: Path) -> dict[str, Path]:
    """The maps `T1w mask GM WM` and, if there, `CSF` as `<name>.nii` or `<name>.nii.gz`; all that lack are told."""
    found = {
        name: path for name in REQUIRED + OPTIONAL for path in sorted(folder.glob(f"{name}.nii*")) if path.is_file()
    }
    missing = [name for name in REQUIRED if name not in found]
    raise_all((f"no {name}.nii.gz; add it" for name in missing), f"reference folder {folder.name}")
    return found


def in_templateflow(space: str) -> dict[str, Path]:
    """The maps of a TemplateFlow template at 1 mm, downloaded where its cache lacks them."""
    try:
        from templateflow import api
    except ImportError:
        raise UserError(
            f'reference {TEMPLATEFLOW}{space}: templateflow is not installed; pip install -e ".[templateflow]"'
        ) from None
    if space not in api.templates():
        raise UserError(f"reference: TemplateFlow knows no template {space}; it has {', '.join(api.templates())}")
    found = {}
    for name, query in QUERIES.items():
        try:
            paths = api.get(space, resolution=1, atlas=None, extension=".nii.gz", raise_empty=True, **query)
        except OSError as error:  # requests' errors are OSErrors
            raise UserError(
                f"reference: {space} could not be downloaded ({type(error).__name__}); run once where there is a "
                f"network, or copy tpl-{space} from another machine into TEMPLATEFLOW_HOME (~/.cache/templateflow)"
            ) from None
        except Exception:
            if name in REQUIRED:
                raise UserError(
                    f"reference: TemplateFlow's {space} has no 1 mm {name} map; take another template, such as "
                    "MNI152NLin2009cAsym, or give a folder of your own"
                ) from None
            continue
        found[name] = Path(paths[0] if isinstance(paths, list) else paths)
        if found[name].stat().st_size == 0:
            found[name].unlink()  # the stub of a download that did not happen: ask again next time
            raise UserError(f"reference: {found[name].name} was not downloaded; run again where there is a network")
    return found


def read_maps(paths: dict[str, Path]) -> dict[str, Volume]:
    """T1w (bright brain tissue near 1, nothing outside the brain), mask, GM, WM and CSF, all from 0 to 1, on one grid.

    Raises
    ------
    UserError
        Names each map that is damaged, lies on another grid, leaves the range, or misses the MNI brain.
    """
    maps, problems = {}, []
    for name, path in paths.items():
        try:
            maps[name] = read_scan(path, clip=False)[0]
        except ScanFault as fault:
            problems.append(str(fault).replace(str(path), path.name))
    raise_all(problems, "reference")
    grid = maps["T1w"].grid
    for name, volume in maps.items():
        if volume.data.shape != grid.shape or not np.allclose(volume.affine, grid.affine, atol=1e-3):
            problems.append(f"{paths[name].name}: not on the grid of {paths['T1w'].name}; resample it")
        elif name not in ("T1w", "mask"):
            top = float(volume.data.max())
            scale = next((s for s in (1, 100, 255) if top <= 1.02 * s), None)
            if volume.data.min() < -0.02 or scale is None:
                problems.append(f"{paths[name].name}: values to {top:g}, expected probabilities (0 to 1, 100 or 255)")
            else:
                maps[name] = volume.like(np.clip(volume.data / scale, 0, 1))
    raise_all(problems, "reference")
    brain = maps["mask"].data > 0.5 * maps["mask"].data.max()
    _check_place(grid.points()[:, brain], grid.voxel_ml * brain.sum(), paths["mask"].name)
    bright = np.percentile(maps["T1w"].data[brain], MAX_BRIGHT)
    maps["mask"] = maps["mask"].like(brain.astype(np.float32))
    maps["T1w"] = maps["T1w"].like(np.where(brain, np.clip(maps["T1w"].data / bright, 0, 1), 0).astype(np.float32))
    if "CSF" not in maps:
        maps["CSF"] = maps["mask"].like(np.clip(maps["mask"].data - maps["GM"].data - maps["WM"].data, 0, 1))
    return maps


def _check_place(brain: np.ndarray, volume_ml: float, name: str) -> None:
    """Refuse a template that is not an adult brain in MNI millimetres: the study's grid and boxes stand there."""
    low, high = (brain.min(axis=1), brain.max(axis=1)) if brain.size else (np.zeros(3), np.zeros(3))
    centre = (low + high) / 2
    if not 800 < volume_ml < 2600 or np.abs(centre - (0, -18, 5)).max() > 25:
        place = ", ".join(f"{c:.0f}" for c in centre)
        raise UserError(
            f"{name}: a brain of {volume_ml:.0f} ml about ({place}) mm, expected an adult brain in MNI millimetres"
        )


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
