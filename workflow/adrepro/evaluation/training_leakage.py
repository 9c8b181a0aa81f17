"""Checks for leakage through models: the training data of every model against its test and validation data."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.leakage_checks import Check, check_result
from adrepro.cohort.scan_paths import scan_name
from adrepro.config.training_purposes import FITTED, Purpose
from adrepro.core.errors import raise_if_any
from adrepro.core.files import read_json
from adrepro.core.tables import read_table

USE_COLUMNS = ["purpose", "participant_id", "session_id", "via"]


def training_uses(model: Path) -> pd.DataFrame:
    """Return the scans that a trained model used, including those of all models that it was initialized from.

    Parameters
    ----------
    model : Path
        Folder of a fold model, `TASK/APPROACH/fold-K`, with `training.tsv` and `model.json`.

    Returns
    -------
    DataFrame
        Rows `purpose participant_id session_id via`; `via` names the models between, from the one that was initialized
        to the one that used the scan, and is empty for the model itself.

    Raises
    ------
    UserError
        If a table has an unknown purpose, whose leaks no check would find.
    """
    pending, seen, tables = [(model, "")], set(), []
    while pending:
        folder, via = pending.pop(0)
        if folder in seen:
            continue
        seen.add(folder)
        tables.append(_own_uses(folder).assign(via=via))
        others = read_json(folder / "model.json").get("builds_on", [])
        pending += [(model.parents[2] / other, f"{via} > {other}" if via else other) for other in others]
    return pd.concat(tables)[USE_COLUMNS]


def _own_uses(folder: Path) -> pd.DataFrame:
    path = folder / "training.tsv"
    rows = read_table(path)
    known = [purpose.value for purpose in Purpose]
    raise_if_any(
        (
            f"line {number}: purpose {purpose!r} is unknown, expected one of {', '.join(known)}; delete the folder to "
            "train the model again"
            for number, purpose in enumerate(rows["purpose"], start=2)
            if purpose not in known
        ),
        str(path),
    )
    return rows


def model_name(model: Path) -> str:
    """Return task, approach and fold of the folder of a model.

    Parameters
    ----------
    model : Path
        Folder of a fold model.
    """
    return "/".join(model.parts[-3:])


def check_models(models: list[Path], people: pd.DataFrame, views: dict[str, pd.DataFrame]) -> list[Check]:
    """Check the training data of every model against its test and validation participants.

    Test and external participants must not be used for any purpose by a model or by one that it was initialized from,
    and validation participants of the fold not for fitting.

    Parameters
    ----------
    models : list of Path
        Folders of the fold models, and of pre-trainings, which have no scores.
    people : DataFrame
        Splits of all participants: `participant_id partition fold`.
    views : dict of str to DataFrame
        Split of each task, with the baseline visit of each participant.

    Returns
    -------
    list of dict
        From `check_result`.
    """
    found: dict[str, set[str]] = {"tested": set(), "validated": set(), "twice": set(), "drawn": set(), "folds": set()}
    counts = {"models": len(models), "uses": 0, "scores": 0}
    partition = people.set_index("participant_id")["partition"]
    fold_of = people.set_index("participant_id")["fold"]
    for model in models:
        name, fold = model_name(model), model.name.removeprefix("fold-")
        used, scores = training_uses(model), _scores(model)
        counts["uses"] += len(used)
        counts["scores"] += len(scores)
        held_out = set(scores.loc[scores["split"] != "validation", "participant_id"])
        held_out |= set(partition.index[partition.isin(["test", "external"])])
        validation = set(scores.loc[scores["split"] == "validation", "participant_id"])
        validation |= set(fold_of.index[fold_of == fold])
        found["tested"] |= _described(name, used[used["participant_id"].isin(held_out)])
        fitted = used["purpose"].isin(FITTED) & used["participant_id"].isin(validation)
        found["validated"] |= _described(name, used[fitted])
        found["folds"] |= {f"{name} builds on {one}" for one in _links(used) if not one.endswith(f"/fold-{fold}")}
        keys = scores.groupby(KEYS).size()
        found["twice"] |= {f"{name}: {scan_name(*key)} scored twice" for key in keys.index[keys > 1]}
        found["drawn"] |= _not_as_drawn(name, scores, views.get(model.parts[-3]), fold)
    compared = ", ".join(f"{n} {what}" for what, n in counts.items())
    titles = {
        "tested": "test and external participants not used for training",
        "validated": "nothing fitted to validation participants",
        "folds": "models initialized from the same fold",
        "twice": "each scan scored once",
        "drawn": "evaluated as drawn, at baseline only",
    }
    return [check_result(title, compared, found[kind]) for kind, title in titles.items()]


def _scores(model: Path) -> pd.DataFrame:
    """Return the scores of a model; none of a pre-training."""
    path = model / "scores.tsv"
    return read_table(path) if path.is_file() else pd.DataFrame(columns=[*KEYS, "split"], dtype=str)


def _described(name: str, used: pd.DataFrame) -> set[str]:
    return {
        f"{name}: {row.participant_id} for {row.purpose}" + (f" of {row.via}" if row.via else "")
        for row in used.itertuples()
    }


def _links(used: pd.DataFrame) -> set[str]:
    return {link for via in used["via"].unique() for link in via.split(" > ") if link}


def _not_as_drawn(name: str, scores: pd.DataFrame, view: pd.DataFrame | None, fold: str) -> set[str]:
    """Return scores of a scan in another split, or at another visit, than that of the task, and scans without one."""
    if view is None or scores.empty:
        return set()
    drawn = view[(view["partition"] != "train") | (view["fold"] == fold)]
    splits = drawn["partition"].replace("train", "validation")
    expected = set(zip(drawn["participant_id"], drawn["session_id"], splits, strict=True))
    scored = set(zip(scores["participant_id"], scores["session_id"], scores["split"], strict=True))
    wrong = {f"{name}: {scan_name(p, s)} scored in the {split} set" for p, s, split in scored - expected}
    return wrong | {f"{name}: {scan_name(p, s)} of the {split} set not scored" for p, s, split in expected - scored}
