"""Takes grey matter that another tool mapped to the reference space, in place of preprocessing the scan anew."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.core.files import read_table, write_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.external_derivatives import KINDS, find_maps, read_tissue
from adrepro.preprocessing.parcellate import regional_densities, regional_record
from adrepro.preprocessing.qc import GREEN, ORANGE, draw
from adrepro.preprocessing.qc_metrics import coverage, judge

MODULATED_MAX, PROBABILITY_MAX = 6.0, 1.02


def adopt(
    folder: Path,
    kind: str,
    scan_folder: str,
    scan: str,
    space: str,
    given: list[Path],
    reference: Path,
    atlas: Path,
    atlas_table: Path,
    modulated: Path,
    volumes: Path,
    verdict: Path,
    picture: Path,
    limits: dict,
    resolution_mm: float,
) -> None:
    """Write grey matter on the study grid, regional volumes, and the quality control of both.

    `given` are the files that the workflow saw; they are found again by name. Where the tool did not modulate, regional
    volumes are those of the template's regions times the density, and tissue volumes come from the native maps.
    """
    found = find_maps(folder, kind, scan_folder, scan, space)
    is_modulated = KINDS[kind]["modulated"]
    names = tuple(KINDS[kind]["names"])  # not every tool tells of CSF: without it, the whole is grey and white matter
    sources = names if is_modulated else [f"native_{name}" for name in names]
    missing = [name for name in dict.fromkeys(("GM", *sources)) if name not in found]
    if missing:
        raise ScanFault(
            f"{scan}: no {', '.join(missing)} among the {kind} derivatives; make them or leave the scan out"
        )
    template = {name: load(reference / f"{name}.nii.gz") for name in ("mask", "GM")}
    ceiling = MODULATED_MAX if is_modulated else PROBABILITY_MAX
    grey = read_tissue(found["GM"], template["mask"], ceiling)
    if is_modulated:
        tissues = {name: read_tissue(found[name], template["mask"], ceiling) for name in names}
    else:
        tissues = {name: native_tissue(found[f"native_{name}"]) for name in names}
    labels, table = load(atlas), read_table(atlas_table)
    density = regional_densities(grey, labels, len(table))
    voxels = np.bincount(labels.data.astype(int).ravel(), minlength=len(table) + 1)[1 : len(table) + 1]
    ml = density * voxels * labels.grid.voxel_ml
    record = regional_record(tissues, list(table["name"]), ml, density)
    on_grid = grey.on(study_grid(resolution_mm))
    measures = measure(grey, on_grid, template, record)
    reasons = judge(measures, limits)
    draw(picture, [{"GM": on_grid, "mask": template["mask"], "template": template["GM"]}], [(ORANGE, GREEN)])
    rounded = {name: round(float(value), 5) for name, value in measures.items()}
    save(modulated, on_grid)
    write_json(volumes, {**record, "source": found["GM"].name, "modulated": is_modulated})
    write_json(verdict, {"verdict": "fail" if reasons else "pass", "reasons": reasons, "measures": rounded})
    print(f"{len(given)} files known; took {', '.join(sorted(path.name for path in found.values()))}")


def native_tissue(path: Path) -> Volume:
    """A probability map in the scan's own space."""
    from adrepro.imaging.nifti_reader import read_scan

    volume, _ = read_scan(path, clip=False)
    if volume.data.min() < -0.05 or volume.data.max() > PROBABILITY_MAX:
        raise ScanFault(f"{path.name}: values to {volume.data.max():.3g}, expected probabilities from 0 to 1")
    return volume


def measure(grey: Volume, on_grid: Volume, template: dict[str, Volume], record: dict) -> dict[str, float]:
    """What can be told of grey matter alone: likeness to the template's, field of view, and tissue volumes."""
    inside = template["mask"].data > 0.5
    tissue_ml = record["tissue_ml"]
    likeness = np.corrcoef(on_grid.data[inside], template["GM"].data[inside])[0, 1]
    return {
        "template_correlation": float(likeness),
        "coverage": coverage(grey, template["mask"].grid.points()[:, inside]),
        "tiv_ml": record["tiv_ml"],
        **{f"{name.lower()}_fraction": ml / max(record["tiv_ml"], 1e-6) for name, ml in tissue_ml.items()},
    }


if __name__ == "__main__":
    step.run(adopt)
