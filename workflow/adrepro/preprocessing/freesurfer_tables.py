"""Regional volumes of one scan from tables of FreeSurfer, FastSurfer or SynthSeg.

Three layouts are read, in this order: `stats` folders of `recon-all` (`aseg.stats`, `?h.aparc.stats`) and of FastSurfer
(`?h.aparc.DKTatlas.mapped.stats`, or `aseg+DKT.stats` alone), below the folder of the derivatives or below
`sourcedata/freesurfer` as fMRIPrep leaves them; tables of all scans by `asegstats2table` and `aparcstats2table`; tables
of SynthSeg (`mri_synthseg --vol`).
"""

import csv
import re
from pathlib import Path

from adrepro.core.errors import ScanFault
from adrepro.preprocessing.reference.region_names import NAMES, region_name

# Labels of the tools that differ from those of `NAMES`.
ALIASES = {
    "thalamus": "thalamusproper",
    "cerebellumcortex": "cerebellum",
    "3rdventricle": "thirdventricle",
    "4thventricle": "fourthventricle",
    "inflatvent": "inferiorlateralventricle",
    "corticalwhitematter": "cerebralwhitematter",
}
VENTRICLES = ("lateralventricle", "inferiorlateralventricle", "thirdventricle", "fourthventricle")
CEREBRAL_WHITE = "cerebralwhitematter"
TOTAL = {"etiv": "TIV", "estimatedtotalintracranial": "TIV", "totalintracranial": "TIV", "wmhypointensities": "WMH"}
WHITE = (CEREBRAL_WHITE, "cerebellumwhitematter")
SIDES = {"left": "L", "lh": "L", "right": "R", "rh": "R"}
ROOTS = ("", "sourcedata/freesurfer")
STATS = (
    ("aseg.stats", "lh.aparc.stats", "rh.aparc.stats"),
    ("aseg.stats", "lh.aparc.DKTatlas.mapped.stats", "rh.aparc.DKTatlas.mapped.stats"),
    ("aseg+DKT.stats",),
)
VOLUME_COLUMNS = ("Volume_mm3", "GrayVol")
Volumes = dict[tuple[str, str], float]


def find_tables(folder: Path, scan: str) -> list[Path]:
    """Return the tables that may hold a scan.

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
        for subject in (scan, scan.replace("_", "/")):
            stats = folder / root / subject / "stats"
            for names in STATS:
                if all((stats / name).is_file() for name in names):
                    return [stats / name for name in names]
    return sorted(path for ending in ("tsv", "csv", "txt") for path in folder.glob(f"*.{ending}"))


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
        Volume in ml by hemisphere (`L`, `R` or empty) and label: keys of `NAMES`, `TIV`, `WMH` and labels of white
        matter.

    Raises
    ------
    ScanFault
        If the tables are damaged, lack the scan, or lack its intracranial volume or its regions.
    """
    found: Volumes = {}
    for path in paths:
        read = _read_stats if path.suffix == ".stats" else _read_table
        try:
            rows = read(path, scan)
        except (OSError, UnicodeDecodeError, ValueError, IndexError, csv.Error) as error:
            raise ScanFault(f"{path}: not a readable table of volumes ({error}); run the tool again") from None
        for key, ml in rows.items():
            found.setdefault(key, ml)
    if not found:
        raise ScanFault(f"{scan}: no row in the tables of FreeSurfer; run it for the scan, or remove it from the sheet")
    if ("", "TIV") not in found:
        raise ScanFault(f"{scan}: no intracranial volume in its tables; provide aseg.stats or a table with eTIV")
    for side in "LR":
        missing = [label for label in ("hippocampus", "superiorfrontal") if (side, label) not in found]
        if missing:
            name = region_name(missing[0], side).lower()
            raise ScanFault(f"{scan}: no volume of the {name} in its tables; provide both aseg and aparc")
    return found


def parse_label(label: str) -> tuple[str, str] | None:
    """Return hemisphere and label of a structure, as in `NAMES`, or None for a structure that is not used.

    Parameters
    ----------
    label : str
        Name of a row or column, such as `Left-Thalamus-Proper`, `ctx-lh-insula`, `lh_insula_volume`, `left amygdala`.
    """
    words = re.split(r"[-_ ]+", label.strip().lower())
    side = next((SIDES[word] for word in words if word in SIDES), "")
    rest = "".join(word for word in words if word not in (*SIDES, "ctx", "volume")).removesuffix("vol")
    if rest in TOTAL:
        return ("", TOTAL[rest]) if not side else None
    rest = ALIASES.get(rest, rest)
    return (side, rest) if rest in NAMES or rest in WHITE else None


def _read_stats(path: Path, scan: str) -> Volumes:
    """Return the volumes of a `.stats` file, which holds one scan."""
    found: Volumes = {}
    columns: list[str] = []
    hemisphere = f"{path.name[:2]}-" if path.name[:3] in ("lh.", "rh.") else ""
    for line in path.read_text().splitlines():
        if line.startswith("# Measure "):
            _, short, _, value, unit = line.removeprefix("# Measure ").rsplit(", ", 4)
            key = parse_label(short) if unit == "mm^3" else None
            if key:
                found[key] = _ml(value)
        elif line.startswith("# ColHeaders"):
            columns = line.split()[2:]
        elif line.strip() and not line.startswith("#"):
            row = dict(zip(columns, line.split(), strict=False))
            key = parse_label(hemisphere + row.get("StructName", ""))
            volume = next((row[name] for name in VOLUME_COLUMNS if name in row), None)
            if key and volume is not None:
                found[key] = _ml(volume)
    return found


def _read_table(path: Path, scan: str) -> Volumes:
    """Return the row of a scan from a table of all scans; empty if there is none, or the table is another."""
    text = path.read_text(encoding="utf-8-sig")
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    header, *rows = list(csv.reader(text.splitlines(), delimiter=delimiter)) or [[]]
    labels = [parse_label(name) for name in header[1:]]
    if not any(labels) or re.search(r"thickness|area|curv|mean", header[0], re.IGNORECASE):
        return {}
    named = [row for row in rows if row and _is_scan(row[0], scan)]
    if len(named) > 1:
        raise ValueError(f"{len(named)} rows of {scan}")
    return {key: _ml(value) for row in named for key, value in zip(labels, row[1:], strict=True) if key}


def _is_scan(cell: str, scan: str) -> bool:
    """Return whether the first cell of a row, an id, a file name or a path, names the scan."""
    parts, wanted = Path(cell.strip()).parts, scan.split("_")
    name = re.compile(re.escape(scan) + r"(_(acq|ce|rec|run)-[A-Za-z0-9]+)*(_T1w)?(\.nii(\.gz)?|\.mgz)?")
    as_folders = any(list(parts[i : i + len(wanted)]) == wanted for i in range(len(parts)))
    return as_folders or any(name.fullmatch(part) for part in parts)


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
        If the regions are larger than the intracranial volume.
    """
    gray = sum(ml for (_, name), ml in volumes.items() if name in NAMES and name not in (*VENTRICLES, "brainstem"))
    # Some versions list white matter by hemisphere, some in total, some both.
    sides = [(side, CEREBRAL_WHITE) for side in ([""] if ("", CEREBRAL_WHITE) in volumes else "LR")]
    others = [("L", WHITE[1]), ("R", WHITE[1]), ("", "brainstem")]
    white = sum(volumes.get(key, 0.0) for key in [*sides, *others])
    rest = volumes["", "TIV"] - gray - white
    if rest < 0:
        raise ScanFault(
            f"regions of {gray + white:.0f} ml in an intracranial volume of {volumes['', 'TIV']:.0f} ml; check the scan"
        )
    return {"GM": gray, "WM": white, "CSF": rest}
