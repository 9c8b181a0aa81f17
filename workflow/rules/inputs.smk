# Which files of scans a rule waits for, asked when they can be known.
from adrepro.config.approaches import covariates
from adrepro.preprocessing.external_derivatives import find_maps
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import read_table
from adrepro.cohort.cohort_sheet import find_mask, scan_folder
from adrepro.cohort.splits import sheet_problems


def labelled_cohort(wildcards):
    """Input function: the cohort sheet, once it can give every task its labels; asked before the first job starts."""
    ignore, horizon = config["labels"]["ignore_diagnoses"], config["labels"]["horizon_months"]
    named = covariates(APPROACHES)
    try:
        raise_all(
            sheet_problems(SHEET, TASKS, horizon, ignore, config["splits"], named), str(COHORT)
        )
    except UserError as error:
        raise SystemExit(str(error)) from None  # Snakemake would wrap any Exception in a traceback
    return COHORT


def scan_made_here(wildcards):
    """The scan as an input where the workflow itself makes it."""
    path = T1W[wildcards.scan].as_posix()
    return [path] if path in MADE_HERE else []


def date_of_scan(wildcards):
    """When a scan from outside was written, and its size, as a parameter: a scan that is replaced is inspected again.

    Not as an input: on a cluster Snakemake waits for inputs that vanished and then takes the job for done, and one that
    is dated in the future would never be done. Steps wait for what `inspect` says of the voxels instead.
    """
    path = T1W[wildcards.scan].as_posix()
    if path in MADE_HERE:
        return "made here"
    try:
        found = os.stat(path)
    except OSError:
        return "missing"
    return f"{found.st_mtime_ns} {found.st_size}"


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


def table_of(checkpoint):
    """The table of a checkpoint, once it is made."""
    path = checkpoint.get().output.table
    (table,) = answers(lambda: read_table(path))
    return table


def usable_scans(pattern):
    """Input function: one file per scan that can be preprocessed."""

    def files(wildcards):
        table = table_of(checkpoints.usable)
        return per_scan(pattern, table["scan"][table["status"] == "ok"])

    return files


def accepted_scans(pattern):
    """Input function: one file per scan that passed quality control."""

    def files(wildcards):
        return per_scan(pattern, table_of(checkpoints.accepted)["scan"])

    return files


def failed_scans():
    """Scans that a step found faulty in an earlier run; deleting the file tries again."""
    return sorted(path.stem for path in Path("results/cohort/failed").glob("*.json"))
