"""Labels of participants and visits."""

from pathlib import Path

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.lists.list_coverage import coverage_notes
from adrepro.cohort.lists.published_lists import read_lists
from adrepro.cohort.study_labels import study_labels
from adrepro.core import step
from adrepro.core.tables import write_table


def assign_labels(
    cohort: Path,
    out: Path,
    visits: Path,
    horizon_months: float,
    lists: list[Path],
    listed: list[str],
) -> None:
    """Write the labels of all participants and visits (Wen et al. 2020).

    Diagnoses and lists were checked when jobs were planned (`sheet_problems`), so that labels do not depend on tasks.

    Parameters
    ----------
    cohort : Path
        Cohort sheet (input).
    out, visits : Path
        TSVs to write: `participant_id dataset role label session_id reason`, a row for each label of a participant with
        the first visit that has it, and `participant_id session_id months label`, a row for each label of a visit.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    lists : list of Path
        Folder of published subject lists that replace the labels; empty without lists.
    listed : list of str
        Labels whose lists are read.
    """
    sheet = read_sheet(cohort)
    entries = None
    for folder in lists:
        entries = read_lists(folder, listed)
        print(*coverage_notes(sheet, entries), sep="\n")
    labels, visit_labels = study_labels(sheet, horizon_months, entries)
    write_table(out, labels)
    write_table(visits, visit_labels)


if __name__ == "__main__":
    step.run(assign_labels)
