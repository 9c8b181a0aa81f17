"""Participants and visits with a label and an included scan."""

from pathlib import Path

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.repeat_visits import visit_names, with_rates
from adrepro.cohort.study_participants import people_of
from adrepro.core import step
from adrepro.core.tables import read_table, write_table


def eligible(
    cohort: Path,
    labels: Path,
    visits: Path,
    included: Path,
    rates: list[Path],
    left_out_visits: list[Path],
    out: Path,
    eligible_visits: Path,
    group: str | None,
) -> None:
    """Write the participants with an included scan at the first visit with a label, and their visits.

    Parameters
    ----------
    cohort, labels, visits, included : Path
        Cohort sheet, labels of participants and visits, and included scans (input).
    rates : list of Path
        TSVs of rates of change (`participant_id session_id ...`), if an approach uses them: only their participants
        take part, so that all approaches are compared on the same people (input).
    left_out_visits : list of Path
        TSVs of visits that were left out of the rates: `participant_id session_id step reason` (input).
    out : Path
        TSV to write: the columns of `people_of`, a row for each label of a participant.
    eligible_visits : Path
        TSV to write: label and columns of the cohort sheet of every visit with an included scan, a row for each label
        of a visit.
    group : str or None
        Column of the sheet whose values (families, sites) must not be split.
    """
    sheet, scans = read_sheet(cohort), read_table(included)
    people = people_of(sheet, read_table(labels), scans, group)
    people, _ = with_rates(people, [read_table(path) for path in rates])
    write_table(out, people)
    rows = read_table(visits).merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns="months"), on=KEYS)
    for path in left_out_visits:
        rows = rows[~visit_names(rows).isin(set(visit_names(read_table(path))))]
    write_table(eligible_visits, rows)


if __name__ == "__main__":
    step.run(eligible)
