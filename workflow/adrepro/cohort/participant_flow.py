"""Participant flow (CONSORT), and participants and visits that were left out after quality control."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.repeat_visits import with_rates
from adrepro.cohort.scan_paths import scans_of
from adrepro.cohort.study_participants import in_tasks, people_of
from adrepro.config.settings.cohort import Task
from adrepro.core import step
from adrepro.core.files import MISSING
from adrepro.core.tables import read_table, write_table


def participant_flow(
    cohort: Path,
    readable: Path,
    included: Path,
    labels: Path,
    rates: list[Path],
    left_out_visits: list[Path],
    flow: Path,
    left_out: Path,
    tasks: dict[str, Task],
) -> None:
    """Write the numbers of participants and sessions after each step, and those left out after quality control.

    Parameters
    ----------
    cohort, readable, included, labels : Path
        Cohort sheet, scans that can be preprocessed, included scans, and labels of participants (input).
    rates, left_out_visits : list of Path
        TSVs of rates of change, and of visits left out of them; empty if no approach uses rates (input).
    flow : Path
        TSV to write: `step participants sessions reason`.
    left_out : Path
        TSV to write: `participant_id session_id step reason` of participants without a label, of visits left out of the
        rates of change, and of participants without such a rate.
    tasks : dict of Task
        Prediction tasks by name.
    """
    sheet, table, passed = read_sheet(cohort), read_table(readable), read_table(included)
    judged = read_table(labels)
    people = in_tasks(people_of(sheet, judged, passed, None), tasks)
    taking_part, without_rate = with_rates(people, [read_table(path) for path in rates])
    steps = [
        ("in the sheet", sheet, ""),
        ("with a T1w scan", scans_of(sheet), "visits without a scan are used for labels only"),
        ("readable", table[~table["step"].eq("inspect")], "see excluded.tsv"),
        ("preprocessed", table[table["status"] == "ok"], "see excluded.tsv"),
        ("quality control passed", passed, "see excluded.tsv"),
        ("baseline scan", passed.merge(judged[KEYS].drop_duplicates()), "other scans are follow-up visits"),
        ("in a task", people[KEYS].drop_duplicates(), f"tasks {', '.join(tasks)}"),
    ]
    if rates:
        reason = "at least two visits before a change of diagnosis"
        steps.append(("with a rate of change", taking_part.drop_duplicates("participant_id"), reason))
    rows = [(name, part["participant_id"].nunique(), len(part), reason) for name, part, reason in steps]
    write_table(flow, pd.DataFrame(rows, columns=["step", "participants", "sessions", "reason"]))
    without_label = judged[~judged["participant_id"].isin(judged.loc[judged["reason"] == "", "participant_id"])]
    gone = without_label.drop_duplicates(KEYS[0])[[KEYS[0], "reason"]].assign(session_id=MISSING, step="label")
    parts = [gone, *map(read_table, left_out_visits), without_rate]
    write_table(left_out, pd.concat(parts)[[*KEYS, "step", "reason"]].drop_duplicates())


if __name__ == "__main__":
    step.run(participant_flow)
