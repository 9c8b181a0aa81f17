"""Simulated scores of three approaches, for tests of the comparison and of the report."""

import numpy as np
import pandas as pd

from adrepro.core.tables import write_table
from adrepro.models.predictions import COLUMNS

STRENGTH = {"cnn": 0.2, "good": 2.0, "same": 2.0}
APPROACHES = {"AD_vs_CN": list(STRENGTH)}


def write_scores(folder, per_class=40, folds=2, change=None):
    """Write scores of three approaches on one task: a weak one, a good one, and a copy of the good one.

    Parameters
    ----------
    folder : Path
        Folder to write `AD_vs_CN/<approach>/fold-<k>/scores.tsv` in.
    per_class : int, optional
        Test and external participants of each class; validation has half of them.
    folds : int, optional
        Number of folds.
    change : callable, optional
        Returns the table to write in place of a given one.
    """
    for name, strength in STRENGTH.items():
        for fold in range(folds):
            rng = np.random.default_rng(fold)
            parts = []
            for split, n in (("validation", per_class // 2), ("test", per_class), ("external", per_class)):
                target = np.repeat([0, 1], n)
                score = 1 / (1 + np.exp(-(strength * (target - 0.5) + rng.normal(0, 1, 2 * n))))
                first = 1000 * (fold + 1) if split == "validation" else 0
                parts.append(
                    pd.DataFrame(
                        {
                            "task": "AD_vs_CN", "approach": name, "fold": fold, "split": split,
                            "dataset": "other" if split == "external" else "study",
                            "participant_id": [f"sub-{split[0]}{first + i}" for i in range(2 * n)],
                            "session_id": "n/a", "label": target, "score": score.round(4),
                            "score_kind": "probability", "prediction": (score > 0.5).astype(int),
                        }
                    )
                )  # fmt: skip
            table = pd.concat(parts)[COLUMNS]
            write_table(folder / "AD_vs_CN" / name / f"fold-{fold}" / "scores.tsv", change(table) if change else table)
