"""Import of gray-matter maps in template space from the derivatives of another tool, in place of preprocessing."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.quality import QualityLimits
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.core.tables import read_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.derivatives.external_derivatives import (
    LAYOUTS,
    MODULATED_MAX,
    PROBABILITY_MAX,
    Layout,
    find_maps,
    read_native_tissue,
    read_tissue,
)
from adrepro.preprocessing.qc_figure import GREEN, HIPPOCAMPUS_MM, ORANGE, Row, View, draw
from adrepro.preprocessing.qc_metrics import coverage, write_verdict
from adrepro.preprocessing.regional_measures import Morphometry, regional_densities, structure_volumes, tissue_volumes


def import_derivatives(
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
    tissues: Path,
    verdict: Path,
    picture: Path,
    limits: QualityLimits,
    resolution_mm: float,
) -> None:
    """Write the gray matter of another tool on the study grid, its regional volumes, and their quality control.

    For modulated maps, the volume of a region is the sum of the map over the region. For others it is the volume of
    the template's region times the mean density, and tissue volumes come from the maps in native space.

    Parameters
    ----------
    folder : Path
        Folder of the derivatives (input).
    kind : str
        Layout of the derivatives, a key of `external_derivatives.LAYOUTS`.
    scan_folder, scan : str
        `sub-X[/ses-Y]` and `sub-X[_ses-Y]`.
    space : str
        Label of the study's template space; maps in this space are preferred.
    given : list of Path
        Files of the scan that Snakemake tracks (input); the step locates them itself.
    reference : Path
        Folder with `mask.nii.gz` and `GM.nii.gz` of the template on the study grid (input).
    atlas, atlas_table : Path
        Atlas labels, template space, and their TSV with the columns `name` and `tissue` (input).
    modulated : Path
        Gray matter on the study grid (output).
    volumes, tissues : Path
        TSV of regional measures (`index name volume_ml density`), and JSON with tissue volumes in ml, the source file
        and whether it is modulated (output).
    verdict, picture : Path
        JSON with `verdict`, `reasons` and `measures`, and JPEG for visual inspection (output).
    limits : QualityLimits
        Accepted range of each QC measure.
    resolution_mm : float
        Voxel size of the study grid in mm.

    Raises
    ------
    ScanFault
        If maps are missing, damaged, out of range, or do not cover the template's brain.
    """
    found = _find_required(folder, kind, scan_folder, scan, space)
    layout = LAYOUTS[kind]
    template = {name: load(reference / f"{name}.nii.gz") for name in ("mask", "GM")}
    gray = read_tissue(found["GM"], template["mask"], MODULATED_MAX if layout.modulated else PROBABILITY_MAX)
    if layout.modulated:
        maps = {name: read_tissue(found[name], template["mask"], MODULATED_MAX) for name in layout.labels}
    else:
        maps = {name: read_native_tissue(found[f"native_{name}"]) for name in layout.labels}
    labels, table = load(atlas), read_table(atlas_table)
    density = regional_densities(gray, labels, len(table))
    voxels = np.bincount(labels.data.astype(int).ravel(), minlength=len(table) + 1)[1 : len(table) + 1]
    ml = density * voxels * labels.grid.voxel_ml
    gray_regions = (table["tissue"] == "GM").to_numpy()  # of ventricles these maps say nothing
    names = list(table["name"][gray_regions])
    structures = structure_volumes(dict(zip(names, ml[gray_regions], strict=True)))
    morphometry = Morphometry(names, ml[gray_regions], density[gray_regions], tissue_volumes(maps), structures)
    on_grid = gray.on(study_grid(resolution_mm))
    measures = measure(gray, on_grid, template, morphometry)
    draw(picture, [Row(on_grid, View(HIPPOCAMPUS_MM), {ORANGE: template["mask"], GREEN: template["GM"]})])
    save(modulated, on_grid)
    morphometry.write(volumes, tissues, source=found["GM"].name, modulated=layout.modulated)
    write_verdict(verdict, measures, limits)
    print(f"{len(given)} input files; read {', '.join(sorted(path.name for path in found.values()))}")


def _find_required(folder: Path, kind: str, scan_folder: str, scan: str, space: str) -> dict[str, Path]:
    """Return the derivatives of one scan, or raise a `ScanFault` that lists missing tissue maps."""
    found = find_maps(folder, kind, scan_folder, scan, space)
    missing = [name for name in _required_maps(LAYOUTS[kind]) if name not in found]
    if missing:
        raise ScanFault(
            f"{scan}: no {', '.join(missing)} among the {kind} derivatives; create them, or remove the scan from the "
            "sheet"
        )
    return found


def _required_maps(layout: Layout) -> list[str]:
    """Return the names of the maps that the import reads: gray matter in template space, and all tissues.

    Some tools write no CSF: the total intracranial volume is then that of gray and white matter.
    """
    sources = layout.labels if layout.modulated else [f"native_{name}" for name in layout.labels]
    return list(dict.fromkeys(("GM", *sources)))


def measure(gray: Volume, on_grid: Volume, template: dict[str, Volume], morphometry: Morphometry) -> dict[str, float]:
    """Return the QC measures that need gray matter only.

    Parameters
    ----------
    gray, on_grid : Volume
        Gray matter of the scan in template space, on its own grid and on the study grid.
    template : dict of str to Volume
        `mask` and `GM` of the template on the study grid.
    morphometry : Morphometry
        Tissue volumes of the scan.

    Returns
    -------
    dict of str to float
        Correlation with the template's gray matter, coverage of its brain, total intracranial volume in ml, and
        tissue fractions.
    """
    inside = template["mask"].data > 0.5
    correlation = np.corrcoef(on_grid.data[inside], template["GM"].data[inside])[0, 1]
    return {
        "template_correlation": float(correlation),
        "coverage": coverage(gray, template["mask"].grid.points()[:, inside]),
        "tiv_ml": morphometry.tiv_ml,
        **{
            f"{name.lower()}_fraction": ml / max(morphometry.tiv_ml, 1e-6) for name, ml in morphometry.tissue_ml.items()
        },
    }


if __name__ == "__main__":
    step.run(import_derivatives)
