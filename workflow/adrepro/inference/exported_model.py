"""Description of an exported model: architecture, training data and performance."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, ValidationError

from adrepro.config.loading import read_yaml
from adrepro.config.model_kinds import CNN_KINDS, LINEAR_KINDS
from adrepro.config.settings.approaches import CLASSICAL, CNN, ClassicalApproach, CnnApproach, family
from adrepro.config.settings.base import Section, SparseSection
from adrepro.config.settings.cohort import Labels
from adrepro.config.validation import explain
from adrepro.core.errors import UserError, raise_if_any

DESCRIPTION, STUDY = "adrepro.json", "study.yaml"


RelativePath = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")]


class TrainedOn(Section):
    """Training scans of one fold model: their number, datasets and range of ages in years."""

    scans: int
    participants: int
    datasets: list[str]
    ages: tuple[float, float] | None


class FoldModel(SparseSection):
    """One fold model: weights file, training scans and hyperparameters.

    Attributes
    ----------
    weights : str
        Path of the weights (safetensors) in the folder of the model.
    trained_on : TrainedOn
        Training scans.
    aggregation_weights : list of float
        Weight of each input region of a CNN.
    best_epoch : list of int
        Selected epoch of each network of a CNN.
    c : float, optional
        Regularization parameter C of a classical model.
    """

    weights: RelativePath
    trained_on: TrainedOn
    aggregation_weights: list[float] = []
    best_epoch: list[int] = []
    c: float | None = None


class Classes(Section):
    """Labels of the two classes."""

    positive: Labels
    negative: Labels


class ExportedModel(SparseSection):
    """An approach on one task, with its fold models.

    Attributes
    ----------
    task, approach : str
        Names in the study.
    classes : Classes
        Labels of the two classes.
    settings : CnnApproach or ClassicalApproach
        Settings of the approach.
    resolution_mm : float
        Voxel size of the study grid.
    architecture : str
        Name of the architecture.
    parameters : int
        Number of trained parameters.
    score_kind : str
        `probability`, or `decision` for decision values.
    input_size : list of int
        Voxels of an input region of a CNN.
    features : list of str
        Atlas regions of a classical model; empty if its features are voxels.
    folds : list of FoldModel
        Fold models.
    split_sha256 : str
        Hash of the split of the task.
    results : list of dict
        Performance on test and external participants.
    simulated : bool
        Whether the training images are simulated.
    adrepro : str
        Version of the software.
    """

    task: str
    approach: str
    classes: Classes
    settings: Annotated[
        Annotated[ClassicalApproach, Tag(CLASSICAL)] | Annotated[CnnApproach, Tag(CNN)], Discriminator(family)
    ]
    resolution_mm: float
    architecture: str
    parameters: int
    score_kind: Literal["probability", "decision"]
    input_size: list[int] = []
    features: list[str] = []
    folds: Annotated[list[FoldModel], Field(min_length=1)]
    split_sha256: str
    results: list[dict[str, str]]
    simulated: bool
    adrepro: str

    def labels(self, side: Literal["positive", "negative"]) -> str:
        """Return the labels of a class as text, joined by commas.

        Parameters
        ----------
        side : {"positive", "negative"}

        Returns
        -------
        str
        """
        value: str | list[str] = getattr(self.classes, side)
        return value if isinstance(value, str) else ", ".join(value)


def read_model(folder: Path) -> ExportedModel:
    """Read and validate the description of an exported model.

    The folder may come from an untrusted source: nothing in it is run, and no file outside of it is read.

    Parameters
    ----------
    folder : Path
        Folder of the model, with `adrepro.json` and `study.yaml`.

    Returns
    -------
    ExportedModel

    Raises
    ------
    UserError
        Lists missing or faulty keys, files that are missing or outside of the folder, and code in `study.yaml`.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        raise UserError(
            f"{folder}: no {DESCRIPTION}; expected a folder that `snakemake models` wrote, below results/models"
        )
    where = f"{path} (write the model again with `snakemake models`)"
    try:
        model = ExportedModel.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise_if_any((explain(fault, ExportedModel) for fault in error.errors()), where)
        raise
    raise_if_any([*_unsuitable(model), *_misplaced(folder, model)], where)
    read_yaml(folder / STUDY)  # as data; Snakemake would run code in it
    return model


def _unsuitable(model: ExportedModel) -> list[str]:
    """Return why a valid description does not suffice to predict new scans."""
    if isinstance(model.settings, CnnApproach):
        return [
            f"folds.{number}.aggregation_weights: missing; add this key"
            for number, fold in enumerate(model.folds)
            if not fold.aggregation_weights
        ]
    if model.settings.kind not in LINEAR_KINDS:
        return [f"settings.kind: expected one of {', '.join(CNN_KINDS + LINEAR_KINDS)}, got '{model.settings.kind}'"]
    return []


def _misplaced(folder: Path, model: ExportedModel) -> list[str]:
    """Return the files of a description that are outside of the folder of the model, or are missing."""
    paths = [folder / fold.weights for fold in model.folds] + [folder / STUDY]
    inside = folder.resolve()
    outside = [
        f"{path.name} is outside of the model's folder" for path in paths if not path.resolve().is_relative_to(inside)
    ]
    return outside or [f"{path.relative_to(folder)} is missing" for path in paths if not path.is_file()]
