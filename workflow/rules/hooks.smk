# Handlers of start, success and failure.
import logging
import shlex
import shutil
import subprocess
from functools import partial

from adrepro.cohort.exclusions import count_warnings, exclusions_by_fault
from adrepro.core.errors import describe_os_error
from adrepro.core.files import read_json
from adrepro.core.run_recovery import (
    begin_run,
    drop_dead_lock,
    end_run,
    refuse_earlier_layout,
    refuse_full_disk,
    refuse_future_results,
    refuse_live_jobs,
)
from adrepro.core.snakemake_internals import (
    declared_files,
    drop_default_rate_limit,
    group_without_merging,
    keep_going,
    planning_command,
    producers,
    restart,
    restartable,
)
from adrepro.core.unused_files import note_unused
from adrepro.report.provenance import note_versions

# A log that cannot be written (full disk) gives no traceback; jobs report the error.
logging.raiseExceptions = False

FAILED_BEFORE = failed_scans()


def scan_failed(job):
    """Return whether a step has found the scan of a job faulty."""
    note = job.params.get("failed")
    return bool(note) and os.path.exists(note)


group_without_merging(scan_failed)

# Before Snakemake looks for a lock; skipped in job processes.
if workflow.is_main_process:
    collect(refuse_full_disk, refuse_earlier_layout, refuse_future_results)
    notice = drop_dead_lock()
    print(notice, end="\n" if notice else "", file=sys.stderr)


def start_workflow():
    """Refuse to start beside a live run, and record package versions."""
    try:
        refuse_live_jobs()
        if not workflow.local_exec and " " in sys.executable:
            raise UserError(
                f"{sys.executable}: the plugin for SLURM cannot start a Python whose path has a space;"
                " make the environment in a folder without one"
            )
        begin_run()
        changed = note_versions(Path("results"))
    except (UserError, OSError) as error:
        raise SystemExit(describe_os_error(error)) from None
    if changed:
        print(changed, file=sys.stderr)
    keep_going(workflow)
    drop_default_rate_limit(workflow)
    if not workflow.local_exec:
        # Imported here: it needs the plugin, which only a cluster has.
        from adrepro.core.slurm_watchdog import watch

        watch(workflow)


def print_exclusions():
    """Print the scans excluded for a fault and the number of QC warnings; return whether there are exclusions."""
    cohort = Path("results/cohort")
    try:
        lines = exclusions_by_fault(cohort / "excluded.tsv", cohort / "left_out.tsv")
        warned = count_warnings(cohort)
    except UserError as error:
        raise SystemExit(str(error)) from None
    if warned:
        print(f"Scans with a QC warning: {warned}; see reports/quality.html.", file=sys.stderr)
    if lines:
        print("Excluded for a fault:", *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
    return bool(lines)


def end_with_exclusions():
    """Exit with code 3 if scans were excluded for a fault, unless that is allowed."""
    if print_exclusions() and not settings.allow_exclusions:
        print("Exit code 3: repair these, or set allow_exclusions: true.", file=sys.stderr)
        raise SystemExit(3)


# Rules of targets beside the reports.
OPTIONAL = ("export", "monai_bundle", "regional_features", "partial_report")
KEPT = {"results/versions.json"}


def is_used(path, declared):
    """Return whether the study asks for a file, or could for another target or a scan that is excluded now."""
    if path in declared or path in KEPT:
        return True
    for maker, names in producers(workflow, path):
        if "scan" in names:
            return names["scan"] in SCANS.index
        if maker in OPTIONAL:
            return "approach" not in names or names["approach"] in study.per_task.get(
                names["task"], []
            )
    folder, _, name = path.rpartition("/")
    if folder.startswith("results/checkpoints/") and folder.count("/") > 2:  # of TensorBoard
        task, approach = folder.split("/")[2:4]
        return task == PRETRAINING or approach in study.per_task.get(task, [])
    if folder == "results/cohort/failed":
        return Path(name).stem in SCANS.index
    return folder == "results/derivatives"  # README and sidecars of the dataset


def tidy_up():
    """After a complete run, remove the partial report, and tell of files that belong to earlier settings."""
    declared = declared_files(workflow)
    if "reports/comparison.html" not in declared:
        return
    Path("reports/partial.html").unlink(missing_ok=True)
    shutil.rmtree("results/partial", ignore_errors=True)
    notice = note_unused(Path(), lambda path: is_used(path, declared))
    print(notice, end="\n" if notice else "", file=sys.stderr)


def write_partial_report():
    """After a failure, write a report of the approaches that have finished, if there are any."""
    if any(Path("results").glob("*/*/fold-*/scores.tsv")) and os.path.exists(
        "results/splits/participants.tsv"
    ):
        made = subprocess.run(partial_command(), check=False, stderr=subprocess.DEVNULL)
        if made.returncode == 0:
            print("Partial report: reports/partial.html", file=sys.stderr)


def partial_command():
    """Return the words of the command that writes `reports/partial.html`."""
    plan, folder = planning_command(workflow)
    words = {
        "results": "results",
        "logs": "logs",
        "benchmarks": "benchmarks",
        "cohort": COHORT,
        "out": "reports/partial.html",
        "approaches": as_argument(study.per_task),
        "settings": SHARED_SETTINGS,
        "atlas": f"{ATLAS}.json",
        "reference": rules.template.output.origin,
        "simulated": SIMULATED,
        "plan": shlex.join(plan),
        "plan-folder": folder,
        "log": "logs/partial_report.log",
    }
    return ["python", "-m", "adrepro.report.partial_report"] + [
        word for name, value in words.items() for word in (f"--{name}", str(value))
    ]


def continue_without_failed_scans():
    """Start the same command again when steps found faulty scans, so that one command is enough.

    Each time at least one scan more is excluded, so that restarts terminate. Not after an interruption, nor with an option
    that would make everything again.
    """
    notes = sorted(Path("results/cohort/failed").glob("*.json"))
    for path, note in zip(notes, collect(*(partial(read_json, path) for path in notes))):
        print(f"{path.stem}: {note['reason']}", file=sys.stderr)
    if failed_scans() == FAILED_BEFORE:
        return
    if not restartable(workflow):
        print("Run the same command again to continue without these scans.", file=sys.stderr)
        return
    print("Continuing without these scans.", file=sys.stderr, flush=True)
    restart(workflow)
