# Settings of the study, and patterns of file names.
import gc
import json
import os
import re
import sys
import time
from urllib.parse import quote, unquote

from adrepro.cohort.cohort_sheet import read_excluded, read_sheet
from adrepro.cohort.scan_paths import locate, scans_of
from adrepro.cohort.lists.published_lists import list_files
from adrepro.config.loading import read_yaml, settings_of, value_at
from adrepro.config.reference_space import DEFAULT_ATLAS, label_of
from adrepro.config.model_kinds import CLASSICAL_KINDS, CNN_KINDS, LINEAR_KINDS, REGIONAL_KINDS
from adrepro.config.settings.base import Section
from adrepro.config.settings.images import OwnTemplate
from adrepro.config.study import EVERYONE, Study
from adrepro.config.tasks import classes_of, label_names
from adrepro.core.code_hash import code_hash, content_hash
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.snakemake_internals import command_line_config, configuration_files
from adrepro.core.step import KEEP_MEMORY, has_gpu, prepare_jobs
from adrepro.preprocessing.reference.template_sources import in_folder
from adrepro.preprocessing.reference.wheel_atlases import ATLASES
from adrepro.preprocessing.reference.wheel_atlases import locate as locate_atlas

# Jobs live as long as Snakemake: repeated garbage collection over all of them takes a tenth of the planning.
gc.set_threshold(1_000_000)

# Through links and `..`, so that another way to the same Snakefile plans nothing anew.
REPOSITORY = Path(str(workflow.current_basedir)).resolve().parents[1]
# Jobs call `python -m adrepro...`: the Python that runs Snakemake, whatever PATH says.
prepare_jobs()


def as_argument(value):
    """Return a setting as JSON, one word of a command line."""
    if isinstance(value, Section):
        return value.model_dump_json()
    return json.dumps(value, sort_keys=True)


def configured_path(*keys):
    """Return a path of the configuration, resolved against the file that sets it, or the shell's folder for `--config`."""
    value = value_at(config, keys)
    if value_at(command_line_config(workflow), keys) is not None:
        # Snakemake has changed to --directory: the shell knows where the command was typed.
        bases = [Path(os.environ.get("PWD", ".")), REPOSITORY, Path.cwd()]
    else:
        files = configuration_files(workflow)
        named = [file for file in files if value_at(read_yaml(file), keys) == value]
        bases = [named[-1].absolute().parent if named else Path.cwd()]
    paths = [Path(os.path.normpath(base / value)) for base in bases]
    path = next(filter(Path.exists, paths), paths[0])
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def check_files():
    """Check what Snakemake accepts in configuration files, such as a key that appears twice."""
    for file in configuration_files(workflow):
        read_yaml(file)


def read_study():
    where = "config/config.yaml and the files and values that override it"
    return Study(settings_of(config, where))


def check_paths():
    """Raise a `UserError` that lists the paths of the configuration that do not exist."""
    keys = [("splits", "lists"), ("derivatives", "folder"), ("atlas", "labels"), ("atlas", "table")]
    if value_at(config, ("preprocessing", "brain_extraction")) == "provided":
        keys.append(("preprocessing", "brain_masks"))
    named = [
        key
        for key in keys
        if isinstance(value_at(config, key), str) and value_at(config, key) != "null"
    ]
    missing = [
        f"{'.'.join(key)}: there is no {configured_path(*key)}; correct the path"
        for key in named
        if not configured_path(*key).exists()
    ]
    raise_if_any(missing, "configuration")


def cohort_sheet():
    """Return the path of the cohort sheet and its rows."""
    if not isinstance(config.get("cohort"), str):
        return None, None  # reported by the validation of settings
    path = configured_path("cohort")
    sheet = read_sheet(path)
    if os.path.getmtime(path) > time.time() + 60:
        raise UserError(
            f"{path}: its modification time is in the future, so that every job would be outdated; run `touch` on it"
        )
    read_excluded(path)
    return path, sheet


def list_folders():
    """Return the folder of published lists, if there is one, and its files."""
    if not isinstance(value_at(config, ("splits", "lists")), str):
        return [], []
    folder = configured_path("splits", "lists")
    return [folder.as_posix()], [path.as_posix() for path in list_files(folder)]


def atlas_files():
    """Return the files of atlases inside wheels by name, and those of an atlas of the user's own."""
    further = config.get("atlases") or []
    named = [config.get("atlas"), *(further if isinstance(further, list) else [])]
    files = {
        name: [path.as_posix() for path in locate_atlas(name)]
        for name in named
        if isinstance(name, str) and name in ATLASES
    }
    given = config.get("atlas")
    if isinstance(given, dict):
        keys = [key for key in ("labels", "table") if given.get(key)]
        files[given.get("name")] = [configured_path("atlas", key).as_posix() for key in keys]
    return files


def template_files():
    """Return the maps of a template of the user's own."""
    if not isinstance(value_at(config, ("reference", "folder")), str):
        return []
    return [path.as_posix() for path in in_folder(configured_path("reference", "folder")).values()]


def collect(*checks):
    """Return the results of all functions, or exit with all their errors."""
    found, errors = [], []
    for check in checks:
        try:
            found.append(check())
        except UserError as error:
            errors += [str(error)] if str(error) not in errors else []
    if errors:
        # For other exceptions Snakemake prints a traceback.
        raise SystemExit("\n".join(errors))
    return found


_, study, _, (COHORT, SHEET), (LISTS, LIST_FILES), TEMPLATE_FILES, ATLAS_FILES = collect(
    check_files, read_study, check_paths, cohort_sheet, list_folders, template_files, atlas_files
)
settings = study.settings
APPROACHES = study.approaches
SCANS = scans_of(SHEET).set_index("scan")
T1W = {scan: locate(row.t1w, COHORT, REPOSITORY) for scan, row in SCANS.iterrows()}
SIMULATED_SCANS = [
    path.as_posix() for path in T1W.values() if path.parts[:2] == ("resources", "simulated")
]
SIMULATED_HERE = frozenset(SIMULATED_SCANS)
SIMULATED = as_argument(bool(SHEET["dataset"].str.startswith("simulated").any()))
FOLDS = range(settings.splits.folds)
# Names of draws in paths: labels are any text.
DRAWS = [quote(label, safe="") for label in study.draws]
EXPLAINED_FOLDS = range(min(settings.saliency.folds, settings.splits.folds))
# Paths of one scan: `results/derivatives/sub-*/[ses-*/]anat/` and the start of its file names.
ANAT = "results/derivatives/{folder}/anat/{scan}"
PERSON = "results/derivatives/{participant}/anat/{participant}"
ON_GRID = f"{ANAT}_{study.space_entities}"
# End of the names of gray-matter maps; volumes of FreeSurfer come without any.
GRAY_MAP = (
    None if study.derivatives_kind == "freesurfer" else "label-GM_desc-modulated_probseg.nii.gz"
)
# End of the names of the maps that tell heads apart: Jacobian determinants, or gray matter that another tool made.
HEAD_MAP = GRAY_MAP if study.derivatives_kind else "desc-jacobian_map.nii.gz"
MORPHOMETRY = f"{ANAT}_atlas-{{atlas}}_desc-volume_morph"
OWN_MORPHOMETRY = MORPHOMETRY.replace("{atlas}", study.atlas_label)
ATLAS = f"results/reference/atlas-{study.atlas_label}_dseg"
# Tables of the atlas of the study have no label, those of further atlases end with `_LABEL`.
ATLAS_SUFFIXES = {f"_{label}": label for label in study.atlases if label != study.atlas_label}
ATLAS_SUFFIXES[""] = study.atlas_label
# Rates of change, of the atlases on which an approach uses them.
RATES, LEFT_OUT = (
    [
        f"results/features/regional_rate{suffix}{end}.tsv"
        for suffix, label in ATLAS_SUFFIXES.items()
        if label in study.rate_atlases
    ]
    for end in ("", "_left_out")
)
# The default atlas gives hippocampi and ventricles to every study in its space.
ATLAS_NAMES = {label_of(DEFAULT_ATLAS): DEFAULT_ATLAS} | study.atlases
STRUCTURES = [
    f"results/reference/atlas-{label_of(DEFAULT_ATLAS)}_dseg.{end}"
    for end in ("nii.gz", "tsv")
    if label_of(DEFAULT_ATLAS) in study.atlases or not isinstance(settings.reference, OwnTemplate)
]
# As a parameter: paths of inputs differ where the repository was moved.
TEMPLATES = content_hash(
    sorted((REPOSITORY / "workflow" / "adrepro" / "report" / "templates").rglob("*.j2"))
)
SHARED_SETTINGS = as_argument(study.shared_settings)


wildcard_constraints:
    folder="sub-[A-Za-z0-9]+(/ses-[A-Za-z0-9]+)?",
    scan="sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?",
    participant="sub-[A-Za-z0-9]+",
    atlas="|".join(ATLAS_NAMES),
    atlas_suffix=f"(?:{'|'.join(ATLAS_SUFFIXES)})",  # Snakemake ignores an empty constraint
    task="|".join(map(re.escape, settings.tasks)),
    draw="|".join(map(re.escape, DRAWS)),
    pretraining="|".join(study.pretrainings) or "(?!)",
    image="|".join(study.stacked_images),
    fold="|".join(map(str, FOLDS)),
