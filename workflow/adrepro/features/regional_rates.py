"""Annual rate of change of each region, a row per included scan of a participant with two visits or more."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.repeat_visits import repeat_visits
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table

REST = ["unassigned"]  # gray matter without a region


def rate_of_change(months: np.ndarray, volumes: np.ndarray) -> np.ndarray:
    """Return the rate of change in percent of the mean volume per year, by least squares over the visits.

    Parameters
    ----------
    months : ndarray, shape (n_visits,)
        Time of the visits.
    volumes : ndarray, shape (n_visits, n_regions)
        Volumes in ml.

    Returns
    -------
    ndarray, shape (n_regions,)
        0 for regions that are empty at all visits.

    References
    ----------
    Reuter et al. 2012, NeuroImage 61:1402 (symmetrized percent change).
    """
    years = (months - months.mean()) / 12
    slope, mean = years @ volumes / (years @ years), volumes.mean(axis=0)
    return np.divide(100 * slope, mean, out=np.zeros_like(mean), where=mean > 0)


def _volumes(path: Path) -> pd.DataFrame:
    """Return the columns `scan name volume_ml` of a table of visits, or of one scan, whose name is that of the file."""
    table = read_table(path, numbers=("volume_ml",))
    if "scan" in table:
        return table
    stream = read_json(path.with_suffix(".json")).get("stream", "")
    return table.assign(scan=path.name.split("_atlas-")[0], stream=stream)


def _check_streams(measured: pd.DataFrame) -> None:
    """Raise a `UserError` if visits of one person were measured by different streams of FreeSurfer."""
    if "stream" not in measured:
        return
    streams = measured.groupby(measured["scan"].str.split("_").str[0])["stream"].nunique()
    if (streams > 1).any():
        raise UserError(
            f"{streams.idxmax()}: visits of the cross-sectional and of the longitudinal stream of FreeSurfer, whose "
            "difference would be taken for change; run one of them for all visits"
        )


def regional_rates(
    included: Path,
    cohort: Path,
    volumes: list[Path],
    records: list[Path],
    max_months: float | None,
    rates: Path,
    left_out: Path,
) -> None:
    """Write the regional rates of change, and the visits that were left out.

    Parameters
    ----------
    included, cohort : Path
        TSV of included scans (`participant_id session_id scan`), and cohort sheet (input).
    volumes : list of Path
        TSVs with the columns `scan name volume_ml` of the visits of a person, or of one scan without `scan` (input).
    records : list of Path
        JSONs with `left_out`, a reason by scan, of each participant; empty for tables of FreeSurfer (input).
    max_months : float or None
        Largest distance of a visit from the first one.
    rates : Path
        TSV to write, a row per visit that a rate was computed from, with the same rate at each visit of a person:
        `participant_id session_id visits years` and the rate of each region in percent per year (output).
    left_out : Path
        TSV to write: `participant_id session_id step reason` of visits that show someone else's head (output).

    Raises
    ------
    UserError
        If no participant has two visits, or visits of one person come from both streams of FreeSurfer.
    """
    scans = read_table(included)
    months = repeat_visits(scans, read_sheet(cohort), max_months)
    tables = [_volumes(path) for path in volumes]
    measured = pd.concat(tables) if tables else pd.DataFrame(columns=["scan", "name", "volume_ml"])
    _check_streams(measured)
    wide = measured.pivot(index="scan", columns="name", values="volume_ml").drop(columns=REST, errors="ignore")
    rows = []
    for by_scan in months.values():
        used = {scan: month for scan, month in by_scan.items() if scan in wide.index}
        time = np.array(list(used.values()))
        if len(set(used.values())) < 2:
            continue
        found = rate_of_change(time, wide.loc[list(used)].to_numpy(dtype=float))
        years = round(float(np.ptp(time)) / 12, 3)
        named = dict(zip(wide.columns, np.round(found, 5), strict=True))
        own = scans[scans["scan"].isin(used)]
        rows += [{**key, "visits": len(used), "years": years, **named} for key in own[KEYS].to_dict("records")]
    if not rows:
        raise UserError(
            f"{included}: no participant has two included scans of different months, which features: rate needs; "
            "add visits with their months to the cohort sheet, or use features: volume"
        )
    reasons = {scan: reason for path in records for scan, reason in read_json(path)["left_out"].items()}
    others = scans[scans["scan"].isin(reasons)]
    write_table(left_out, others[KEYS].assign(step="within_person", reason=others["scan"].map(reasons)))
    write_table(rates, pd.DataFrame(rows))


if __name__ == "__main__":
    step.run(regional_rates)
