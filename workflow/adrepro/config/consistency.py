"""Rules between keys of a configuration, which one key alone cannot violate."""

from itertools import combinations

from adrepro.config.model_kinds import NETWORKS, REGIONAL_KINDS
from adrepro.config.reference_space import label_of
from adrepro.config.settings.approaches import ClassicalEntry, CnnEntry, PretrainingEntry
from adrepro.config.settings.images import OwnAtlas
from adrepro.config.settings.study import StudySettings
from adrepro.config.tasks import classes_of, column_of, is_binary, label_names, members

# Names of folders in `results`, where each task has one, and of tables in `results/splits`.
TAKEN = frozenset(
    "balance checkpoints cohort comparison derivatives drawn features holdout leakage left_out longitudinal models "
    "participants partial pretraining reference splits volumes".split()
)


def contradictions(settings: StudySettings) -> list[str]:
    """Return every contradiction between keys, each with the key and a remedy.

    Parameters
    ----------
    settings : StudySettings
        Settings whose keys are valid each for itself.

    Returns
    -------
    list of str
        Empty if there is none.
    """
    return [
        *_tasks(settings),
        *_limits(settings),
        *_names(settings),
        *_approaches(settings),
        *_atlases(settings),
        *_derivatives(settings),
        *_preprocessing(settings),
    ]


def _tasks(settings: StudySettings) -> list[str]:
    problems = [
        f"tasks.{name}: results has a folder or table of this name; choose another"
        for name in settings.tasks
        if name.lower() in TAKEN
    ]
    for name, task in settings.tasks.items():
        forms = [task.positive is not None, task.classes is not None, task.predict is not None]
        if sum(forms) != 1 or (task.positive is None) != (task.negative is None):
            problems.append(f"tasks.{name}: give positive and negative, or classes, or predict")
            continue
        labels = [set(members(v) if column_of(task) == "label" else v) for v in classes_of(task).values()]
        for one, other in combinations(labels, 2):
            if one & other:
                problems.append(f"tasks.{name}: {', '.join(sorted(one & other))} cannot be in two classes")
    sizes = settings.splits.test_per_label
    if isinstance(sizes, dict):
        problems += [
            f"splits.test_per_label: no number for {label}, which a task names; add `{label}: N`"
            for label in label_names(settings.tasks)
            if label not in sizes
        ]
    if not any(is_binary(task) for task in settings.tasks.values()):
        problems.append("tasks: the approaches need at least one task with positive and negative")
    return problems


def _limits(settings: StudySettings) -> list[str]:
    return [
        f"quality.limits.{name}: {limits[0]:g} is above {limits[1]:g}; swap them"
        for name, limits in settings.quality.limits
        if limits and limits[0] > limits[1]
    ]


def _names(settings: StudySettings) -> list[str]:
    """Names of approaches and tasks that do not exist, and doubles."""
    approaches, binary = settings.approaches, [name for name, task in settings.tasks.items() if is_binary(task)]
    problems = [
        f"pretraining.{name}: an approach has this name too; rename one"
        for name in settings.pretraining
        if name in approaches
    ]
    reference = settings.comparison.reference_approach
    if reference is not None and reference not in approaches:
        problems.append(f"comparison.reference_approach: {reference} is none of {', '.join(approaches)}")
    explained = settings.saliency.tasks if isinstance(settings.saliency.tasks, list) else []
    problems += [f"saliency.tasks: {task} is none of {', '.join(binary)}" for task in explained if task not in binary]
    problems += [
        f"pretraining.{name}.task: {entry.task} is none of {', '.join(settings.tasks)}"
        for name, entry in settings.pretraining.items()
        if entry.task not in settings.tasks
    ]
    for name, entry in approaches.items():
        for key, tasks in (
            ("tasks", entry.tasks or []),
            ("train_task", [entry.train_task] if entry.train_task else []),
        ):
            problems += [
                f"approaches.{name}.{key}: {task} is none of {', '.join(binary)}"
                for task in tasks
                if task not in binary
            ]
    return problems


def _approaches(settings: StudySettings) -> list[str]:
    problems = []
    for name, entry in settings.approaches.items():
        if isinstance(entry, CnnEntry):
            network = entry.network or NETWORKS[entry.kind]
            if entry.one_network_per_patch and (entry.kind != "cnn_patch" or network != "Conv4_FC3"):
                problems.append(f"approaches.{name}.one_network_per_patch: only for a cnn_patch with Conv4_FC3")
            if entry.leaky_slice_split and entry.kind != "cnn_slice":
                problems.append(f"approaches.{name}.leaky_slice_split: only for a cnn_slice")
            if (network == NETWORKS["cnn_slice"]) != (entry.kind == "cnn_slice"):
                problems.append(f"approaches.{name}.network: {network} is not for a {entry.kind}; remove the key")
            problems += _initialization(name, entry, settings)
        elif entry.kind in REGIONAL_KINDS:
            problems += _rates(name, entry, settings)
        elif entry.combat or settings.classical.combat:
            problems.append(f"approaches.{name}.combat: only for regional features; set it to null")
    return problems


def _rates(name: str, entry: ClassicalEntry, settings: StudySettings) -> list[str]:
    """Return the keys that contradict `features: rate`."""
    if (entry.features or settings.classical.features) != "rate":
        return []
    key, problems = f"approaches.{name}", []
    if (entry.training_data or settings.splits.training_data) != "baseline":
        problems.append(f"{key}.training_data: a rate belongs to all visits of a person; set it to baseline")
    if entry.normalize_by_tiv if entry.normalize_by_tiv is not None else settings.classical.normalize_by_tiv:
        problems.append(f"{key}.normalize_by_tiv: rates are percentages; set it to false")
    if settings.derivatives and settings.derivatives.kind != "freesurfer":
        problems.append(f"{key}.features: rates need scans or volumes of FreeSurfer; use volume or density")
    return problems


def _initialization(name: str, entry: CnnEntry, settings: StudySettings) -> list[str]:
    """Return the problems of the chain of models whose weights initialize an approach."""
    entries: dict[str, PretrainingEntry | ClassicalEntry | CnnEntry] = {**settings.pretraining, **settings.approaches}
    key, source = f"approaches.{name}.init_from", entry.init_from
    if source is None:
        return []
    if source not in entries:
        return [f"{key}: {source} is no approach or pretraining; there are {', '.join(sorted(set(entries) - {name}))}"]
    if entries[source].kind != entry.kind:
        return [
            f"{key}: {entry.kind} cannot be initialized from {source}, a {entries[source].kind}; "
            "name one of the same kind"
        ]
    chain = [name]
    while source in settings.approaches:
        if source in chain:
            return [f"{key}: circular ({' from '.join([*chain, source])}); initialize one of them from scratch"]
        chain.append(source)
        source = getattr(settings.approaches[source], "init_from", None)
    return []


def _atlases(settings: StudySettings) -> list[str]:
    """Return duplicate atlases, and approaches with an unknown atlas."""
    own = settings.atlas.name if isinstance(settings.atlas, OwnAtlas) else settings.atlas
    labels = [label_of(name) for name in (own, *settings.atlases)]
    problems = [
        f"atlases: {name} has the label of another atlas; name each once"
        for name in dict.fromkeys(settings.atlases)
        if labels.count(label_of(name)) > 1
    ]
    if settings.atlases and settings.derivatives:
        problems.append("atlases: derivatives of another tool are measured on one atlas; remove the key")
    for name, entry in settings.approaches.items():
        if isinstance(entry, ClassicalEntry) and entry.atlas is not None:
            if entry.kind not in REGIONAL_KINDS:
                problems.append(f"approaches.{name}.atlas: only for regional features; remove the key")
            elif entry.atlas not in settings.atlases:
                problems.append(f"approaches.{name}.atlas: {entry.atlas} is none of atlases; add it there")
    return problems


def _derivatives(settings: StudySettings) -> list[str]:
    """Return settings that need images, if the derivatives are regional volumes."""
    if settings.derivatives is None or settings.derivatives.kind != "freesurfer":
        return []
    volumes_alone = "derivatives of the kind freesurfer are volumes of regions, without images"
    problems = [
        f"approaches.{name}: a {entry.kind} needs images, and {volumes_alone}; set it to null"
        for name, entry in settings.approaches.items()
        if entry.kind not in REGIONAL_KINDS
    ]
    problems += [
        f"approaches.{name}.features: {volumes_alone}; use volume"
        for name, entry in settings.approaches.items()
        if isinstance(entry, ClassicalEntry) and (entry.features or settings.classical.features) == "density"
    ]
    problems += [f"pretraining.{name}: {volumes_alone}; set it to null" for name in settings.pretraining]
    if settings.atlas != "desikan-killiany":
        problems.append("atlas: the regions of FreeSurfer are those of desikan-killiany; remove the key")
    return problems


def _preprocessing(settings: StudySettings) -> list[str]:
    preprocessing = settings.preprocessing
    if preprocessing.brain_extraction == "provided" and not preprocessing.brain_masks:
        return ["preprocessing.brain_masks: name the folder of BIDS derivatives that holds the brain masks"]
    return []
