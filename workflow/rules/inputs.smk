# Input functions: files of scans that a rule needs, once they can be known.
import functools

from adrepro.cohort.repeat_visits import repeat_visits
from adrepro.cohort.scan_paths import find_mask, scan_folder
from adrepro.cohort.lists.list_coverage import coverage_notes
from adrepro.cohort.sheet_problems import sheet_problems
from adrepro.cohort.study_labels import checked_lists
from adrepro.core.tables import read_table
from adrepro.preprocessing.derivatives.external_derivatives import find_maps
from adrepro.preprocessing.derivatives.freesurfer_tables import find_tables


@functools.cache
def check_cohort():
    """Exit if the diagnoses, participants or published lists of the cohort do not suffice for the tasks."""
    labels, splits = settings.labels, settings.splits
    try:
        lists = checked_lists(Path(LISTS[0]), settings.tasks, splits.folds) if LISTS else None
        problems = sheet_problems(
            SHEET,
            settings.tasks,
            labels.horizon_months,
            labels.ignore_diagnoses,
            splits,
            study.covariates,
            (
                repeat_visits(scans_of(SHEET), SHEET, settings.longitudinal.max_months)
                if study.rate_atlases
                else None
            ),
            lists,
            study.complete_covariates,
            study.categorical,
        )
        raise_if_any(problems, " and ".join([str(COHORT), *LISTS]))
    except UserError as error:
        raise SystemExit(str(error)) from None  # Snakemake would wrap any Exception in a traceback
    if LISTS and workflow.is_main_process:
        print(*coverage_notes(SHEET, lists), sep="\n", file=sys.stderr)


def labeled_cohort(wildcards):
    """Return the cohort sheet, or exit if it does not suffice for the tasks."""
    check_cohort()
    return COHORT


def simulated_scan(wildcards):
    """Return the scan, if the workflow itself simulates it."""
    path = T1W[wildcards.scan].as_posix()
    return [path] if path in SIMULATED_HERE else []


def date_of_scan(wildcards):
    """Return date and size of a scan from outside, as a parameter: a scan that is replaced is checked again.

    Not as an input: on a cluster Snakemake waits for inputs that vanished and then treats the job as finished, and a job
    whose input is dated in the future is always outdated. Steps depend on the output of `check_input` instead.
    """
    path = T1W[wildcards.scan].as_posix()
    if path in SIMULATED_HERE:
        return "simulated here"
    try:
        found = os.stat(path)
    except OSError:
        return "missing"
    return f"{found.st_mtime_ns} {found.st_size}"


def provided_mask(wildcards):
    """Return the provided brain mask of a scan, if `brain_extraction: provided`."""
    if settings.preprocessing.brain_extraction != "provided":
        return []
    masks = configured_path("preprocessing", "brain_masks")
    return [path.as_posix() for path in find_mask(masks, wildcards.folder, wildcards.scan)]


def derived_files(wildcards):
    """Return the external derivatives of a scan; empty if there are none, in which case the step raises a ScanFault."""
    found = find_maps(
        configured_path("derivatives", "folder"),
        study.derivatives_kind,
        wildcards.folder,
        wildcards.scan,
        study.space,
    )
    return [path.as_posix() for path in found.values()]


def freesurfer_tables(wildcards):
    """Return the tables of FreeSurfer of a scan; empty if there are none, in which case the step raises a ScanFault."""
    found = find_tables(configured_path("derivatives", "folder"), wildcards.scan)
    return [path.as_posix() for path in found]


def per_scan(pattern, scans):
    return [pattern.format(folder=scan_folder(scan), scan=scan) for scan in scans]


def table_of(checkpoint):
    """Return the table of a checkpoint, once it exists."""
    path = checkpoint.get().output.table
    (table,) = collect(lambda: read_table(path))
    return table


def readable_scans(pattern):
    """Return an input function: one file per scan that can be preprocessed."""

    def files(wildcards):
        table = table_of(checkpoints.select_readable)
        return per_scan(pattern, table["scan"][table["status"] == "ok"])

    return files


def included_scans(pattern):
    """Return an input function: one file per scan that passed quality control."""

    def files(wildcards):
        return per_scan(pattern, table_of(checkpoints.select_included)["scan"])

    return files


def visits_of(wildcards):
    """Return the months of the included scans of each participant who has two or more, by scan."""
    path = checkpoints.select_included.get().output.table
    return visits_in(path, os.stat(path).st_mtime_ns)


@functools.cache
def visits_in(path, modified):
    """Return the visits of a table of included scans, once for all jobs."""
    (included,) = collect(lambda: read_table(path))
    return repeat_visits(included, SHEET, settings.longitudinal.max_months)


def of_visits(pattern):
    """Return an input function: one file per visit of a participant."""

    def files(wildcards):
        return per_scan(pattern, visits_of(wildcards)[wildcards.participant])

    return files


def records_of_visits(wildcards):
    """Return the record of the visits of each person that this workflow compares."""
    if study.derivatives_kind == "freesurfer":
        return []
    return [
        f"results/derivatives/{one}/anat/{one}_desc-visits_xfm.json" for one in visits_of(wildcards)
    ]


def volumes_of_visits(wildcards):
    """Return the regional volumes of all visits: of the visits of a person in one file, or tables of FreeSurfer."""
    atlas, visits = ATLAS_SUFFIXES[wildcards.atlas_suffix], visits_of(wildcards)
    if study.derivatives_kind == "freesurfer":
        return per_scan(
            f"{OWN_MORPHOMETRY}.tsv", [scan for scans in visits.values() for scan in scans]
        )
    return [
        f"results/derivatives/{one}/anat/{one}_atlas-{atlas}_desc-visits_morph.tsv"
        for one in visits
    ]


def pictures_of_visits(wildcards):
    """Return the figure of the visits of each person that this workflow compares."""
    if not RATES or study.derivatives_kind == "freesurfer":
        return []
    return [
        f"results/derivatives/{one}/anat/{one}_desc-visits_figure.jpg"
        for one in visits_of(wildcards)
    ]


def failed_scans():
    """Return the scans that a step found faulty in an earlier run; deleting the file tries again."""
    return sorted(path.stem for path in Path("results/cohort/failed").glob("*.json"))
