# Handlers of start, success and failure.
import hashlib
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
    made_files,
    planning_command,
    restart,
    restartable,
)
from adrepro.core.unused_files import forget_other_settings, note_unused
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
        forget_other_settings(Path(), IN_USE)
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


# Hash of the settings and scans that decide which files are used.
IN_USE = hashlib.sha256(f"{SHARED_SETTINGS} {list(SCANS.index)}".encode()).hexdigest()[:16]


def scan_of(path):
    """Return the scan that a file is named after, or an empty text."""
    found = re.match(r"(sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?)[_.]", os.path.basename(path))
    return found[1] if found else ""


def is_used(path, declared, planned):
    """Return whether the study asks for a file that a run has made, or could for another target or excluded scan."""
    if path in declared:
        return True
    if scan_of(path) in SCANS.index:
        return scan_of(path) not in planned
    _, *words = path.split("/")
    if words[0] == "features":  # a target
        return True
    optional = words[0] in ("models", "checkpoints")  # a target; TensorBoard
    if optional or words[-1] in ("export.log", "monai_bundle.log"):
        task, approach = words[optional : optional + 2]
        return approach in [*study.per_task.get(task, []), *study.used_pretrainings]
    return False


def tidy_up():
    """After a complete run, remove the partial report, and tell of files that belong to earlier settings."""
    declared = declared_files(workflow)
    if "reports/comparison.html" not in declared:
        return
    Path("reports/partial.html").unlink(missing_ok=True)
    shutil.rmtree("results/partial", ignore_errors=True)
    planned = {scan_of(path) for path in declared if path.startswith("results/derivatives/")}
    notice = note_unused(
        Path(), made_files(Path()), lambda path: is_used(path, declared, planned), IN_USE
    )
    print(notice, end="\n" if notice else "", file=sys.stderr)


def write_partial_report():
    """After a failure, write a report of the approaches that have finished, if there are any."""
    if any(Path("results").glob("*/*/fold-*/scores.tsv")) and os.path.exists(
        "results/splits/participants.tsv"
    ):
        Path("reports/partial.html").unlink(missing_ok=True)
        made = subprocess.run(partial_command(), check=False, stderr=subprocess.PIPE, text=True)
        told = "reports/partial.html" if made.returncode == 0 else made.stderr.strip()
        print(f"Partial report: {told}", file=sys.stderr)


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
