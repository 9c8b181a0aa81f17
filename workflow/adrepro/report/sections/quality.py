"""Section of the report on the quality of images."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.scan_paths import scan_folder
from adrepro.core.tables import read_table
from adrepro.report.html import embed
from adrepro.report.qc_table import VERDICTS


def quality_summary(path: Path) -> dict[str, object]:
    """Return the number of scans by QC verdict, and the median and range of each measure.

    Parameters
    ----------
    path : Path
        TSV of `qc_table.quality_table`.

    Returns
    -------
    dict
        `counts` (number of scans by verdict) and `measures` (rows `name median range`); empty if there is no table.
    """
    if not path.exists():
        return {}
    table = read_table(path)
    measures = [name for name in table if f"{name}_z" in table]
    values = table[measures].apply(pd.to_numeric, errors="coerce")
    rows = [
        {
            "name": name.replace("_", " "),
            "median": f"{own.median():.4g}",
            "range": f"{own.min():.4g} to {own.max():.4g}",
        }
        for name, own in values.items()
    ]
    return {"counts": {verdict: int((table["verdict"] == verdict).sum()) for verdict in VERDICTS}, "measures": rows}


def quality_picture(results: Path) -> tuple[str, str]:
    """Return the first included scan and its QC figure.

    Parameters
    ----------
    results : Path
        Folder of the results.

    Returns
    -------
    scan : str
        Name of the scan.
    picture : str
        `data:` URI of the figure. Both are empty if there is no included scan, or no figure.
    """
    included = results / "cohort" / "included.tsv"
    if not included.exists():
        return "", ""
    scan = read_table(included)["scan"].iloc[0]
    figure = results / "derivatives" / scan_folder(scan) / "anat" / f"{scan}_desc-qc_figure.jpg"
    return (scan, embed(figure)) if figure.exists() else ("", "")
