"""Table of QC measures over a cohort."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

KEYS = ["participant_id", "session_id", "scan", "verdict", "reasons"]
# Robust standard deviations below which differences between scans mean nothing, of measures that are near 0 in most.
MIN_SPREAD = {"gray_in_white": 0.01, "wmh_ml": 1.0, "mask_holes_ml": 0.5, "jacobian_nonpositive": 0.001}
VERDICTS = {"fail": 0, "warn": 1, "pass": 2}  # and their order in the table


def quality_table(scans: pd.DataFrame, records: Sequence[Mapping[str, Any]], warn_z: float) -> pd.DataFrame:
    """Return the QC measures of all scans, with robust z-scores over the cohort.

    A scan outside the limits of the configuration has the verdict `fail`, which excludes it. A scan with a z-score
    beyond `warn_z`, or with a warning from the check of the input, has the verdict `warn`, which excludes nobody.

    Parameters
    ----------
    scans : DataFrame
        Rows `participant_id session_id scan`.
    records : sequence of mapping
        QC record of each scan: `measures` (value by name), `verdict`, `reasons`, and `warnings` if there are any.
    warn_z : float
        Threshold on the absolute robust z-score.

    Returns
    -------
    DataFrame
        One row per scan: `participant_id session_id scan verdict reasons`, each measure, and its robust z-score
        `<measure>_z`. Sorted by verdict, then by the largest absolute z-score, the worst first.
    """
    measures = pd.DataFrame([record["measures"] for record in records]).astype(float)
    z = measures.apply(lambda column: robust_z(column.to_numpy(), MIN_SPREAD.get(str(column.name), 0.0)))
    rows = []
    for scan, record, scores in zip(scans[KEYS[:3]].to_dict("records"), records, z.to_dict("records"), strict=True):
        far = [
            f"{name} is {score:+.1f} robust z from the cohort" for name, score in scores.items() if abs(score) > warn_z
        ]
        notes = [*far, *record.get("warnings", [])]
        verdict = "fail" if record["verdict"] == "fail" else "warn" if notes else "pass"
        rows.append({**scan, "verdict": verdict, "reasons": "; ".join([*record["reasons"], *notes])})
    table = pd.concat([pd.DataFrame(rows, columns=KEYS), measures, z.add_suffix("_z").round(3)], axis=1)
    nearness = -z.abs().max(axis=1)
    order = pd.DataFrame({"verdict": table["verdict"].map(VERDICTS), "nearness": nearness, "scan": table["scan"]})
    return table.loc[order.sort_values(list(order)).index].reset_index(drop=True)


def robust_z(values: np.ndarray, min_spread: float = 0.0) -> np.ndarray:
    """Return robust z-scores: the distance from the median in units of the scaled median absolute deviation.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Values of one measure.
    min_spread : float
        Lower bound of the scaled median absolute deviation.

    Returns
    -------
    ndarray of shape (n,)
        Zeros if that is 0.
    """
    center = np.median(values)
    spread = max(1.4826 * float(np.median(np.abs(values - center))), min_spread)
    return (values - center) / spread if spread > 0 else np.zeros_like(values)
