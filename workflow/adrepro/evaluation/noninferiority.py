"""Non-inferiority of approaches to a reference approach."""

from typing import Any

from adrepro.evaluation.bootstrap import MEAN, PairedBootstrap
from adrepro.evaluation.pairwise import COMPARED, SMALLEST_CLASS, bootstrap_difference


def non_inferiority_rows(
    keys: dict[str, str], found: PairedBootstrap, reference_approach: str | None, margin: float, confidence_level: float
) -> list[dict[str, Any]]:
    """Return the rows of `noninferiority.tsv` of one task, dataset and split.

    Parameters
    ----------
    keys : dict of str to str
        `task`, `dataset` and `split`.
    found : PairedBootstrap
        Metrics of the approaches there.
    reference_approach : str, optional
        Approach that the others are tested against; without it there are no rows.
    margin : float
        Non-inferiority margin, in balanced accuracy or AUC.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    list of dict
        One per approach and metric. The verdict is `not inferior` where the interval of the difference from the
        reference lies above minus the margin.
    """
    rows = []
    for approach in sorted({name for name, _ in found.found} - {reference_approach}):
        if (reference_approach, MEAN) not in found.found:
            break
        for metric in COMPARED:
            enough = min(found.counts[MEAN]) >= SMALLEST_CLASS
            own, _ = bootstrap_difference(found, approach, str(reference_approach), metric, enough, confidence_level)
            verdict = "not inferior" if own.low > -margin else "not shown"
            rows.append({
                **keys, "metric": metric, "approach": approach, "reference": reference_approach, "margin": margin,
                "difference": own.value, "low": own.low, "high": own.high, "verdict": verdict,
            })  # fmt: skip
    return rows
