"""Volume and gray-matter density per region, a row per included scan."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.scan_paths import scan_folder
from adrepro.core import step
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table


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
        TSVs to write, a row per scan: `participant_id session_id tiv_ml` and the volume (ml) of each region, of gray
        matter or of CSF in ventricles; `participant_id session_id` and mean gray-matter density per region.
    """
    rows: dict[str, list[dict[str, object]]] = {"volume_ml": [], "density": []}
    for scan in read_table(included).itertuples():
        path = derivatives / scan_folder(scan.scan) / "anat" / f"{scan.scan}_atlas-{atlas}_desc-volume_morph.tsv"
        regions, tissues = read_table(path, numbers=tuple(rows)), read_json(path.with_suffix(".json"))
        keys = {"participant_id": scan.participant_id, "session_id": scan.session_id}
        by_name = {measure: dict(sorted(zip(regions["name"], regions[measure], strict=True))) for measure in rows}
        rows["volume_ml"].append({**keys, "tiv_ml": tissues["tiv_ml"], **by_name["volume_ml"]})
        rows["density"].append({**keys, **by_name["density"]})
    write_table(volumes, pd.DataFrame(rows["volume_ml"]))
    write_table(densities, pd.DataFrame(rows["density"]).dropna(axis="columns", how="all"))


if __name__ == "__main__":
    step.run(regional_features)
