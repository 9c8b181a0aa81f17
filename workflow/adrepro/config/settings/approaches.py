"""Approaches (models compared in a study) and pre-trained autoencoders.

An approach in the configuration holds only what differs from the section of its family (`classical` or `cnn_training`);
`complete` fills in the rest.
"""

from copy import copy
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Tag, create_model
from pydantic.fields import FieldInfo

from adrepro.config.settings.base import Section, SparseSection, TaskName, Text, setting
from adrepro.config.settings.classical import ClassicalSettings
from adrepro.config.settings.cohort import TrainingData
from adrepro.config.settings.deep import CnnTraining

ClassicalKind = Literal["svm_regional", "svm_voxel", "logistic_regional", "random_forest_regional"]
CnnKind = Literal["cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice"]
Network = Literal[
    "Conv5_FC3", "Conv4_FC3", "DenseNet121", "ResNet10", "ResNet18", "ResNet50", "SEResNet50", "ViT", "ResNet-18 (2D)"
]
CLASSICAL, CNN = "a classical approach", "a CNN approach"


class Evaluated(Section):
    """Keys of every approach."""

    tasks: list[TaskName] | None = setting(
        None, min_length=1, description="Tasks on which the approach is compared; by default every task of two classes."
    )
    train_task: TaskName | None = setting(
        None, description="Train on this task and apply the model to `tasks` as it is."
    )
    training_data: TrainingData = setting(
        "baseline", default_from="splits.training_data", description="Scans of training participants."
    )
    permute_labels: bool = setting(
        False,
        description="Negative control: permutes the training and validation labels of each fold; test performance "
        "must be at chance.",
    )


class ClassicalApproach(Evaluated, ClassicalSettings):
    """A linear SVM, logistic regression or random forest on regional features or voxels."""

    kind: ClassicalKind = setting(description="Model and features.")
    atlas: Text | None = setting(
        None, description="One of `atlases`, for a regional approach; by default the `atlas` of the study."
    )


class CnnInput(CnnTraining):
    """Keys that CNNs and autoencoders share."""

    kind: CnnKind = setting(
        description="Input of the network: `cnn_whole` (subject level), `cnn_roi` (hippocampi), `cnn_patch` or "
        "`cnn_slice`."
    )
    network: Network = setting(
        "Conv5_FC3",
        description="Architecture: `Conv5_FC3` or `Conv4_FC3` of Wen et al. 2020, or a 3D network of MONAI. By default "
        "`Conv5_FC3` for `cnn_whole` and `Conv4_FC3` for `cnn_roi` and `cnn_patch`; a `cnn_slice` is always "
        "`ResNet-18 (2D)`.",
    )
    epochs: int = setting(ge=1, description="Largest number of epochs.")
    training_data: TrainingData = setting(
        "baseline", default_from="splits.training_data", description="Scans of training participants."
    )
    permute_labels: bool = setting(False, description="Negative control, of approaches alone.")


class CnnApproach(Evaluated, CnnInput):
    """A CNN that is trained, or applied, on tasks of two classes."""

    init_from: str | None = setting(
        None,
        description="Approach or pre-training of the same `kind` whose weights, of the same fold, initialize the "
        "network; of an approach on several tasks those of the same task.",
    )


class Pretraining(CnnInput):
    """Pre-training of the convolutional layers as an autoencoder on the training scans of a task."""

    kind: Literal["cnn_whole", "cnn_roi", "cnn_patch"] = setting(description="Input of the autoencoder.")
    task: TaskName = setting(description="Task whose training participants are used; their labels are not.")


def sparse(name: str, complete: type[Section], required: tuple[str, ...], excluded: tuple[str, ...]) -> type[Section]:
    """Return the class of an entry of the configuration: keys of `complete` without defaults, `required` ones apart.

    Parameters
    ----------
    name : str
        Name of the new class.
    complete : type[Section]
        Class with all keys and their defaults.
    required : tuple of str
        Keys that an entry must give.
    excluded : tuple of str
        Keys of `complete` that an entry must not give.

    Returns
    -------
    type of SparseSection
        Class in whose instances a key that was not given is unset.
    """
    fields: dict[str, Any] = {}
    for key, field in complete.model_fields.items():
        if key in excluded:
            continue
        own: FieldInfo = copy(field)
        if key not in required:
            own.default, own.default_factory = None, None
            own._attributes_set = {k: v for k, v in own._attributes_set.items() if k != "default_factory"} | {
                "default": None
            }
        fields[key] = (field.annotation, own)
    return create_model(name, __base__=SparseSection, __doc__=complete.__doc__, **fields)


if TYPE_CHECKING:  # the same keys, all of them optional at run time

    class ClassicalEntry(ClassicalApproach): ...

    class CnnEntry(CnnApproach): ...

    class PretrainingEntry(Pretraining): ...

else:
    ClassicalEntry = sparse("ClassicalEntry", ClassicalApproach, ("kind",), ())
    CnnEntry = sparse("CnnEntry", CnnApproach, ("kind", "epochs"), ())
    PretrainingEntry = sparse(
        "PretrainingEntry",
        Pretraining,
        ("kind", "task", "epochs"),
        tuple("permute_labels early_stopping_metric selection_metric class_weight aggregation tensorboard".split())
        + tuple("one_network_per_patch networks_per_batch slice_step image_size weights leaky_slice_split".split())
        + ("network", "dropout"),
    )


def family(entry: Any) -> str:
    """Return the tag of the class that validates an entry of `approaches`, by its `kind`.

    Parameters
    ----------
    entry : object
        Plain mapping or settings object with `kind`.

    Returns
    -------
    str
        `CNN` or `CLASSICAL`; the latter also for an unknown kind.
    """
    kind = entry.get("kind") if isinstance(entry, dict) else getattr(entry, "kind", None)
    return CNN if isinstance(kind, str) and kind.startswith("cnn") else CLASSICAL


ApproachEntry = Annotated[
    Annotated[ClassicalEntry, Tag(CLASSICAL)] | Annotated[CnnEntry, Tag(CNN)],
    Discriminator(family),
]
