"""The quality gallery: measures, distance from the cohort and picture of every scan, the worst first."""

import os
from collections import Counter
from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import scan_folder
from adrepro.core import step
from adrepro.core.files import read_json, read_table, write_table, write_text
from adrepro.preprocessing.qc_metrics import robust_z
from adrepro.report.deidentify import without_names
from adrepro.report.html import embed, render

KEYS = ["participant_id", "session_id", "scan", "verdict", "reasons"]
ORDER = {"fail": 0, "warn": 1, "pass": 2}


def quality_table(scans: pd.DataFrame, verdicts: list[dict], warn_z: float) -> pd.DataFrame:
    """One row per scan: keys, verdict, reasons, each measure and its robust z-score `<measure>_z`; worst first.

    `fail` comes from the limits of the configuration; `warn` marks a scan inside them whose z-score over this cohort
    exceeds `warn_z`, or of which the first look said something (`warnings`). Only `fail` excludes.
    """
    measures = pd.DataFrame([v["measures"] for v in verdicts]).astype(float)
    z = measures.apply(lambda column: robust_z(column.to_numpy()))
    rows = []
    for scan, found, distance in zip(scans[KEYS[:3]].to_dict("records"), verdicts, z.to_dict("records"), strict=True):
        far = [f"{name} is {d:+.1f} robust z from the cohort" for name, d in distance.items() if abs(d) > warn_z]
        told = [*far, *found.get("warnings", [])]
        verdict = "fail" if found["verdict"] == "fail" else "warn" if told else "pass"
        rows.append({**scan, "verdict": verdict, "reasons": "; ".join(found["reasons"] + told)})
    table = pd.concat([pd.DataFrame(rows, columns=KEYS), measures, z.add_suffix("_z").round(3)], axis=1)
    far = -z.abs().max(axis=1)
    order = pd.DataFrame({"verdict": table["verdict"].map(ORDER), "far": far, "scan": table["scan"]})
    return table.loc[order.sort_values(list(order)).index].reset_index(drop=True)


def gallery(
    usable: Path,
    inspected: Path,
    derivatives: Path,
    cohort: Path,
    table: Path,
    out: Path,
    warn_z: float,
    embedded_pictures: int,
    simulated: bool,
    share: bool,
) -> None:
    """Write the table of all scans that were preprocessed, and the page that shows them; `share` takes names out.

    The page holds the pictures of the first `embedded_pictures` scans; those of the others it finds among the
    derivatives, or not at all where it is to be shared, since their names tell whose they are.
    """
    scans = read_table(usable)
    scans = scans[scans["status"] == "ok"].reset_index(drop=True)
    stems = {scan: derivatives / scan_folder(scan) / "anat" / f"{scan}_desc-quality_check" for scan in scans["scan"]}
    warnings = {scan: read_json(inspected / f"{scan}.json")["warnings"] for scan in stems}
    said = Counter(text for each in warnings.values() for text in each)
    common = sorted(text for text, times in said.items() if times > len(stems) / 2)  # tells nothing of one scan
    verdicts = [
        read_json(stem.with_suffix(".json")) | {"warnings": [text for text in warnings[scan] if text not in common]}
        for scan, stem in stems.items()
    ]
    found = quality_table(scans, verdicts, warn_z)
    write_table(table, found)
    shown = list(found["scan"])
    pictures = {scan: embed(stems[scan].with_suffix(".jpg")) for scan in shown[:embedded_pictures]}
    if not share:
        outside = {scan: stems[scan].with_suffix(".jpg") for scan in shown[embedded_pictures:]}
        pictures |= {scan: Path(os.path.relpath(path, out.parent)).as_posix() for scan, path in outside.items()}
    measures = [name for name in found if f"{name}_z" in found]
    counts = {verdict: int((found["verdict"] == verdict).sum()) for verdict in ORDER}
    page = render(
        "gallery.html.j2",
        rows=found.to_dict("records"),
        measures=measures,
        pictures=pictures,
        counts=counts,
        warn_z=warn_z,
        embedded=min(embedded_pictures, len(shown)),
        common=common,
        share=share,
        simulated=simulated,
    )
    write_text(out, without_names(page, cohort) if share else page)


if __name__ == "__main__":
    step.run(gallery)
