# Configuration and names. No rule stands here, and no science.
import gc
import json
import os
import re
import time

from adrepro.config.approaches import (
    complete,
    explained_pairs,
    per_task,
    pretrainings,
    reference_approach,
    source,
)
from adrepro.core.code_hash import code_hash
from adrepro.core.errors import UserError, raise_all
from adrepro.config.model_kinds import CNN_KINDS, PORTABLE_KINDS, REGIONAL_KINDS, SVM_KINDS
from adrepro.cohort.published_lists import list_files
from adrepro.preprocessing.reference.template_sources import in_folder
from adrepro.config.validation import read_yaml, validate, value_at, without_folders
from adrepro.cohort.cohort_sheet import locate, read_excluded, read_sheet, scans_of
from adrepro.core.step import KEEP_MEMORY, has_gpu, prepare_jobs
from adrepro.config.tasks import as_list

# Snakemake's jobs live as long as it does: to look through all of them for garbage ever again takes a tenth of a plan.
gc.set_threshold(1_000_000)

REPOSITORY = Path(workflow.basedir)
# Jobs call `python -m adrepro...`: let that be the Python that runs Snakemake, whatever PATH said.
prepare_jobs()


def configured_path(*keys):
    """A path of the configuration: relative to the file that names it, or to where a command line was typed."""
    if value_at(workflow.config_settings.config or {}, keys) is not None:
        # Snakemake has gone to --directory by now: the shell knows where it was typed, or the Snakefile was found there.
        bases = [Path(os.environ.get("PWD", ".")), REPOSITORY, Path.cwd()]
    else:
        files = [REPOSITORY / "config" / "config.yaml", *workflow.overwrite_configfiles]
        named = [Path(file) for file in files if value_at(read_yaml(file), keys) is not None]
        bases = [named[-1].absolute().parent]
    paths = [Path(os.path.normpath(base / value_at(config, keys))) for base in bases]
    path = next(filter(Path.exists, paths), paths[0])
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def as_argument(value):
    """A setting as one word of a command line."""
    return json.dumps(value, sort_keys=True)


def missing_paths():
    """What the configuration names and is not there, by key."""
    keys = [
        ("splits", "lists"),
        ("derivatives", "folder"),
        ("atlas", "labels"),
        ("atlas", "table"),
    ]
    if value_at(config, ("preprocessing", "brain_extraction")) == "provided":
        keys.append(("preprocessing", "brain_masks"))
    named = [key for key in keys if isinstance(value_at(config, key), str)]
    return [
        f"{'.'.join(key)}: there is no {configured_path(*key)}; correct the path"
        for key in named
        if not configured_path(*key).exists()
    ]


def check_files():
    """What Snakemake lets pass in the files of the configuration, such as a key that stands twice."""
    for file in [REPOSITORY / "config" / "config.yaml", *workflow.overwrite_configfiles]:
        read_yaml(file)


def check_settings():
    validate(config, "config/config.yaml and what was given on top of it")


def check_paths():
    raise_all(missing_paths(), "configuration")


def cohort_sheet():
    """The sheet and where it lies."""
    if not isinstance(config.get("cohort"), str):
        return None, None  # told by the schema
    path = configured_path("cohort")
    sheet = read_sheet(path)
    if os.path.getmtime(path) > time.time() + 60:
        raise UserError(f"{path}: dated in the future, and all jobs would wait for that; touch it")
    read_excluded(path)
    return path, sheet


def list_folders():
    """The folder of published lists, if there is one, and its files."""
    if not isinstance(value_at(config, ("splits", "lists")), str):
        return [], []
    folder = configured_path("splits", "lists")
    return [folder.as_posix()], [path.as_posix() for path in list_files(folder)]


def reference_files():
    """The maps of the reference space, where they are the user's own."""
    if not isinstance(value_at(config, ("reference", "folder")), str):
        return []
    return [path.as_posix() for path in in_folder(configured_path("reference", "folder")).values()]


def answers(*questions):
    """The answer to each question; or the end, with all that is wrong, before the first job starts."""
    found, told = [], []
    for ask in questions:
        try:
            found.append(ask())
        except UserError as error:
            told += [str(error)] if str(error) not in told else []
    if told:
        raise SystemExit(
            "\n".join(told)
        )  # of an Exception Snakemake would show where it was raised
    return found


_, _, _, (COHORT, SHEET), (LISTS, LIST_FILES), REFERENCE_FILES = answers(
    check_files, check_settings, check_paths, cohort_sheet, list_folders, reference_files
)
SCANS = scans_of(SHEET).set_index("scan")
TASKS = config["tasks"]
APPROACHES, PRETRAININGS = complete(config), pretrainings(config)
PER_TASK = per_task(config)
T1W = {scan: locate(row.t1w, COHORT, REPOSITORY) for scan, row in SCANS.iterrows()}
SIMULATED = [
    path.as_posix() for path in T1W.values() if path.parts[:2] == ("resources", "simulated")
]
MADE_HERE = frozenset(SIMULATED)
IS_SIMULATED = as_argument(bool(SHEET["dataset"].str.startswith("simulated").any()))
ATLAS_SETTINGS = config["atlas"] if isinstance(config["atlas"], dict) else {"name": config["atlas"]}
ATLAS = re.sub("[^A-Za-z0-9]", "", ATLAS_SETTINGS["name"])
ATLAS_FILES = [
    configured_path("atlas", key).as_posix()
    for key in ("labels", "table")
    if ATLAS_SETTINGS.get(key)
]
# Preprocessed here or elsewhere: the scans of the rules that do the one and the other.
SCAN_PATTERN = "sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?"
DERIVED_KIND = (config["derivatives"] or {}).get("kind", "none")
OWN_SCANS, ADOPTED_SCANS = (
    (SCAN_PATTERN, "(?!)") if DERIVED_KIND == "none" else ("(?!)", SCAN_PATTERN)
)
DERIVED_FOLDER = (
    "" if DERIVED_KIND == "none" else configured_path("derivatives", "folder").as_posix()
)
ANAT = "results/derivatives/{folder}/anat/{scan}"
REFERENCE = (
    config["reference"] if isinstance(config["reference"], dict) else {"name": config["reference"]}
)
# What scans were brought to, and whose it is: DARTEL makes its template of participants.
MADE_OF = {
    "template": (config["derivatives"] or {}).get(
        "template_of",
        (
            "participants"
            if DERIVED_KIND in ("caps", "oasis_dartel")
            else REFERENCE.get("made_of", "others")
        ),
    ),
    "atlas": ATLAS_SETTINGS.get("made_of", "others"),
}
REFERENCE_SPACE = (
    "MNI152NLin2009aSym"
    if REFERENCE["name"] == "mni152-2009a"
    else REFERENCE["name"].removeprefix("templateflow-")
)
SPACE = "space-{}_res-{:g}".format(REFERENCE_SPACE, config["resolution_mm"]).replace(".", "p")
TEMPLATES = sorted(
    path.as_posix() for path in (REPOSITORY / "workflow" / "adrepro" / "report" / "templates").rglob("*.j2")
)
AGAINST = {"margin": config["comparison"]["margin"], "against": reference_approach(config)}
EXPLAINED_FOLDS = range(min(config["saliency"]["folds"], config["splits"]["folds"]))


wildcard_constraints:
    folder="sub-[A-Za-z0-9]+(/ses-[A-Za-z0-9]+)?",
    scan=SCAN_PATTERN,
    task="|".join(map(re.escape, TASKS)),
    pretraining="|".join(PRETRAININGS) or "(?!)",
    fold="[0-9]+",
