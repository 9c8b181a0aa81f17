# Input functions: files of models that a rule needs, and wildcard constraints for approaches.
IMAGENET = "resources/weights/resnet18-f37072fd.pth"


def named(kinds):
    """Return a wildcard constraint for the approaches of these kinds; it matches nothing where there are none."""
    names = [name for name, own in APPROACHES.items() if own.kind in kinds]
    return "|".join(map(re.escape, names)) or "(?!)"


FOLD_SPLIT = "results/splits/{task}/fold-{fold}.tsv"


def as_fitted(own):
    """Return the settings of an approach that a fitted model depends on, as an argument."""
    apart = {"tasks", "run_repeated_holdout"} & set(type(own).model_fields)
    return own.model_dump_json(exclude=apart)


def network_settings(wildcards):
    """Return the complete settings of a CNN approach or of a pre-training."""
    name = wildcards.get("pretraining")
    return study.pretrainings[name] if name else APPROACHES[wildcards.approach]


def network_images(suffix):
    """Return an input function: the stacked images that a network is trained on."""

    def files(wildcards):
        image = network_settings(wildcards).image
        return f"results/volumes/{'GM_unsmoothed' if image == 'GM' else image}{suffix}"

    return files


def atlas_suffix(own):
    """Return the end of the names of the tables that hold the atlas of a classical approach."""
    return f"_{label_of(own.atlas)}" if own.atlas else ""


def atlas_file(ending):
    """Return an input function: a file of the atlas of a classical approach."""

    def file(wildcards):
        own = APPROACHES[wildcards.approach]
        label = label_of(own.atlas) if own.atlas else study.atlas_label
        return f"results/reference/atlas-{label}_dseg{ending}"

    return file


def classical_features(wildcards):
    """Return the regional table of a classical approach, or the stacked maps of all voxels."""
    own = APPROACHES[wildcards.approach]
    return regional_table(wildcards) if own.kind in REGIONAL_KINDS else "results/volumes/GM.npy"


def regional_table(wildcards):
    """Return the table of the regional features of a classical approach; regional volumes for one on voxels."""
    own = APPROACHES[wildcards.approach]
    if own.kind not in REGIONAL_KINDS:
        return "results/features/regional.tsv"
    table = {"volume": "regional", "density": "regional_density", "rate": "regional_rate"}
    return f"results/features/{table[own.features]}{atlas_suffix(own)}.tsv"


def classical_kernel(wildcards):
    """Return the linear kernel of all maps, for a classical approach on voxels."""
    regional = APPROACHES[wildcards.approach].kind in REGIONAL_KINDS
    return [] if regional else ["results/volumes/GM_kernel.npy"]


def uses_rates(own):
    """Return whether a classical approach learns from rates of change."""
    return own.kind in REGIONAL_KINDS and own.features == "rate"


def every_model(wildcards):
    """Return every network as a MONAI bundle, and every linear model whose features need no adjustment."""
    own = [
        (f"results/models/{task}/{name}", APPROACHES[name])
        for task, names in study.per_task.items()
        for name in names
        if APPROACHES[name].train_task in (None, task)
    ]
    networks = [folder for folder, one in own if one.kind in CNN_KINDS]
    linear = [
        folder
        for folder, one in own
        if one.kind in LINEAR_KINDS and not (one.confounds or one.combat or uses_rates(one))
    ]
    return [f"{folder}/configs/metadata.json" for folder in networks] + [
        f"{folder}/adrepro.json" for folder in linear
    ]


def every_weight_map(wildcards):
    """Return the weight map of every classical approach."""
    return [
        f"results/{task}/{approach}/weights.nii.gz"
        for task, approaches in study.per_task.items()
        for approach in approaches
        if APPROACHES[approach].kind in CLASSICAL_KINDS
    ]


def every_picture(wildcards):
    """Return the figure of every weight map, and figure and tables of every network that is explained."""
    pictures = [
        path.replace("weights.nii.gz", "weights.jpg") for path in every_weight_map(wildcards)
    ]
    return pictures + [
        f"results/{task}/{approach}/saliency/{name}"
        for task, approach in study.explained
        for name in ("maps.jpg", "regions.tsv", "checks.tsv")
    ]


def every_holdout(wildcards):
    """Return the scores on repeated hold-outs of the approaches that take part."""
    return [
        f"results/{task}/{approach}/holdout/scores.tsv"
        for task, approaches in study.with_holdouts.items()
        for approach in approaches
    ]


def every_score(wildcards):
    """Return the scores of every approach in every fold."""
    return [
        f"results/{task}/{approach}/fold-{fold}/scores.tsv"
        for task, approaches in study.per_task.items()
        for approach in approaches
        for fold in FOLDS
    ]


def fitted_task(wildcards):
    """Return the task on which the model of an approach is fitted."""
    return APPROACHES[wildcards.approach].train_task or wildcards.task


def split_task(wildcards):
    """Return the task whose split a network is trained on: of its pre-training, or its own."""
    name = wildcards.get("pretraining")
    return study.pretrainings[name].task if name else fitted_task(wildcards)


def longitudinal_visits(wildcards):
    """Return the visits that a model is trained on, if not the baseline alone."""
    name = wildcards.get("pretraining")
    own = study.pretrainings[name] if name else APPROACHES[wildcards.approach]
    if own.training_data == "baseline":
        return []
    return of_task("results/splits/longitudinal/{task}/fold-{fold}.tsv", split_task)(wildcards)


def covariates_of(wildcards):
    """Return the cohort sheet for a classical approach that adjusts features."""
    own = APPROACHES[wildcards.approach]
    return [COHORT] if own.confounds or own.combat else []


def trained_tasks(elsewhere=False):
    """Return a wildcard constraint for the tasks on which a network is trained, or only applied (`elsewhere`).

    It looks ahead to the approach, since one network may be trained on a task and applied to another.
    """
    elsewhere_trained = [
        f"(?!{re.escape(own.train_task)}/)[A-Za-z0-9_]+(?=/{re.escape(name)}/)"
        for name, own in APPROACHES.items()
        if own.train_task
    ]
    applied = "|".join(elsewhere_trained) or "(?!)"
    known = "|".join(map(re.escape, settings.tasks))
    return applied if elsewhere else f"(?!{applied})(?:{known})"


def initial_weights(wildcards):
    """Return the weights, of the same fold, that initialize an approach."""
    model = study.initial_model(wildcards.task, wildcards.approach)
    return [f"results/{model}/fold-{wildcards.fold}/weights.safetensors"] if model else []


def imagenet_weights(wildcards):
    """Return the ImageNet weights of a slice network: the user's file or a download."""
    own = APPROACHES[wildcards.approach]
    if own.kind != "cnn_slice" or own.weights == "random":
        return []
    if own.weights == "imagenet":
        return [IMAGENET]
    keys = ("approaches", wildcards.approach, "weights")
    return [
        configured_path(
            *(keys if value_at(config, keys) else ("cnn_training", "weights"))
        ).as_posix()
    ]
