"""`adrepro preprocess`: maps and regional volumes of the scans of a BIDS dataset, as BIDS derivatives."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from adrepro.cohort.bids.scan_sheet import scan_sheet
from adrepro.cohort.cohort_sheet import EXCLUDED_COLUMNS
from adrepro.config.loading import load_settings
from adrepro.config.reference_space import label_of
from adrepro.core.errors import UserError
from adrepro.core.files import write_text
from adrepro.core.tables import read_table, write_table
from adrepro.inference.run_workflow import REPOSITORY, run_workflow

DEFAULTS = REPOSITORY / "config" / "config.yaml"
REAL_SCANS = REPOSITORY / "config" / "study" / "real_scans.yaml"


def preprocess(
    bids: Path,
    out: Path,
    work: Path,
    participants: list[str],
    sessions: list[str],
    entities: Mapping[str, str],
    configurations: list[Path],
    resolution_mm: float,
    cores: int,
) -> str:
    """Preprocess the scans of a BIDS dataset.

    Parameters
    ----------
    bids : Path
        BIDS dataset.
    out : Path
        Folder of the derivatives; receives the maps, and tables of all scans, those of earlier calls included:
        `regional*.tsv` and `excluded.tsv`.
    work : Path
        Folder in which the workflow runs, with logs and `reports/quality.html`.
    participants, sessions : list of str
        Labels of participants and sessions; empty for all.
    entities : mapping of str to str
        Value of `acq`, `rec` and `run` in the names of the scans.
    configurations : list of Path
        Configuration files on top of the settings for real scans; `resolution_mm` counts before theirs.
    resolution_mm : float
        Voxel size of the maps in template space.
    cores : int
        Cores to use.

    Returns
    -------
    str
        Summary for the console.

    Raises
    ------
    UserError
        If the dataset cannot be read, `work` belongs to other derivatives, or the workflow fails.
    """
    _check_folders(bids, out, work)
    sheet, ignored = scan_sheet(bids, participants, sessions, entities)
    out.mkdir(parents=True, exist_ok=True)
    link = work / "results" / "derivatives"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() and not link.exists():
        link.symlink_to(out.absolute(), target_is_directory=True)
    if link.resolve() != out.resolve():
        raise UserError(f"{work}: holds the work on {link.resolve()}; choose another --work, or remove it")
    write_table(work / "cohort.tsv", _with_earlier(sheet, work / "cohort.tsv"))
    write_table(work / "cohort_excluded.tsv", pd.DataFrame(ignored, columns=list(EXCLUDED_COLUMNS)))
    chosen = work / "preprocess.yaml"
    write_text(chosen, yaml.safe_dump({"resolution_mm": resolution_mm}))
    run_workflow(["features", "quality"], work / "cohort.tsv", work, [REAL_SCANS, *configurations, chosen], cores)
    settings = load_settings([DEFAULTS, REAL_SCANS, *configurations, chosen])
    suffixes = [""] + [f"_{label_of(atlas)}" for atlas in settings.atlases]
    for name in [f"{kind}{suffix}.tsv" for kind in ("regional", "regional_density") for suffix in suffixes]:
        shutil.copyfile(work / "results" / "features" / name, out / name)
    excluded = read_table(work / "results" / "cohort" / "excluded.tsv")
    write_table(out / "excluded.tsv", excluded)
    lines = [f"{out}: maps and regional volumes (regional.tsv) of {len(read_table(out / 'regional.tsv'))} scans"]
    lines += [f"  left out: {row.participant_id} {row.session_id}: {row.reason}" for row in excluded.itertuples()]
    return "\n".join([*lines, f"  figures of all scans: {work / 'reports' / 'quality.html'}"])


def _check_folders(bids: Path, out: Path, work: Path) -> None:
    """Raise a `UserError` if the derivatives or the work would be written into the dataset, or into each other."""
    data, derivatives, place = (path.resolve() for path in (bids, out, work))
    if data in (derivatives, place) or derivatives == place:
        raise UserError("adrepro preprocess: --bids, --out and --work must be three folders")
    description = out / "dataset_description.json"
    if description.exists() and "adrepro" not in description.read_text(encoding="utf-8", errors="replace"):
        raise UserError(f"{out}: holds another dataset; choose another --out")


def _with_earlier(sheet: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the sheet after the rows of earlier calls for other participants, so that tables hold all of them."""
    if not path.exists():
        return sheet
    earlier = read_table(path)
    others = earlier[~earlier["participant_id"].isin(sheet["participant_id"])]
    return pd.concat([others, sheet], ignore_index=True)
