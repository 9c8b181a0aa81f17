"""Checks for leakage through models: the training data of every model against its test and validation data."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.scan_paths import scan_name
from adrepro.config.training_purposes import EARLIER_MODEL, FITTED
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.evaluation.leakage_checks import Check, check_result


def training_uses(model: Path, seen: tuple[Path, ...] = ()) -> pd.DataFrame:
    """Return the scans that a trained model used, including those of the models that initialized it.

    Parameters
    ----------
    model : Path
        Folder of a fold model, with `training.tsv` and `model.json`.
    seen : tuple of Path, optional
        Folders visited already.

    Returns
    -------
    DataFrame
        Rows `purpose participant_id session_id`; the purposes of initializing models begin with `EARLIER_MODEL`.
    """
    rows = read_table(model / "training.tsv")
    for name in read_json(model / "model.json").get("builds_on", []):
        other = model.parents[2] / name
        if other not in seen:
            earlier = training_uses(other, (*seen, model))
            rows = pd.concat([rows, earlier.assign(purpose=EARLIER_MODEL + earlier["purpose"])])
    return rows


def check_models(models: list[Path]) -> list[Check]:
    """Check the training data of every model against its test and validation participants.

    Test and external participants must not be used for any purpose, validation participants not for fitting, and no
    scan may be scored twice.

    Parameters
    ----------
    models : list of Path
        Folders of the fold models, with `training.tsv`, `model.json` and `scores.tsv`.

    Returns
    -------
    list of dict
        Three checks, from `check_result`.
    """
    tested, validated, visits = [], [], []
    counts = {"models": len(models), "uses": 0, "scores": 0}
    for model in models:
        used, scores = training_uses(model), read_table(model / "scores.tsv")
        name = "/".join(model.parts[-3:])
        counts["uses"] += len(used)
        counts["scores"] += len(scores)
        test = set(scores.loc[scores["split"] != "validation", "participant_id"])
        validation = set(scores.loc[scores["split"] == "validation", "participant_id"])
        fitted = used["purpose"].str.removeprefix(EARLIER_MODEL).isin(FITTED)
        tested += [f"{name}: {r.participant_id} for {r.purpose}" for r in used.itertuples() if r.participant_id in test]
        validated += [
            f"{name}: {r.participant_id} for {r.purpose}"
            for r in used[fitted].itertuples()
            if r.participant_id in validation
        ]
        visits += [
            f"{name}: {scan_name(*key)} scored twice"
            for key, n in scores.groupby(["participant_id", "session_id"]).size().items()
            if n > 1
        ]
    compared = ", ".join(f"{n} {what}" for what, n in counts.items())
    return [
        check_result("test and external participants not used for training", compared, set(tested)),
        check_result("nothing fitted to validation participants", compared, set(validated)),
        check_result("each scan scored once", compared, set(visits)),
    ]


def check_visits(models: list[Path], labels: pd.DataFrame) -> Check:
    """Check that every score belongs to the baseline visit, at which the label was determined.

    Parameters
    ----------
    models : list of Path
        Folders of the fold models, with `scores.tsv`.
    labels : DataFrame
        Baseline visit of each participant: `participant_id session_id`.

    Returns
    -------
    dict
        From `check_result`.
    """
    baseline = set(labels[["participant_id", "session_id"]].itertuples(index=False, name=None))
    scored = {
        key
        for model in models
        for key in read_table(model / "scores.tsv")[["participant_id", "session_id"]].itertuples(index=False, name=None)
    }
    return check_result(
        "evaluated at baseline only", f"{len(scored)} scored scans", (scan_name(*key) for key in scored - baseline)
    )
