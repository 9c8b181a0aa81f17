"""Labels of participants and visits."""

from pathlib import Path

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.labels import diagnosis_problems, label_cohort
from adrepro.cohort.published_lists import relabel
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
) -> None:
    """Write the labels of all participants and visits (Wen et al. 2020).

    Parameters
    ----------
    cohort : Path
        Cohort sheet (input).
    out, visits : Path
        TSVs to write: `participant_id dataset role label session_id reason`, with the visit that the label belongs to,
        and `participant_id session_id months label`, a row per visit.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    tasks : dict of Task
        Prediction tasks by name; their labels are valid diagnoses.
    ignore : list of str
        Further diagnoses that are no error although no task uses them.
    lists : list of Path
        Folder of published subject lists that replace the labels of study participants; empty without lists.

    Raises
    ------
    UserError
        Lists every row with an unknown diagnosis.
    """
    sheet = read_sheet(cohort)
    raise_if_any(diagnosis_problems(sheet, tasks, ignore), str(cohort))
    people, visit_labels = label_cohort(sheet, horizon_months)
    for folder in lists:
        people, visit_labels = relabel(people, visit_labels, folder)
    write_table(out, people)
    write_table(visits, visit_labels)


if __name__ == "__main__":
    step.run(assign_labels)
