"""The report's section on the quality of images: how many passed, their measures, and one picture."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import scan_folder
from adrepro.core.files import read_table
from adrepro.report.html import embed
from adrepro.report.qc_report import ORDER


def quality_summary(path: Path) -> dict:
    """How many scans passed, and the middle and the range of each measure; empty where nothing was judged."""
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
    return {"counts": {verdict: int((table["verdict"] == verdict).sum()) for verdict in ORDER}, "measures": rows}


def quality_picture(results: Path) -> tuple[str, str]:
    """The first accepted scan and its picture; both empty where there is none yet."""
    path = results / "cohort" / "accepted.tsv"
    scan = read_table(path)["scan"].iloc[0] if path.exists() else ""
    picture = results / "derivatives" / scan_folder(scan) / "anat" / f"{scan}_desc-quality_check.jpg" if scan else path
    return (scan, embed(picture)) if picture.suffix == ".jpg" and picture.exists() else ("", "")
