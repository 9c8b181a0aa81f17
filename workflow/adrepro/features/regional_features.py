"""Volume and gray-matter density per region, a row per included scan."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.scan_paths import scan_folder
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table
from adrepro.features.regional_table import TOTALS, region_columns


def regional_features(included: Path, derivatives: Path, atlas: str, volumes: Path, densities: Path) -> None:
    """Write the regional tables of all included scans.

    Parameters
    ----------
    included : Path
        TSV of included scans: `participant_id session_id scan` (input).
    derivatives : Path
        Folder of the derivatives, with `*_atlas-<atlas>_desc-volume_morph.tsv` and its sidecar for each scan (input).
    atlas : str
        BIDS label of the atlas.
    volumes, densities : Path
        TSVs to write, a row per scan: `participant_id session_id`, the columns `TOTALS`, and the volume (ml) of each
        region, of gray matter or of CSF in ventricles; `participant_id session_id` and mean gray-matter density per
        region.
    """
    if read_table(included).empty:
        raise UserError(f"{included}: all scans were excluded; see excluded.tsv beside it for the reasons")
    rows: dict[str, list[dict[str, object]]] = {"volume_ml": [], "density": []}
    for scan in read_table(included).itertuples():
        path = derivatives / scan_folder(scan.scan) / "anat" / f"{scan.scan}_atlas-{atlas}_desc-volume_morph.tsv"
        regions, tissues = read_table(path, numbers=tuple(rows)), read_json(path.with_suffix(".json"))
        keys = {"participant_id": scan.participant_id, "session_id": scan.session_id}
        by_name = {measure: dict(sorted(zip(regions["name"], regions[measure], strict=True))) for measure in rows}
        totals = {name: tissues.get(name, "n/a") for name in TOTALS}
        rows["volume_ml"].append({**keys, **totals, **by_name["volume_ml"]})
        rows["density"].append({**keys, **by_name["density"]})
    table = pd.DataFrame(rows["volume_ml"])
    _check_regions(table)
    write_table(volumes, table)
    write_table(densities, pd.DataFrame(rows["density"]).dropna(axis="columns", how="all"))


def _check_regions(table: pd.DataFrame) -> None:
    """Raise a `UserError` if scans have different regions, such as scans of two versions of FreeSurfer."""
    for name in region_columns(table.columns):
        without = table[table[name].isna()]
        if not without.empty:
            first = without.iloc[0]
            raise UserError(
                f"regional volumes: {len(without)} of {len(table)} scans have no {name}, such as "
                f"{first['participant_id']} {first['session_id']}; use one tool and version for all scans"
            )


if __name__ == "__main__":
    step.run(regional_features)
