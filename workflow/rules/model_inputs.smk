# Which files of models a rule waits for, and which approaches it is for.
def named(kinds):
    """Wildcard constraint for the approaches of these kinds; matches nothing where there are none."""
    return (
        "|".join(re.escape(name) for name, s in APPROACHES.items() if s["kind"] in kinds) or "(?!)"
    )


def packed_images(wildcards, suffix):
    """Input function: what the networks of an approach or a pretraining see."""
    settings = (
        APPROACHES[wildcards.approach]
        if hasattr(wildcards, "approach")
        else PRETRAININGS[wildcards.pretraining]
    )
    image = {"GM": "GM_unsmoothed"}.get(settings["image"], settings["image"])
    return f"results/volumes/{image}{suffix}"


def machine_features(wildcards):
    """Input function: the regional table of an approach, or the maps of all voxels."""
    settings = APPROACHES[wildcards.approach]
    regional = {"volume": "regional", "density": "regional_density"}[settings["features"]]
    return (
        f"results/features/{regional}.tsv"
        if settings["kind"] in REGIONAL_KINDS
        else "results/volumes/GM.npy"
    )


def machine_products(wildcards):
    """Input function: the inner products of all maps, for a machine on voxels."""
    regional = APPROACHES[wildcards.approach]["kind"] in REGIONAL_KINDS
    return [] if regional else ["results/volumes/GM_gram.npy"]


def every_model(wildcards):
    """Input function: every network as a bundle, and every machine whose features need no adjustment."""
    own = [
        (f"results/models/{task}/{name}", APPROACHES[name])
        for task, names in PER_TASK.items()
        for name in names
        if APPROACHES[name]["train_task"] in (None, task)
    ]
    networks = [folder for folder, settings in own if settings["kind"] in CNN_KINDS]
    machines = [
        folder
        for folder, settings in own
        if settings["kind"] in PORTABLE_KINDS and not (settings["adjust"] or settings["harmonise"])
    ]
    return [f"{folder}/configs/metadata.json" for folder in networks] + [
        f"{folder}/adrepro.json" for folder in machines
    ]


def every_weight_map(wildcards):
    return [
        f"results/{task}/{approach}/weights.nii.gz"
        for task, approaches in PER_TASK.items()
        for approach in approaches
        if APPROACHES[approach]["kind"] in SVM_KINDS
    ]


def every_picture(wildcards):
    """Input function: where the models look, one picture for each machine and each network that is explained."""
    pictures = [
        path.replace("weights.nii.gz", "weights.jpg") for path in every_weight_map(wildcards)
    ]
    return pictures + [
        f"results/{task}/{approach}/saliency/{name}"
        for task, approach in explained_pairs(config)
        for name in ("maps.jpg", "regions.tsv", "checks.tsv")
    ]


def every_holdout(wildcards):
    return [
        f"results/{task}/{approach}/holdout/scores.tsv"
        for task, approaches in PER_TASK.items()
        for approach in approaches
        if APPROACHES[approach].get("holdouts")
    ]


def fitted_task(wildcards):
    """The task on which the model is fitted that a task's rule applies."""
    return APPROACHES[wildcards.approach]["train_task"] or wildcards.task


def trained_tasks(elsewhere=False):
    """Wildcard constraint for the tasks on which a network is trained itself, or applied that was trained elsewhere.

    It looks ahead to the approach, since one network may be trained on a task and applied to another.
    """
    elsewhere_trained = [
        f"(?!{re.escape(settings['train_task'])}/)[A-Za-z0-9_]+(?=/{re.escape(name)}/)"
        for name, settings in APPROACHES.items()
        if settings["train_task"]
    ]
    applied = "|".join(elsewhere_trained) or "(?!)"
    known = "|".join(map(re.escape, TASKS))
    return applied if elsewhere else f"(?!{applied})(?:{known})"


def earlier_weights(wildcards):
    """Input function: the weights, of the same fold, that an approach starts from."""
    model = source(config, wildcards.task, wildcards.approach)
    return [f"results/{model}/fold-{wildcards.fold}/weights.safetensors"] if model else []


def imagenet_weights(wildcards):
    """Input function: ImageNet's weights for a slice network, the user's file or a download."""
    settings = APPROACHES[wildcards.approach]
    if settings["kind"] != "cnn_slice" or settings["weights"] == "random":
        return []
    if settings["weights"] == "imagenet":
        return [IMAGENET]
    own = ("approaches", wildcards.approach, "weights")
    return [
        configured_path(*(own if value_at(config, own) else ("training", "weights"))).as_posix()
    ]


def every_score(wildcards):
    return [
        f"results/{task}/{approach}/fold-{fold}/scores.tsv"
        for task, approaches in PER_TASK.items()
        for approach in approaches
        for fold in range(config["splits"]["folds"])
    ]
