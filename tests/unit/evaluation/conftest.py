"""Fixture of the tests of the comparison: compute all of its tables from simulated scores."""

import pandas as pd
import pytest

from adrepro.evaluation.compute_metrics import compute_metrics
from score_tables import APPROACHES, write_scores


@pytest.fixture
def run(tmp_path):
    """Write simulated scores, run `compute_metrics` on them, and return its tables by name."""

    def run(approaches=None, reference_approach="good", holdouts=None, folds=2, **more):
        write_scores(tmp_path, **more)
        paths = {name: tmp_path / f"{name}.tsv" for name in ("metrics", "proportions", "differences", "noninferiority")}
        compute_metrics(
            tmp_path,
            **paths,
            approaches=approaches or APPROACHES,
            holdouts=holdouts or {},
            folds=folds,
            reference_approach=reference_approach,
            margin=0.05,
            replicates=500,
            confidence_level=0.95,
            seed=1,
        )
        return {name: pd.read_csv(path, sep="\t") for name, path in paths.items()}

    return run
