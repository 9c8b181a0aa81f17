"""Export a trained approach to a folder: weights as safetensors, description and model card."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from adrepro import __version__
from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.config.further_atlases import on_one_atlas
from adrepro.config.model_kinds import REGIONAL_KINDS
from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Study
from adrepro.config.training_purposes import Purpose
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING, read_json, replacing, sha256, write_json, write_text
from adrepro.core.tables import read_table
from adrepro.imaging.grids import study_grid
from adrepro.inference.exported_model import DESCRIPTION, STUDY, Classes, ExportedModel, FoldModel, TrainedOn
from adrepro.models.deep.input_regions import input_regions
from adrepro.report.html import render


def trained_on(training: Path, sheet: pd.DataFrame) -> TrainedOn:
    """Return the number, datasets and ages of the scans that a model was fitted to.

    Parameters
    ----------
    training : Path
        `training.tsv` of a fold model.
    sheet : DataFrame
        Cohort sheet.

    Returns
    -------
    TrainedOn
    """
    used = read_table(training)
    rows = used[used["purpose"] == Purpose.WEIGHTS][KEYS].drop_duplicates().merge(sheet, on=KEYS)
    ages = pd.to_numeric(rows["age"].replace(MISSING, None)).dropna()
    return TrainedOn(
        scans=len(rows),
        participants=int(rows["participant_id"].nunique()),
        datasets=sorted(set(rows["dataset"])),
        ages=(float(ages.min()), float(ages.max())) if len(ages) else None,
    )


def results_of(metrics: Path, task: str, approach: str) -> list[dict[str, str]]:
    """Return the performance of an approach on test and external participants.

    Parameters
    ----------
    metrics : Path
        Table of all metrics.
    task, approach : str
        Names of task and approach.

    Returns
    -------
    list of dict
        Balanced accuracy and AUC (mean over folds) with intervals and numbers of participants, as text.
    """
    rows = read_table(metrics)
    own = rows[(rows["task"] == task) & (rows["approach"] == approach) & (rows["fold"] == "mean")]
    own = own[own["metric"].isin(["balanced_accuracy", "auc"]) & (own["split"] != "validation")]
    return own[["dataset", "split", "metric", "value", "low", "high", "n_positive", "n_negative"]].to_dict("records")


def architecture_of(
    settings: CnnApproach | ClassicalApproach, resolution_mm: float, record: dict[str, Any]
) -> dict[str, Any]:
    """Return the architecture keys of `ExportedModel`.

    Parameters
    ----------
    settings : CnnApproach or ClassicalApproach
        Settings of the approach.
    resolution_mm : float
        Voxel size of the study grid.
    record : dict of str to object
        `model.json` of a fold model.

    Returns
    -------
    dict of str to object
        `architecture`, `parameters` and `score_kind`; `input_size` of a CNN or `features` of a classical model.

    Raises
    ------
    UserError
        If features were adjusted for confounds or by ComBat, which needs the participants of the study, or are rates.
    """
    if isinstance(settings, CnnApproach):
        grid = study_grid(resolution_mm)
        size = np.empty(grid.shape)[input_regions(settings.kind, grid)[0]].shape
        network = {key: record[key] for key in ("architecture", "parameters")}
        return {**network, "input_size": list(size), "score_kind": "probability"}
    if settings.confounds or settings.combat:
        raise UserError(
            "features adjusted within a study cannot be computed for a new scan; remove confounds and combat to export"
        )
    if settings.kind in REGIONAL_KINDS and settings.features == "rate":
        raise UserError("a rate of change needs the visits of a person in one study, a model of it cannot be exported")
    logistic = settings.kind == "logistic_regional"
    return {
        "architecture": "Logistic regression" if logistic else "Linear support vector machine",
        "parameters": record["features"] + 1,
        "features": record["names"],
        "score_kind": record["score_kind"],
    }


def export(
    models: list[Path],
    split: Path,
    metrics: Path,
    leakage: Path,
    cohort: Path,
    out: Path,
    task: str,
    approach: str,
    settings: StudySettings,
    simulated: bool,
) -> None:
    """Export one approach on one task to a folder that can be shared.

    Parameters
    ----------
    models : list of Path
        `model.json` of each fold model, in order, with weights and `training.tsv` beside it (input).
    split, metrics, leakage, cohort : Path
        Split of the task, metrics of the comparison, result of the leakage checks, and cohort sheet (input).
    out : Path
        Folder of `adrepro.json`, `study.yaml`, `models/fold-<k>.safetensors` and the model card `docs/README.md`
        (output).
    task, approach : str
        Names of task and approach.
    settings : StudySettings
        Settings of the study, with file names in place of paths.
    simulated : bool
        Whether the images of the study are simulated.

    Raises
    ------
    UserError
        If features were adjusted for confounds or by ComBat.
    """
    records, sheet = [read_json(path) for path in models], read_sheet(cohort)
    own = Study(settings).approaches[approach]
    weights = [f"models/fold-{number}.safetensors" for number in range(len(models))]
    for path, name in zip(models, weights, strict=True):
        with replacing(out / name) as temporary:
            shutil.copyfile(path.parent / "weights.safetensors", temporary)
    for path in (out / "models").glob("fold-*.safetensors"):  # of an earlier number of folds
        if f"models/{path.name}" not in weights:
            path.unlink()
    classes = settings.tasks[task]
    assert classes.positive is not None and classes.negative is not None, f"{task} has no two classes"
    model = ExportedModel(
        task=task,
        approach=approach,
        classes=Classes(positive=classes.positive, negative=classes.negative),
        settings=own,
        resolution_mm=settings.resolution_mm,
        folds=[
            FoldModel(
                weights=name,
                trained_on=trained_on(path.parent / "training.tsv", sheet),
                **{key: record[key] for key in ("aggregation_weights", "best_epoch", "c") if key in record},
            )
            for name, record, path in zip(weights, records, models, strict=True)
        ],
        split_sha256=sha256(split),
        results=results_of(metrics, task, approach),
        simulated=simulated,
        adrepro=__version__,
        **architecture_of(own, settings.resolution_mm, records[0]),
    )
    content = model.model_dump(mode="json")
    write_json(out / DESCRIPTION, content)
    study = on_one_atlas(settings, approach).model_dump(mode="json")
    write_text(out / STUDY, yaml.safe_dump(study, sort_keys=True, allow_unicode=True))
    card = render("model_card.md.j2", **content, seed=settings.seed, leakage=read_json(leakage)["verdict"])
    write_text(out / "docs" / "README.md", card)


if __name__ == "__main__":
    step.run(export)
