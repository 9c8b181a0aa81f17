"""Regional volumes of one scan from tables of FreeSurfer, FastSurfer or SynthSeg.

Layouts, in this order: the `stats` folder of a scan (`aseg.stats` with `?h.aparc.stats`, or with FastSurfer's
`?h.aparc.DKTatlas.mapped.stats`) in the folder of the derivatives or in `sourcedata/freesurfer`, that of the
longitudinal stream (`sub-1_ses-2.long.sub-1`) before others; tables of all scans by `asegstats2table` and by
`aparcstats2table` with `--meas volume`; tables by `mri_synthseg --parc --vol`.
"""

import csv
import re
from pathlib import Path

from adrepro.core.errors import ScanFault
from adrepro.preprocessing.derivatives.freesurfer_labels import (
    CEREBELLAR_WHITE,
    CEREBRAL_WHITE,
    Volumes,
    check_regions,
    parse_label,
)
from adrepro.preprocessing.reference.region_names import NAMES, VENTRICLES

ROOTS = ("", "sourcedata/freesurfer")
STATS = (
    ("aseg.stats", "lh.aparc.stats", "rh.aparc.stats"),
    ("aseg.stats", "lh.aparc.DKTatlas.mapped.stats", "rh.aparc.DKTatlas.mapped.stats"),
)
VOLUME_COLUMNS = ("Volume_mm3", "GrayVol")
# First cell of tables of volumes; those of thickness, area or percentages begin otherwise.
TABLE_OF_VOLUMES = re.compile(r"Measure:volume|[lr]h\.aparc[\w.]*\.volume", re.IGNORECASE)
SYNTHSEG_TOTAL = "total intracranial"
TOLERANCE = 1e-3  # relative difference of one volume in two tables
TIV_ML = (500, 3000)


def find_tables(folder: Path, scan: str) -> list[Path]:
    """Return the tables to read for a scan.

    Parameters
    ----------
    folder : Path
        Folder of the derivatives.
    scan : str
        `sub-X[_ses-Y]`.

    Returns
    -------
    list of Path
        Files of the scan's own `stats` folder, or else the tables of all scans; empty if there are neither.
    """
    for root in ROOTS:
        home = folder / root
        for subject in (*sorted(home.glob(f"{scan}.long.*")), home / scan, home / scan.replace("_", "/")):
            for names in STATS:
                if all((subject / "stats" / name).is_file() for name in names):
                    return [subject / "stats" / name for name in names]
    return [path for ending in ("tsv", "csv", "txt") for path in sorted(folder.glob(f"*.{ending}")) if _header(path)]


def stream_of(paths: list[Path]) -> str:
    """Return the stream of FreeSurfer that tables come from: `longitudinal`, `cross-sectional`, or `` of all scans.

    Parameters
    ----------
    paths : list of Path
        From `find_tables`.
    """
    if paths[0].parent.name != "stats":
        return ""
    return "longitudinal" if ".long." in paths[0].parents[1].name else "cross-sectional"


def read_tables(paths: list[Path], scan: str) -> Volumes:
    """Return the volumes of a scan.

    Parameters
    ----------
    paths : list of Path
        From `find_tables`.
    scan : str
        `sub-X[_ses-Y]`.

    Returns
    -------
    dict of (str, str) to float
        Volume in ml by hemisphere (`L`, `R` or empty) and label, as `parse_label` returns them.

    Raises
    ------
    ScanFault
        If the tables are damaged or contradict each other, lack the scan, its intracranial volume or a region.
    """
    found: Volumes = {}
    source: dict[tuple[str, str], str] = {}
    for path in paths:
        try:
            rows = _read_stats(path) if path.suffix == ".stats" else _read_table(path, scan)
        except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
            raise ScanFault(f"{path}: not a readable table of volumes ({error}); make it again") from None
        for key, ml in rows.items():
            other = found.setdefault(key, ml)
            if abs(other - ml) > TOLERANCE * max(other, ml):
                names = f"{source[key]} and {path.name}"
                raise ScanFault(
                    f"{scan}: {' '.join(key).strip()} is {other:g} and {ml:g} ml in {names}; keep one table"
                )
            source.setdefault(key, path.name)
    if not found:
        raise ScanFault(f"{scan}: no row in the tables of FreeSurfer; run it for the scan, or remove it from the sheet")
    tiv = found.get(("", "TIV"))
    if tiv is None:
        raise ScanFault(f"{scan}: no intracranial volume in its tables; provide aseg.stats or a table with eTIV")
    if not TIV_ML[0] < tiv < TIV_ML[1]:
        raise ScanFault(f"{scan}: intracranial volume of {tiv:g} ml; the tables must hold volumes in mm3")
    check_regions(found, scan)
    return found


def _read_stats(path: Path) -> Volumes:
    """Return the volumes of a `.stats` file, which holds one scan."""
    found: Volumes = {}
    columns: list[str] = []
    hemisphere = f"{path.name[:2]}-" if path.name[:3] in ("lh.", "rh.") else ""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if line.startswith("# Measure "):
            parts = line.removeprefix("# Measure ").rsplit(", ", 4)
            key = parse_label(parts[1]) if len(parts) == 5 and parts[4] == "mm^3" else None
            if key:
                found[key] = _ml(parts[3])
        elif line.startswith("# ColHeaders"):
            columns = line.split()[2:]
        elif line.strip() and not line.startswith("#"):
            row = dict(zip(columns, line.split(), strict=False))
            volume = next((row[name] for name in VOLUME_COLUMNS if name in row), None)
            if volume is None or "StructName" not in row:
                raise ValueError(f"line {number} has no volume of a structure")
            if key := parse_label(hemisphere + row["StructName"]):
                found[key] = _ml(volume)
    return found


def _header(path: Path) -> list[str]:
    """Return the columns of a table of volumes; empty if the file is something else."""
    with open(path, encoding="utf-8-sig", errors="replace") as lines:
        first = lines.readline().rstrip("\r\n")
    cells = next(csv.reader([first], delimiter="\t" if "\t" in first else ","), [])
    of_volumes = cells and (TABLE_OF_VOLUMES.fullmatch(cells[0].strip()) or SYNTHSEG_TOTAL in cells)
    return cells if of_volumes else []


def _read_table(path: Path, scan: str) -> Volumes:
    """Return the row of a scan from a table of all scans; empty if it has none."""
    header = _header(path)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.reader(lines[1:], delimiter="\t" if "\t" in lines[0] else ","))
    labels = [parse_label(name) for name in header[1:]]
    known = [label for label in labels if label]
    twice = next((label for label in known if known.count(label) > 1), None)
    if twice:
        raise ValueError(f"two columns of {' '.join(twice).strip()}")
    named = [row for row in rows if row and _is_scan(row[0], scan)]
    if len(named) > 1:
        raise ValueError(f"{len(named)} rows of {scan}")
    if named and len(named[0]) != len(header):
        raise ValueError(f"{len(named[0])} cells in the row of {scan}, expected {len(header)}")
    return {key: _ml(value) for row in named for key, value in zip(labels, row[1:], strict=True) if key}


def _is_scan(cell: str, scan: str) -> bool:
    """Return whether the first cell of a row, an id, a file name or a path, names the scan."""
    parts, wanted = Path(cell.strip()).parts, scan.split("_")
    files = [part for part in parts if re.match(r"sub-[A-Za-z0-9]+(_|\.|$)", part)]
    name = re.compile(
        re.escape(scan) + r"(_(acq|ce|rec|run)-[A-Za-z0-9]+)*(_T1w)?(\.long\.[\w-]+)?(\.nii(\.gz)?|\.mgz)?"
    )
    if files and "_" in files[-1]:
        return bool(name.fullmatch(files[-1]))
    folders = [part for part in parts if re.fullmatch(r"(sub|ses)-[A-Za-z0-9]+", part)]
    return folders == wanted or bool(files and len(folders) < 2 and name.fullmatch(files[-1]))


def _ml(value: str) -> float:
    number = float(value) / 1000
    if not 0 <= number < 10_000:
        raise ValueError(f"a volume of {value} mm3")
    return number


def tissue_volumes(volumes: Volumes) -> dict[str, float]:
    """Return the volumes of the tissues in ml; CSF is what remains of the intracranial volume.

    Parameters
    ----------
    volumes : dict of (str, str) to float
        From `read_tables`.

    Raises
    ------
    ScanFault
        If there is no volume of white matter, or regions are larger than the intracranial volume.
    """
    gray = sum(ml for (_, name), ml in volumes.items() if name in NAMES and name not in (*VENTRICLES, "brainstem"))
    # Some versions list white matter by hemisphere, some in total, some both.
    sides = [(side, CEREBRAL_WHITE) for side in ([""] if ("", CEREBRAL_WHITE) in volumes else "LR")]
    if any(key not in volumes for key in sides):
        raise ScanFault("no volume of cerebral white matter; provide aseg.stats or a table with it")
    others = [("L", CEREBELLAR_WHITE), ("R", CEREBELLAR_WHITE), ("", "brainstem")]
    white = sum(volumes.get(key, 0.0) for key in [*sides, *others])
    rest = volumes["", "TIV"] - gray - white
    if rest < 0:
        raise ScanFault(
            f"regions of {gray + white:.0f} ml in an intracranial volume of {volumes['', 'TIV']:.0f} ml; check the scan"
        )
    return {"GM": gray, "WM": white, "CSF": rest}
