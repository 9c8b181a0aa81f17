"""Import of regional volumes from tables of FreeSurfer, FastSurfer or SynthSeg, in place of preprocessing."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.quality import QualityLimits
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.preprocessing.derivatives.freesurfer_tables import find_tables, read_tables, stream_of, tissue_volumes
from adrepro.preprocessing.derivatives.volume_figure import draw_volumes
from adrepro.preprocessing.qc_metrics import write_verdict
from adrepro.preprocessing.reference.region_names import NAMES, region_name
from adrepro.preprocessing.regional_measures import Morphometry, structure_volumes


def import_freesurfer(
    folder: Path,
    scan: str,
    given: list[Path],
    volumes: Path,
    tissues: Path,
    verdict: Path,
    picture: Path,
    limits: QualityLimits,
) -> None:
    """Write the regional volumes of one scan, and their quality control.

    Parameters
    ----------
    folder : Path
        Folder of the derivatives (input).
    scan : str
        `sub-X[_ses-Y]`.
    given : list of Path
        Tables that Snakemake tracks (input); the step locates them itself.
    volumes, tissues : Path
        TSV of regional volumes (`index name volume_ml density`; no density), and JSON with intracranial, tissue and
        lesion volumes in ml the source files and the stream of FreeSurfer (output).
    verdict, picture : Path
        JSON with `verdict`, `reasons` and `measures`, and JPEG of left and right volumes (output).
    limits : QualityLimits
        Accepted range of each QC measure.

    Raises
    ------
    ScanFault
        If tables or volumes are missing, damaged or contradict each other.
    """
    paths = find_tables(folder, scan)
    if not paths:
        raise ScanFault(
            f"{scan}: no stats folder and no table in {folder}; make them, or remove the scan from the sheet"
        )
    found = read_tables(paths, scan)
    by_name = {region_name(label, side): ml for (side, label), ml in found.items() if label in NAMES}
    ml = np.array(list(by_name.values()))
    lesions = {"wmh_ml": found["", "WMH"]} if ("", "WMH") in found else {}
    structures = lesions | structure_volumes(by_name)
    measured = Morphometry(list(by_name), ml, np.full(len(ml), np.nan), tissue_volumes(found), structures)
    fractions = {f"{name.lower()}_fraction": part / measured.tiv_ml for name, part in measured.tissue_ml.items()}
    measures = {"tiv_ml": measured.tiv_ml, **fractions, **lesions}
    draw_volumes(picture, by_name)
    measured.write(volumes, tissues, source=", ".join(path.name for path in paths), stream=stream_of(paths))
    write_verdict(verdict, measures, limits)
    print(f"{len(given)} tables, {len(by_name)} regions")


if __name__ == "__main__":
    step.run(import_freesurfer)
