"""Labels of participants and visits."""

from pathlib import Path

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.labels import diagnosis_problems
from adrepro.cohort.lists.list_coverage import coverage_notes, coverage_problems
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.config.settings.cohort import Task
from adrepro.core import step
from adrepro.core.errors import raise_if_any
from adrepro.core.tables import write_table


def assign_labels(
    cohort: Path,
    out: Path,
    visits: Path,
    horizon_months: float,
    tasks: dict[str, Task],
    ignore: list[str],
    lists: list[Path],
    folds: int,
) -> None:
    """Write the labels of all participants and visits (Wen et al. 2020).

    Parameters
    ----------
    cohort : Path
        Cohort sheet (input).
    out, visits : Path
        TSVs to write: `participant_id dataset role label session_id reason`, a row for each label of a participant with
        the first visit that has it, and `participant_id session_id months label`, a row for each label of a visit.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    tasks : dict of Task
        Prediction tasks by name; their labels are valid diagnoses.
    ignore : list of str
        Further diagnoses that are no error although no task uses them.
    lists : list of Path
        Folder of published subject lists that replace the labels; empty without lists.
    folds : int
        Number of folds that the lists must have.

    Raises
    ------
    UserError
        Lists every row with an unknown diagnosis, and every fault of the lists.
    """
    sheet = read_sheet(cohort)
    raise_if_any(diagnosis_problems(sheet, tasks, ignore), str(cohort))
    entries = None
    for folder in lists:
        entries = checked_lists(folder, tasks, folds)
        raise_if_any(coverage_problems(sheet, entries), f"splits.lists: {folder}")
        print(*coverage_notes(sheet, entries), sep="\n")
    labels, visit_labels = study_labels(sheet, horizon_months, entries)
    write_table(out, labels)
    write_table(visits, visit_labels)


if __name__ == "__main__":
    step.run(assign_labels)
