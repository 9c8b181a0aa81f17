"""The regional tables: one row per accepted scan."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import scan_folder
from adrepro.core import step
from adrepro.core.files import read_json, read_table, write_table


def features(accepted: Path, derivatives: Path, volumes: Path, densities: Path) -> None:
    """Write grey-matter volume (ml) and mean density per region, with the total intracranial volume (ml)."""
    rows: dict[str, list[dict]] = {"volume_ml": [], "density": []}
    for scan in read_table(accepted).itertuples():
        path = derivatives / scan_folder(scan.scan) / "anat" / f"{scan.scan}_desc-regional_volumes.json"
        found = read_json(path)
        keys = {"participant_id": scan.participant_id, "session_id": scan.session_id}
        rows["volume_ml"].append({**keys, "tiv_ml": found["tiv_ml"], **found["volume_ml"]})
        rows["density"].append({**keys, **found["density"]})
    write_table(volumes, pd.DataFrame(rows["volume_ml"]))
    write_table(densities, pd.DataFrame(rows["density"]))


if __name__ == "__main__":
    step.run(features)
