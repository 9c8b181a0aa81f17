"""Maps of the template: from nilearn, TemplateFlow, or a user's folder, in MNI millimeters."""

from functools import cache
from pathlib import Path

import numpy as np

from adrepro.core.errors import ScanFault, UserError, raise_if_any
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume

TEMPLATEFLOW = "templateflow-"
REQUIRED, OPTIONAL = ("T1w", "mask", "GM", "WM"), ("CSF",)
QUERIES: dict[str, dict[str, str | None]] = {
    "T1w": {"suffix": "T1w", "desc": None},
    "mask": {"suffix": "mask", "desc": "brain"},
    **{tissue: {"suffix": "probseg", "label": tissue} for tissue in ("GM", "WM", "CSF")},
}
SCALES = (1, 100, 255)  # of probability maps
BRIGHT_PERCENTILE = 99.5  # of the brain; its intensity is scaled to 1
BRAIN_CENTER_MM, MAX_OFFSET_MM = (0, -18, 5), 25  # of the bounding box of a brain in MNI space
BRAIN_ML = (800, 2600)
CITATION = "Fonov et al. 2011, NeuroImage 54:313"


def in_folder(folder: Path) -> dict[str, Path]:
    """Return the files of a user's template.

    Parameters
    ----------
    folder : Path
        Folder with `<name>.nii` or `<name>.nii.gz` for T1w, mask, GM, WM and, if available, CSF.

    Returns
    -------
    dict of str to Path
        Files by map.

    Raises
    ------
    UserError
        Lists all missing maps.
    """
    found = {
        name: path for name in REQUIRED + OPTIONAL for path in sorted(folder.glob(f"{name}.nii*")) if path.is_file()
    }
    missing = [name for name in REQUIRED if name not in found]
    raise_if_any((f"no {name}.nii.gz; add it" for name in missing), f"reference folder {folder.name}")
    return found


def in_templateflow(space: str) -> dict[str, Path]:
    """Return the files of a TemplateFlow template at 1 mm, downloaded if they are not in its cache.

    Parameters
    ----------
    space : str
        Identifier of the template, such as `MNI152NLin2009cAsym`.

    Returns
    -------
    dict of str to Path
        Files by map: T1w, mask, GM, WM and, if available, CSF.

    Raises
    ------
    UserError
        If TemplateFlow is not installed, has no such template or map, or if the download failed.
    """
    try:
        from templateflow import api
    except ImportError:
        raise UserError(
            f'reference {TEMPLATEFLOW}{space}: templateflow is not installed; pip install -e ".[templateflow]"'
        ) from None
    if space not in api.templates():
        raise UserError(f"reference: no template {space} in TemplateFlow; available: {', '.join(api.templates())}")
    found = {}
    for name, query in QUERIES.items():
        try:
            paths = api.get(space, resolution=1, atlas=None, extension=".nii.gz", raise_empty=True, **query)
        except OSError as error:  # base class of the errors of requests
            raise UserError(
                f"reference: download of {space} failed ({type(error).__name__}); run once with network access, "
                f"or copy tpl-{space} from another machine into TEMPLATEFLOW_HOME (~/.cache/templateflow)"
            ) from None
        except Exception:
            if name in REQUIRED:
                raise UserError(
                    f"reference: TemplateFlow's {space} has no 1 mm {name} map; use another template, such as "
                    "MNI152NLin2009cAsym, or your own folder"
                ) from None
            continue
        found[name] = Path(paths[0] if isinstance(paths, list) else paths)
        if found[name].stat().st_size == 0:
            found[name].unlink()  # TemplateFlow would take the empty file of a failed download for complete
            raise UserError(f"reference: download of {found[name].name} failed; run again with network access")
    return found


def read_maps(paths: dict[str, Path]) -> dict[str, Volume]:
    """Read and check the maps of a template.

    Parameters
    ----------
    paths : dict of str to Path
        Files by map: T1w, mask, GM, WM and, if available, CSF; MNI mm.

    Returns
    -------
    dict of str to Volume
        T1w (bright brain tissue near 1, 0 outside the brain), mask, GM, WM and CSF, all 0 to 1, on one grid.
        Without a CSF map, CSF is the rest of the mask.

    Raises
    ------
    UserError
        Lists each map that is damaged, on another grid, out of range, or not in MNI space.
    """
    maps, problems = {}, []
    for name, path in paths.items():
        try:
            maps[name] = read_scan(path, clip=False)[0]
        except ScanFault as fault:
            problems.append(str(fault).replace(str(path), path.name))
    raise_if_any(problems, "reference")
    grid = maps["T1w"].grid
    for name, volume in maps.items():
        if volume.data.shape != grid.shape or not np.allclose(volume.affine, grid.affine, atol=1e-3):
            problems.append(f"{paths[name].name}: not on the grid of {paths['T1w'].name}; resample it")
        elif name not in ("T1w", "mask"):
            top = float(volume.data.max())
            scale = next((s for s in SCALES if top <= 1.02 * s), None)
            if volume.data.min() < -0.02 or scale is None:
                problems.append(f"{paths[name].name}: values to {top:g}, expected probabilities (0 to 1, 100 or 255)")
            else:
                maps[name] = volume.like(np.clip(volume.data / scale, 0, 1))
    raise_if_any(problems, "reference")
    brain = maps["mask"].data > 0.5 * maps["mask"].data.max()
    _check_mni_space(grid.points()[:, brain], grid.voxel_ml * brain.sum(), paths["mask"].name)
    bright = np.percentile(maps["T1w"].data[brain], BRIGHT_PERCENTILE)
    maps["mask"] = maps["mask"].like(brain.astype(np.float32))
    maps["T1w"] = maps["T1w"].like(np.where(brain, np.clip(maps["T1w"].data / bright, 0, 1), 0).astype(np.float32))
    if "CSF" not in maps:
        maps["CSF"] = _rest_of_mask(maps)
    return maps


def _rest_of_mask(maps: dict[str, Volume]) -> Volume:
    """Return CSF as the part of the brain mask that is neither gray nor white matter."""
    return maps["mask"].like(np.clip(maps["mask"].data - maps["GM"].data - maps["WM"].data, 0, 1))


def _check_mni_space(brain: np.ndarray, volume_ml: float, name: str) -> None:
    """Raise a `UserError` unless voxels `brain` (3, n) in mm are those of an adult brain in MNI space.

    The study grid and its boxes are defined in MNI space.
    """
    low, high = (brain.min(axis=1), brain.max(axis=1)) if brain.size else (np.zeros(3), np.zeros(3))
    center = (low + high) / 2
    if not BRAIN_ML[0] < volume_ml < BRAIN_ML[1] or np.abs(center - BRAIN_CENTER_MM).max() > MAX_OFFSET_MM:
        position = ", ".join(f"{c:.0f}" for c in center)
        raise UserError(
            f"{name}: a brain of {volume_ml:.0f} ml about ({position}) mm, expected an adult brain in MNI millimeters"
        )


@cache
def load_template() -> dict[str, Volume]:
    """Return the maps of the built-in template.

    Returns
    -------
    dict of str to Volume
        T1w, mask, GM, WM and CSF of MNI152NLin2009aSym at 1 mm on its own grid, all 0 to 1, MNI mm.

    References
    ----------
    Fonov et al. 2011, NeuroImage 54:313.
    """
    from nilearn import datasets

    loaders = {
        "T1w": datasets.load_mni152_template,
        "mask": datasets.load_mni152_brain_mask,
        "GM": datasets.load_mni152_gm_template,
        "WM": datasets.load_mni152_wm_template,
    }
    maps = {}
    for name, loader in loaders.items():
        image = loader(resolution=1)
        maps[name] = Volume(np.asarray(image.dataobj, dtype=np.float32), image.affine)
    maps["CSF"] = _rest_of_mask(maps)
    return maps
