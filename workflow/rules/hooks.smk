# What is done when the workflow starts, ends and fails.
import logging
import os
import subprocess
import sys
from functools import partial

from adrepro.core.run_recovery import (
    begin_run,
    date_back,
    drop_dead_lock,
    end_run,
    refuse_full_disk,
    refuse_live_jobs,
)
from adrepro.core.errors import in_words
from adrepro.core.files import read_json
from adrepro.report.provenance import note_versions
from adrepro.cohort.exclusions import exclusions_by_fault, warnings
from snakemake.jobs import GroupJob, GroupJobFactory

# A log that cannot be written, as on a full disk, is no reason for a traceback: jobs and outputs tell it in words.
logging.raiseExceptions = False

FAILED_BEFORE = failed_scans()


class ScansOfOneJob(GroupJob):
    """A group that does not run again once one of its scans was found faulty: it would be found faulty again.

    What the group has finished stays; the study goes on without that scan and with the rest of the group.
    """

    __slots__ = ()

    @property
    def restart_times(self):
        notes = (job.params.get("failed") for job in self.jobs)
        return 0 if any(note and os.path.exists(note) for note in notes) else super().restart_times


def fresh_group(factory, groupid, jobs, resources):
    """A group of these jobs alone, whatever Snakemake has merged before.

    Snakemake 9 (its issues 1217 and 1628) keeps groups that `group-components` has merged, and merges them again at each
    update of the plan, until one SLURM job holds all scans. No group runs while ours is updated: a checkpoint waits
    for all scans, or all scans for it.
    """
    return ScansOfOneJob(groupid, frozenset(jobs), resources)


GroupJobFactory.new = fresh_group

# Before Snakemake looks for a lock; jobs that it starts are not asked.
if workflow.is_main_process:
    answers(refuse_full_disk)
    for told in (drop_dead_lock(), date_back()):
        print(told, end="\n" if told else "", file=sys.stderr)


def begin():
    """Make sure that nobody else works here; let one faulty scan not stop the others, whatever the command said."""
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
        raise SystemExit(in_words(error)) from None
    if changed:
        print(changed, file=sys.stderr)
    workflow.scheduler.keepgoing = True
    drop_default_rate_limit()
    if not workflow.local_exec:
        # Imported here: it needs the plugin, which only a cluster has.
        from adrepro.core.slurm_watchdog import watch

        watch(workflow.scheduler)


def drop_default_rate_limit():
    """Take off Snakemake's own limit of 100 jobs started per second, which nobody asked for.

    With a limit, Snakemake 9 wakes up once a second for every job that it has finished, each time to look at all that
    waits: beyond some hundred jobs that costs more than the jobs.
    """
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def tell_exclusions():
    """Tell at the end who was left out for a fault, and how many deserve a look; returns whether somebody was."""
    cohort = Path("results/cohort")
    try:
        lines, warned = exclusions_by_fault(cohort / "excluded.tsv"), warnings(cohort)
    except UserError as error:
        raise SystemExit(str(error)) from None
    if warned:
        print(
            f"Scans that deserve a look: {warned}; reports/quality.html says why.", file=sys.stderr
        )
    if lines:
        print("Left out for a fault:", *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
    return bool(lines)


def end_with_exclusions():
    """The exit code says that somebody was left out for a fault, unless that is allowed."""
    if tell_exclusions() and not config["allow_exclusions"]:
        print("Exit code 3: repair these, or set allow_exclusions: true.", file=sys.stderr)
        raise SystemExit(3)


def report_what_there_is():
    """After a failure: a report of the approaches that have finished, if there are some."""
    if any(Path("results").glob("*/*/fold-*/scores.tsv")) and os.path.exists(
        "results/cohort/labels.tsv"
    ):
        made = subprocess.run(partial_command(), check=False, stderr=subprocess.DEVNULL)
        if made.returncode == 0:
            print("reports/partial.html: what has finished, and what is missing.", file=sys.stderr)


def partial_command():
    """The words of the command that makes `reports/partial.html`."""
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
    return ["python", "-m", "adrepro.report.partial_report"] + [
        word for name, value in words.items() for word in (f"--{name}", str(value))
    ]


def go_on_without_failed_scans():
    """Start the same command anew when steps found scans at fault that a first look had not, so that one is enough.

    Each time at least one scan more is left out, so this comes to an end. Not after an interruption, nor with an option
    that would make everything again.
    """
    notes = sorted(Path("results/cohort/failed").glob("*.json"))
    for path, note in zip(notes, answers(*(partial(read_json, path) for path in notes))):
        print(f"{path.stem}: {note['reason']}", file=sys.stderr)
    if failed_scans() == FAILED_BEFORE:
        return
    scheduler, forced = workflow.scheduler, workflow.dag_settings
    interrupted = scheduler.running or scheduler.open_jobs or scheduler._user_kill
    typed = "snakemake" in Path(sys.argv[0]).parts
    if interrupted or not typed or forced.forceall or forced.forcerun:
        print("Run the same command again to go on without these scans.", file=sys.stderr)
        return
    print("Going on without these scans.", file=sys.stderr, flush=True)
    workflow.persistence.unlock()
    os.chdir(workflow.rundir)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
