"""QC report: measures, robust z-scores and pictures of all preprocessed scans, the worst first."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

from adrepro.cohort.scan_paths import scan_folder
from adrepro.core import step
from adrepro.core.files import read_json, write_text
from adrepro.core.tables import read_table, write_table
from adrepro.report.deidentify import deidentify_html
from adrepro.report.html import embed, render
from adrepro.report.qc_table import VERDICTS, quality_table


def qc_report(
    readable: Path,
    inspected: Path,
    derivatives: Path,
    visits: list[Path],
    cohort: Path,
    table: Path,
    out: Path,
    warn_z: float,
    embedded_pictures: int,
    simulated: bool,
    deidentify: bool,
) -> None:
    """Write the QC table and the QC report of all preprocessed scans.

    Parameters
    ----------
    readable : Path
        Table of scans with their `status`; those with `ok` were preprocessed (input).
    inspected : Path
        Folder with a `SCAN.json` of each scan, whose `warnings` come from the check of the input (input).
    derivatives : Path
        Folder with `*_desc-qc_metrics.json` and `*_desc-qc_figure.jpg` of each scan (input).
    visits : list of Path
        `*_desc-visits_figure.jpg` of each person whose visits were compared, with `*_desc-visits_xfm.json` beside it;
        empty if no approach uses rates of change (input).
    cohort : Path
        Cohort sheet, for de-identification (input).
    table : Path
        TSV of `quality_table` (output).
    out : Path
        HTML page (output).
    warn_z : float
        Robust z-score beyond which a scan gets a warning.
    embedded_pictures : int
        Number of pictures inside the page. Those of the other scans are linked by relative paths; a de-identified page
        omits them, since file names hold identifiers.
    simulated : bool
        Whether the images are simulated.
    deidentify : bool
        Whether to write pseudonyms in place of identifiers.
    """
    scans = read_table(readable)
    scans = scans[scans["status"] == "ok"].reset_index(drop=True)
    stems = {scan: derivatives / scan_folder(scan) / "anat" / f"{scan}_desc-qc" for scan in scans["scan"]}
    figures = {scan: stem.with_name(f"{stem.name}_figure.jpg") for scan, stem in stems.items()}
    warnings = {scan: read_json(inspected / f"{scan}.json")["warnings"] for scan in stems}
    common = _common_warnings(warnings)
    records = [
        read_json(stem.with_name(f"{stem.name}_metrics.json"))
        | {"warnings": [text for text in warnings[scan] if text not in common]}
        for scan, stem in stems.items()
    ]
    qc = quality_table(scans, records, warn_z)
    write_table(table, qc)
    people, linked = _people(visits), None if deidentify else out.parent
    page = render(
        "qc_report.html.j2",
        rows=qc.to_dict("records"),
        measures=[name for name in qc if f"{name}_z" in qc],
        pictures=_pictures({scan: figures[scan] for scan in qc["scan"]}, embedded_pictures, linked),
        people=people,
        visits=_pictures({person["name"]: person["figure"] for person in people}, embedded_pictures, linked),
        counts={verdict: int((qc["verdict"] == verdict).sum()) for verdict in VERDICTS},
        warn_z=warn_z,
        embedded=min(embedded_pictures, len(qc)),
        common=common,
        deidentify=deidentify,
        simulated=simulated,
    )
    write_text(out, deidentify_html(page, cohort) if deidentify else page)


def _people(visits: list[Path]) -> list[dict[str, Any]]:
    """Return figure, overlaps and left-out visits of each person, those with the least overlap first."""
    people = []
    for figure in visits:
        record = read_json(figure.with_name(figure.name.replace("_figure.jpg", "_xfm.json")))
        overlaps = {scan: found["overlap"] for scan, found in record["visits"].items()}
        name, left_out = figure.name.split("_desc-")[0], record["left_out"]
        people.append({"name": name, "figure": figure, "overlaps": overlaps, "left_out": left_out})
    return sorted(people, key=lambda person: (not person["left_out"], min(person["overlaps"].values()), person["name"]))


def _common_warnings(warnings: dict[str, list[str]]) -> list[str]:
    """Return warnings of more than half of the scans, which distinguish none of them."""
    counts = Counter(text for texts in warnings.values() for text in texts)
    return sorted(text for text, count in counts.items() if count > len(warnings) / 2)


def _pictures(figures: dict[str, Path], embedded: int, folder: Path | None) -> dict[str, str]:
    """Return the address of each picture: the first ones embedded, the others relative to `folder`, if any."""
    names = list(figures)
    pictures = {name: embed(figures[name]) for name in names[:embedded]}
    if folder is not None:
        pictures |= {name: Path(os.path.relpath(figures[name], folder)).as_posix() for name in names[embedded:]}
    return pictures


if __name__ == "__main__":
    step.run(qc_report)
