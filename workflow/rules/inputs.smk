# Which files a rule waits for, asked when they can be known; and what is told at the end.
import shlex
import subprocess
import sys

from adrepro.derivatives import find_maps
from adrepro.errors import UserError, raise_all
from adrepro.files import read_json, read_table
from adrepro.screen import exclusions_by_fault
from adrepro.sheet import find_mask, scan_folder
from adrepro.splits import sheet_problems


def labelled_cohort(wildcards):
    """Input function: the cohort sheet, once it can give every task its labels; asked before the first job starts."""
    ignore, horizon = config["labels"]["ignore_diagnoses"], config["labels"]["horizon_months"]
    try:
        raise_all(sheet_problems(SHEET, TASKS, horizon, ignore, config["splits"]), str(COHORT))
    except UserError as error:
        raise SystemExit(str(error)) from None  # Snakemake would wrap any Exception in a traceback
    return COHORT


def named(kinds):
    """Wildcard constraint for the approaches of these kinds; matches nothing where there are none."""
    return (
        "|".join(re.escape(name) for name, s in APPROACHES.items() if s["kind"] in kinds) or "(?!)"
    )


def existing_scan(wildcards):
    """The scan as an input, unless it is missing and nothing makes it: `inspect` then says so."""
    path = T1W[wildcards.scan].as_posix()
    return [path] if path in SIMULATED or os.path.exists(path) else []


def provided_mask(wildcards):
    """Input function: the brain mask that somebody made for this scan, where the configuration asks for it."""
    if config["preprocessing"]["brain_extraction"] != "provided":
        return []
    masks = configured_path("preprocessing", "brain_masks")
    return [path.as_posix() for path in find_mask(masks, wildcards.folder, wildcards.scan)]


def derived_files(wildcards):
    """Input function: what another tool made of this scan; nothing where it made nothing, and the step says so."""
    found = find_maps(
        Path(DERIVED_FOLDER), DERIVED_KIND, wildcards.folder, wildcards.scan, REFERENCE_SPACE
    )
    return [path.as_posix() for path in found.values()]


def per_scan(pattern, scans):
    return [pattern.format(folder=scan_folder(scan), scan=scan) for scan in scans]


def usable_scans(pattern):
    """Input function: one file per scan that can be preprocessed."""

    def files(wildcards):
        table = read_table(checkpoints.usable.get().output.table)
        return per_scan(pattern, table["scan"][table["status"] == "ok"])

    return files


def accepted_scans(pattern):
    """Input function: one file per scan that passed quality control."""

    def files(wildcards):
        return per_scan(pattern, read_table(checkpoints.accepted.get().output.table)["scan"])

    return files


def failed_scans():
    """Scans that a step found faulty in an earlier run; deleting the file tries again."""
    return sorted(path.stem for path in Path("results/cohort/failed").glob("*.json"))


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


def drop_default_rate_limit():
    """Take off Snakemake's own limit of 100 jobs started per second, which nobody asked for.

    With a limit, Snakemake 9 wakes up once a second for every job that it has finished, each time to look at all that
    waits: beyond some hundred jobs that costs more than the jobs.
    """
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def end_with_exclusions():
    """Tell at the end who was left out for a fault; the exit code says so too unless that is allowed."""
    lines = exclusions_by_fault(Path("results/cohort/excluded.tsv"))
    if lines:
        print("Left out for a fault:", *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
        if not config["allow_exclusions"]:
            print("Exit code 3: repair these, or set allow_exclusions: true.", file=sys.stderr)
            raise SystemExit(3)


def report_what_there_is():
    """After a failure: a report of the approaches that have finished, if there are some."""
    if any(Path("results").glob("*/*/fold-*/scores.tsv")) and os.path.exists(
        "results/cohort/labels.tsv"
    ):
        made = subprocess.run(partial_command(), shell=True, check=False, stderr=subprocess.DEVNULL)
        if made.returncode == 0:
            print("reports/partial.html: what has finished, and what is missing.", file=sys.stderr)


def partial_command():
    """The command that makes `reports/partial.html`."""
    words = {
        "results": "results",
        "logs": "logs",
        "benchmarks": "benchmarks",
        "cohort": COHORT,
        "out": "reports/partial.html",
        "approaches": as_argument(PER_TASK),
        "config": as_argument(without_folders(config)),
        "against": as_argument(AGAINST),
        "atlas": rules.atlas.output.origin,
        "reference": rules.reference.output.origin,
        "simulated": IS_SIMULATED,
        "log": "logs/partial.log",
    }
    return shlex.join(
        ["python", "-m", "adrepro.partial"]
        + [word for name, value in words.items() for word in (f"--{name}", str(value))]
    )


def tell_failed_scans():
    for path in sorted(Path("results/cohort/failed").glob("*.json")):
        print(f"{path.stem}: {read_json(path)['reason']}", file=sys.stderr)
    if failed_scans():
        print("Run the same command again to go on without these scans.", file=sys.stderr)
