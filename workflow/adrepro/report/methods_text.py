"""The methods of a study in words, from its configuration, ready to paste, with what to cite."""

from adrepro.config.model_kinds import CNN_KINDS, REGIONAL_KINDS
from adrepro.config.tasks import as_list, labels_used

CITATIONS = {
    "wen2020": "Wen J, et al. Convolutional neural networks for classification of Alzheimer's disease: overview and "
    "reproducible evaluation. Medical Image Analysis 2020;63:101694.",
    "samper2018": "Samper-González J, et al. Reproducible evaluation of classification methods in Alzheimer's disease: "
    "framework and application to MRI and PET data. NeuroImage 2018;183:504-521.",
    "n4": "Tustison NJ, et al. N4ITK: improved N3 bias correction. IEEE Trans Med Imaging 2010;29:1310-1320.",
    "ants": "Avants BB, et al. Symmetric diffeomorphic image registration with cross-correlation. "
    "Medical Image Analysis 2008;12:26-41.",
    "fireants": "Jena R, et al. FireANTs: adaptive Riemannian optimization for multi-scale diffeomorphic matching. "
    "2024, arXiv:2404.01249.",
    "hd-bet": "Isensee F, et al. Automated brain extraction of multisequence MRI using artificial neural networks. "
    "Human Brain Mapping 2019;40:4952-4964.",
    "monai": "Cardoso MJ, et al. MONAI: an open-source framework for deep learning in healthcare. 2022, "
    "arXiv:2211.02701.",
    "sklearn": "Pedregosa F, et al. Scikit-learn: machine learning in Python. JMLR 2011;12:2825-2830.",
    "combat": "Fortin JP, et al. Harmonization of cortical thickness measurements across scanners and sites. "
    "NeuroImage 2018;167:104-120.",
    "bca": "Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-185.",
    "delong": "DeLong ER, et al. Comparing the areas under two or more correlated receiver operating characteristic "
    "curves. Biometrics 1988;44:837-845.",
    "venkatraman": "Venkatraman ES. A permutation test to compare receiver operating characteristic curves. "
    "Biometrics 2000;56:1134-1138.",
    "nadeau": "Nadeau C, Bengio Y. Inference for the generalization error. Machine Learning 2003;52:239-281.",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.",
    "snakemake": "Mölder F, et al. Sustainable data analysis with Snakemake. F1000Research 2021;10:33.",
}
EXTRACTION = {
    "atlas": "The brain was found by carrying the template's mask to the head.",
    "provided": "Brain masks were provided with the data.",
    "none": "The scans were brains already.",
    "hd-bet": "The brain was found by HD-BET {hd-bet}.",
}
ENGINES = {
    "torch": "a greedy diffeomorphic registration by local cross-correlation",
    "ants": "SyN with {metric} (ANTs) {{ants}}",
    "fireants": "SyN by FireANTs {{fireants}}",
}
LOOKS = {
    "cnn_whole": "the whole brain",
    "cnn_roi": "one box of 50 mm around each hippocampus",
    "cnn_patch": "36 patches of 50 mm",
    "cnn_slice": "sagittal slices without 20 mm at each end",
}


def cited(paragraphs: list[str]) -> tuple[list[str], list[str]]:
    """Put numbers in brackets for `{key}` in order of appearance, and list what they stand for."""
    import re

    order: list[str] = []

    def numbered(found: re.Match) -> str:
        if found[1] not in order:
            order.append(found[1])
        return f"[{order.index(found[1]) + 1}]"

    texts = [re.sub(r"\{([a-z0-9-]+)\}", numbered, paragraph) for paragraph in paragraphs]
    return texts, [CITATIONS[key] for key in order]


def methods(config: dict, approaches: dict[str, dict], names: dict[str, str], origins: dict) -> list[str]:
    """Paragraphs on images, participants, approaches and statistics, with `{key}` for each of `CITATIONS`.

    Parameters
    ----------
    config : dict
        The study's configuration.
    approaches : dict
        Complete settings of each approach; `names` are what the report calls them.
    origins : dict
        What `reference` and `atlas` say of themselves.
    """
    models = " ".join(_model(names[name], settings) for name, settings in approaches.items())
    trained = " Networks were made and trained with MONAI {monai} and torch" if _has(approaches, CNN_KINDS) else ""
    machines = any(settings["kind"] not in CNN_KINDS for settings in approaches.values())
    fitted = " Machines were fitted with scikit-learn {sklearn}." if machines else ""
    design = "The study follows Wen et al. {wen2020} and Samper-González et al. {samper2018}; it ran as a Snakemake "
    return [
        f"{design}workflow {{snakemake}}. {_images(config, origins)}",
        _participants(config),
        f"{models}{trained + '.' if trained else ''}{fitted}",
        _statistics(config),
    ]


def _has(approaches: dict[str, dict], kinds: tuple[str, ...]) -> bool:
    return any(settings["kind"] in kinds for settings in approaches.values())


def _images(config: dict, origins: dict) -> str:
    reference, atlas = origins["reference"], origins["atlas"]
    if config["derivatives"]:
        made = (
            f"Grey matter and aligned scans were made by other software ({config['derivatives']['kind']}) and taken "
            f"as they are, in the template {reference['space']}."
        )
    else:
        engine = config["registration"]["engine"]
        made = (
            f"Scans were corrected for bias by N4 {{n4}}. {EXTRACTION[config['preprocessing']['brain_extraction']]} "
            f"An affine aligned it to the template {reference['space']} ({reference['source']}), and "
            f"{ENGINES[engine].format(metric=config['registration']['ants']['metric'])} normalised it, at "
            f"{config['preprocessing']['working_mm']} mm. A mixture model of tissues and their partial volumes, with "
            "local means and the template's tissue maps as prior, gave grey matter, white matter and CSF; grey matter "
            "was modulated by the Jacobian determinant."
        )
    regions = f"Regions: {atlas['name']}, {atlas['regions']} regions"
    regions += f" ({atlas['citation']})." if atlas.get("citation") else "."
    if atlas["name"] == "seeds":
        regions += " They are parcels around published coordinates, not anatomical borders."
    elif atlas["space"] != reference["space"]:
        regions += f" They were drawn in {atlas['space']} and used without conversion: borders can be millimetres off."
    grid = f"Voxels measure {config['resolution_mm']} mm, over the field of view of Wen et al. {{wen2020}}."
    return f"{made} {grid} {regions}"


def _participants(config: dict) -> str:
    splits, labels = config["splits"], ", ".join(labels_used(config["tasks"]))
    tasks = "; ".join(
        f"{name.replace('_', ' ')}: {', '.join(as_list(sides['positive']))} (positive) against "
        f"{', '.join(as_list(sides['negative']))}"
        for name, sides in config["tasks"].items()
        if "positive" in sides
    )
    progress = f"MCI was called stable or progressive over {config['labels']['horizon_months']} months. "
    if splits["lists"]:
        drawn = f"Labels, test set and the {splits['folds']} folds are those of published subject lists."
    else:
        match = splits["match"]
        alike = f", like the others in age (p of at least {match['age_p']}) and sex ({match['sex_p']})" if match else ""
        group = f" People who share a {splits['group']} stayed on one side." if splits["group"] else ""
        drawn = (
            f"{splits['test_per_label']} participants of each label ({labels}) were held out as test set{alike}, "
            f"before {splits['folds']} stratified folds were drawn among the others, by participant, with seed "
            f"{config['seed']}.{group}"
        )
    data = (
        "Training participants bring the scans of all visits; validation and test use baseline scans."
        if splits["training_data"] == "longitudinal"
        else "Only baseline scans were used."
    )
    return f"Tasks: {tasks}. {progress if 'MCI' in labels else ''}{drawn} All approaches use the same split. {data}"


def _model(name: str, settings: dict) -> str:
    kind = settings["kind"]
    if kind in CNN_KINDS:
        copies = ", a network for each part" if settings["per_position"] else ""
        text = (
            f"{name}: {settings['network']} on {LOOKS[kind]}{copies} "
            f"({'grey matter' if settings['image'] == 'GM' else 'aligned scans with skull'}), Adam, learning rate "
            f"{settings['learning_rate']:g}, weight decay {settings['weight_decay']:g}, batches of "
            f"{settings['batch_size']}{' x ' + str(settings['accumulate']) if settings['accumulate'] > 1 else ''}, "
            f"up to {settings['epochs']} epochs, patience {settings['patience']}, dropout {settings['dropout']:g}"
        )
        text += f", started from {settings['start_from']}" if settings["start_from"] else ""
        return text + "."
    what = "regional grey matter" if kind in REGIONAL_KINDS else "all grey-matter voxels"
    text = {
        "svm_regional": "linear SVM", "svm_voxel": "linear SVM", "logistic_regional": "L2 logistic regression",
        "forest_regional": f"random forest of {settings['trees']} trees",
    }[kind]  # fmt: skip
    extra = ", as shares of the intracranial volume" if settings["divide_by_tiv"] and kind in REGIONAL_KINDS else ""
    extra += f", adjusted linearly for {', '.join(settings['adjust'])}" if settings["adjust"] else ""
    extra += f", harmonised over {settings['harmonise']} by ComBat {{combat}}" if settings["harmonise"] else ""
    grid = settings["c_grid"]
    search = (
        ""
        if kind == "forest_regional"
        else f", C among {len(grid)} values from {min(grid):g} to {max(grid):g}, {settings['inner_folds']} inner folds"
    )
    applied = f", trained on {settings['train_task']}" if settings["train_task"] else ""
    return f"{name}: {text} on {what}{extra}, balanced classes{search}{applied}."


def _statistics(config: dict) -> str:
    boot, margin = config["bootstrap"], config["comparison"]["margin"]
    level = f"{boot['level']:.0%}"
    return (
        "Scaling, the choice of C, early stopping and voting weights were learnt without test participants. The best "
        "weights and the votes of parts were chosen on the validation part of a fold, so that validation results are "
        "optimistic; test results are not. Balanced accuracy is the main metric, as the mean over folds. "
        f"{level} intervals are percentiles of {boot['replicates']} replicates of a bootstrap over participants, "
        "stratified by class and the same for all approaches, so that differences are paired; for average precision "
        "and calibration slope they are bias-corrected and accelerated {bca}. Shares of people have intervals by "
        "Wilson's method, and the expected calibration error has none, since in samples it is too high. Differences "
        "were tested by paired permutation {venkatraman}, in AUC also by DeLong's test {delong} and in accuracy by "
        "McNemar's exact test, both on the mean score of the folds; repeated hold-outs by the corrected resampled "
        "t-test {nadeau}. p-values are two-sided and adjusted by Holm's method {holm} over all tasks, within a "
        "dataset, metric and test. "
        f"An approach is called not inferior if its interval excludes being worse by {margin:g}. The difference that "
        "could have been shown has a power of 80 % at Holm's strictest threshold."
    )
