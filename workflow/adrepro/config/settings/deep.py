"""Section on the training of CNNs."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from adrepro.config.settings.base import Section, Share, setting

WEN = "Wen et al. 2020"


class Augmentation(Section):
    """Random changes of training images (MONAI). Input regions of one image change alike."""

    flip: Share | None = setting(None, description="Probability of mirroring left and right.")
    rotate_degrees: float | None = setting(None, ge=0, le=45, unit="degrees", description="Largest rotation per axis.")
    zoom: float | None = setting(None, ge=0, lt=0.5, description="Largest relative change of size.")
    noise: float | None = setting(
        None, ge=0, le=1, description="Standard deviation of Gaussian noise; voxels are between 0 and 1."
    )
    gamma: float | None = setting(None, ge=0, lt=1, description="Largest relative change of gamma.")


class Aggregation(Section):
    """Soft voting over the input regions (patches, hippocampi, slices) of an image."""

    weights: Literal["accuracy", "balanced_accuracy", "equal"] = setting(
        "balanced_accuracy",
        source=WEN,
        description="Weight of each input region: its accuracy or balanced accuracy on the validation part, or equal.",
    )
    min_score: Share = setting(
        0,
        source=WEN,
        description="Input regions that reach less have weight 0 (0.7 in the study's multi-CNN); if none reaches it,"
        " all have equal weights.",
    )


class CnnTraining(Section):
    """Input, optimization and selection of every CNN; an approach can override each key."""

    image: Literal["T1w", "T1w_equalized", "GM"] = setting(
        "T1w",
        description="`T1w`: the aligned scan with its skull; `T1w_equalized`: the same after histogram equalization;"
        " `GM`: modulated gray matter without smoothing.",
    )
    intensity_scaling: Literal["patch", "image", "none"] = setting(
        "patch",
        source=WEN,
        description="Min-max scaling to [0, 1] of each input region (`patch`, as in the study), of the whole "
        "`image`, or `none`.",
    )
    batch_size: int = setting(4, ge=2, description="Samples per forward pass.")
    accumulate: int = setting(1, ge=1, description="Batches per optimizer step (gradient accumulation).")
    learning_rate: float = setting(1e-4, gt=0, source=WEN, description="Learning rate of Adam.")
    schedule: Literal["constant", "cosine"] = setting(
        "constant", description="`cosine`: the learning rate falls to 0 over `epochs`."
    )
    weight_decay: float = setting(0, ge=0, description="Weight decay (L2) of Adam.")
    dropout: float = setting(0, ge=0, lt=1, description="Dropout before the fully connected layers.")
    clip_norm: float = setting(5, gt=0, description="Largest norm of the gradient of a network.")
    class_weight: Literal["none", "balanced"] = setting(
        "none", description="`balanced`: both classes contribute alike to the loss."
    )
    augment: Augmentation | None = setting(None, description="Random changes of training images; `null`: none.")
    patience: int = setting(
        10, ge=1, description="Epochs without improvement of `early_stopping_metric` before training stops."
    )
    early_stopping_metric: Literal["loss", "balanced_accuracy"] = setting(
        "loss", source=WEN, description="Validation metric of early stopping."
    )
    selection_metric: Literal["loss", "balanced_accuracy"] = setting(
        "balanced_accuracy",
        source=WEN,
        description="Validation metric of the epoch whose weights are kept; of equal ones the lower loss decides.",
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        "auto",
        description="Mixed precision; `auto`: bfloat16 where the hardware supports it, else float16 on a GPU and "
        "float32 on a CPU. On CPUs, networks with feature maps below 3 voxels use float32 (faulty "
        "bfloat16 gradients in torch).",
    )
    deterministic: bool = setting(True, description="Deterministic kernels; `false` lets cuDNN choose the fastest.")
    tensorboard: bool = setting(
        False,
        description='Write losses for `tensorboard --logdir results/checkpoints` (`pip install -e ".[tensorboard]"`).',
    )
    checkpoint_interval_min: float = setting(
        10,
        gt=0,
        unit="minutes",
        description="Time between checkpoints within an epoch. A killed training resumes there and ends with the "
        "same weights as one that was not killed.",
    )
    one_network_per_patch: bool = setting(
        False, source=WEN, description="`cnn_patch`: a network for each of the 36 patches (multi-CNN), or one for all."
    )
    networks_per_batch: int = setting(
        36, ge=1, description="Networks of patches that are trained jointly; fewer need less memory."
    )
    aggregation: Aggregation = setting(Aggregation(), description="Soft voting over input regions.")
    slice_step: int = setting(1, ge=1, description="`cnn_slice`: use every n-th sagittal slice.")
    image_size: int = setting(
        224, ge=32, unit="pixels", source=WEN, description="`cnn_slice`: edge length that slices are resized to."
    )
    weights: Annotated[str, StringConstraints(pattern=r"^(random|imagenet|.+[.]pth)$")] = setting(
        "random",
        description="`cnn_slice`: initial weights: `random`; `imagenet` (downloaded once); or a file of "
        "torchvision's ResNet-18. With ImageNet weights, all layers but the last stage and the head are "
        "frozen.",
    )
    leaky_slice_split: float = setting(
        0,
        ge=0,
        le=0.5,
        source=WEN,
        description="`cnn_slice`, negative control: this fraction of each image's slices validates the network that "
        "is trained on the others. The leakage checks report it, and `allow_leak: true` is needed.",
    )
