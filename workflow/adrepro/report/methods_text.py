"""Methods section of a study, from its settings, with citations."""

from typing import Any

from adrepro.config.model_kinds import REGIONAL_KINDS
from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.config.settings.base import Section
from adrepro.config.settings.cohort import TestSize
from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Approach, Study
from adrepro.config.tasks import classes_of, is_binary, labels_used
from adrepro.report.methods_images import image_methods

REGIONAL_FEATURES = {
    "volume": "regional gray matter",
    "density": "mean modulated gray matter of regions",
    "rate": "annual rates of change of regional volumes",
}
INPUTS = {
    "cnn_whole": "the whole brain",
    "cnn_roi": "one box of 50 mm around each hippocampus",
    "cnn_patch": "36 patches of 50 mm",
    "cnn_slice": "sagittal slices without 20 mm at each end",
}
IMAGES = {
    "T1w": "aligned scans with skull",
    "T1w_equalized": "aligned scans with skull after histogram equalization",
    "GM": "gray matter",
}


def methods(study: Study, names: dict[str, str], origins: dict[str, dict[str, Any]]) -> list[str]:
    """Return the methods of a study: images, participants, approaches and statistics.

    Parameters
    ----------
    study : Study
    names : dict
        Display names of the approaches.
    origins : dict
        Provenance of `reference` (the template) and `atlas`.

    Returns
    -------
    list of str
        Four paragraphs, with `{key}` for each citation (see `citations.CITATIONS`).
    """
    models = [_model(names[name], settings) for name, settings in study.approaches.items()]
    if _has(study, CnnApproach):
        models.append("Networks were built and trained with MONAI {monai} and torch.")
    if _has(study, ClassicalApproach):
        models.append("Classical models were fitted with scikit-learn {sklearn}.")
    design = (
        "The study follows Wen et al. {wen2020} and Samper-González et al. {samper2018} and was run as a Snakemake "
        "workflow {snakemake}."
    )
    return [
        f"{design} {image_methods(study, origins)}",
        _participants(study.settings, bool(study.rate_atlases)),
        " ".join(models),
        _statistics(study.settings),
    ]


def _has(study: Study, family: type[Section]) -> bool:
    return any(isinstance(settings, family) for settings in study.approaches.values())


def _participants(settings: StudySettings, with_rates: bool) -> str:
    """Tasks, labels and splits."""
    splits, labels = settings.splits, ", ".join(labels_used(settings.tasks))
    tasks = "; ".join(
        f"{name.replace('_', ' ')}: {', '.join(classes['positive'])} (positive) vs. {', '.join(classes['negative'])}"
        for name, task in settings.tasks.items()
        if is_binary(task) and (classes := classes_of(task))
    )
    mci = f"MCI was labeled stable or progressive over {settings.labels.horizon_months:g} months. "
    if splits.lists:
        drawn = f"Labels, test set and the {splits.folds} folds are those of published subject lists."
    else:
        match = splits.match
        matched = (
            f", matched to the others in age (p of at least {match.age_p:g}) and sex ({match.sex_p:g})" if match else ""
        )
        group = f" Participants who share a {splits.group} stayed on one side of every split." if splits.group else ""
        drawn = (
            f"{_test_sizes(splits.test_per_label, labels)} were held out as test set"
            f"{matched}, before the others were divided into {splits.folds} stratified folds, by "
            f"participant, with seed {settings.seed}.{group}"
        )
    if splits.training_data == "longitudinal":
        data = "Models were trained on the scans of all visits; validation and test used baseline scans."
    else:
        data = "Other features are those of baseline scans." if with_rates else "Only baseline scans were used."
    if with_rates:
        data = f"Rates of change used the visits before a change of diagnosis. {data}"
    return f"Tasks: {tasks}. {mci if 'MCI' in labels else ''}{drawn} All approaches used the same split. {data}"


def _test_sizes(sizes: TestSize, labels: str) -> str:
    if isinstance(sizes, int):
        return f"{sizes} participants of each label ({labels})"
    return f"{', '.join(f'{size} {label}' for label, size in sizes.items())} participants"


def _model(name: str, settings: Approach) -> str:
    """One approach: input, model and hyperparameters."""
    return _cnn(name, settings) if isinstance(settings, CnnApproach) else _classical(name, settings)


def _cnn(name: str, settings: CnnApproach) -> str:
    networks = ", one network per patch" if settings.one_network_per_patch else ""
    accumulated = f" x {settings.accumulate}" if settings.accumulate > 1 else ""
    initialized = f", initialized from {settings.init_from}" if settings.init_from else ""
    return (
        f"{name}: {settings.network} on {INPUTS[settings.kind]}{networks} "
        f"({IMAGES[settings.image]}), Adam, learning rate "
        f"{settings.learning_rate:g}, weight decay {settings.weight_decay:g}, batches of "
        f"{settings.batch_size}{accumulated}, up to {settings.epochs} epochs, patience {settings.patience}, dropout "
        f"{settings.dropout:g}{initialized}."
    )


def _classical(name: str, settings: ClassicalApproach) -> str:
    kind, grid = settings.kind, settings.c_grid
    regional = kind in REGIONAL_KINDS
    model = {
        "svm_regional": "linear SVM", "svm_voxel": "linear SVM", "logistic_regional": "L2 logistic regression",
        "random_forest_regional": f"random forest of {settings.trees} trees",
    }[kind]  # fmt: skip
    details = ", divided by the total intracranial volume" if settings.normalize_by_tiv else ""
    details += f", adjusted linearly for {', '.join(settings.confounds)}" if settings.confounds else ""
    details += f", harmonized over {settings.combat.batch} by ComBat {{combat}}" if settings.combat else ""
    details += ", balanced class weights"
    if kind != "random_forest_regional":
        details += (
            f", C among {len(grid)} values from {min(grid):g} to {max(grid):g}, {settings.inner_folds} inner folds"
        )
    details += f", trained on {settings.train_task}" if settings.train_task else ""
    features = REGIONAL_FEATURES[settings.features] if regional else "all gray-matter voxels"
    return f"{name}: {model} on {features}{details}."


def _statistics(settings: StudySettings) -> str:
    """Selection of models, intervals and tests."""
    level, margin = 100 * settings.bootstrap.confidence_level, settings.comparison.margin
    return (
        "Test participants had no part in scaling, the choice of C, early stopping or the weights of input regions. "
        "The epoch of the kept weights and the weights of input regions were chosen on the validation set of each "
        "fold, so that validation results are optimistic; test results are not. Balanced accuracy is the main metric, "
        f"as the mean over folds. {level:g} % confidence intervals are percentiles of {settings.bootstrap.replicates} "
        "bootstrap replicates of the participants, stratified by class and the same for all approaches, so that "
        "differences are paired; those of average precision and calibration slope are bias-corrected and accelerated "
        "{bca}. Proportions have Wilson intervals. The expected calibration error has no interval, since it is biased "
        "upwards in bootstrap samples. Differences were tested by paired permutation {venkatraman}, in AUC also by "
        "DeLong's test {delong} and in accuracy by McNemar's exact test, both on the mean score of the folds; repeated "
        "hold-outs by the corrected resampled t-test {nadeau}. p-values are two-sided and adjusted by Holm's method "
        "{holm} over all pairs of approaches and tasks, within a dataset, metric and test. An approach is not inferior "
        f"if the confidence interval of its difference from the reference approach lies above −{margin:g}. The minimum "
        "detectable difference has a power of 80 % at the strictest threshold of Holm's method."
    )
