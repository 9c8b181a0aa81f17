"""Leakage checks of partitions, tasks, visits and groups, and of template and atlas."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from adrepro.core.files import MISSING

EXAMPLES = 10

Check = dict[str, Any]


def check_result(name: str, compared: str, found: Iterable[str]) -> Check:
    """Return one entry of the leakage checks.

    Parameters
    ----------
    name : str
        Name of the check, as the report lists it.
    compared : str
        Amount of data that was compared.
    found : iterable of str
        Leaks, one line each.

    Returns
    -------
    dict
        `name`, `compared`, `count` of leaks, `verdict` (`leak` or `clean`) and at most `EXAMPLES` `examples`.
    """
    found = sorted(found)
    return {
        "name": name,
        "compared": compared,
        "count": len(found),
        "verdict": "leak" if found else "clean",
        "examples": found[:EXAMPLES],
    }


def check_partitions(people: pd.DataFrame) -> Check:
    """Check that each participant is in one partition: test set, external, or one fold of the training part.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id partition fold`.

    Returns
    -------
    dict
        From `check_result`.
    """
    sides = people.assign(side=people["partition"] + " " + people["fold"])
    several = sides.groupby("participant_id")["side"].agg(lambda s: " and ".join(sorted(set(s))))
    counts = ", ".join(f"{n} {part}" for part, n in people["partition"].value_counts().sort_index().items())
    return check_result(
        "each participant in one partition", counts, (f"{p}: {s}" for p, s in several.items() if " and " in str(s))
    )


def check_tasks(people: pd.DataFrame, views: dict[str, pd.DataFrame]) -> Check:
    """Check that every task has its participants in the partition and fold that were drawn for them.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id dataset partition fold`.
    views : dict of str to DataFrame
        Split of each task, with the same columns.

    Returns
    -------
    dict
        From `check_result`.
    """
    columns = ["participant_id", "dataset", "partition", "fold"]
    drawn = set(people[columns].itertuples(index=False, name=None))
    found = [
        f"{task}: {row[0]} is {row[2]} {row[3]}"
        for task, view in views.items()
        for row in view[columns].itertuples(index=False, name=None)
        if row not in drawn
    ]
    return check_result("tasks keep the drawn partitions", f"{len(views)} tasks with {len(people)} participants", found)


def check_groups(people: pd.DataFrame, sheet: pd.DataFrame, group: str) -> Check:
    """Check that participants who share a family, a site or another group are in one partition and fold.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id partition fold`.
    sheet : DataFrame
        Cohort sheet.
    group : str
        Column of the cohort sheet that names the group.

    Returns
    -------
    dict
        From `check_result`.
    """
    values = sheet.loc[sheet[group] != MISSING, ["participant_id", group]].drop_duplicates()
    rows = people.assign(side=people["partition"] + " " + people["fold"]).merge(values, on="participant_id")
    rows = rows.rename(columns={group: "value"})
    sides = rows.groupby("value")["side"].agg(lambda s: " and ".join(sorted(set(s))))
    return check_result(
        f"each {group} in one partition",
        f"{len(sides)} values of {group}",
        (f"{group} {value}: {s}" for value, s in sides.items() if " and " in str(s)),
    )


def check_templates(reference: dict[str, Any], atlas: dict[str, Any], derived_from: dict[str, str]) -> Check:
    """Check that template and atlas were not derived from participants of the study.

    Parameters
    ----------
    reference, atlas : dict of str to str
        Origin of the template (`space`, `source`) and of the atlas (`name`).
    derived_from : dict of str to str
        `participants` or `others` for `template` and `atlas`.

    Returns
    -------
    dict
        From `check_result`.
    """
    compared = f"template {reference['space']} ({reference['source']}), atlas {atlas['name']}"
    found = [
        f"the {name} was derived from participants" for name, whose in derived_from.items() if whose == "participants"
    ]
    return check_result("template and atlas not derived from participants", compared, found)


def check_training_visits(people: pd.DataFrame, visits: dict[str, pd.DataFrame]) -> Check:
    """Check that the visits to train on are those of training participants.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id partition`.
    visits : dict of str to DataFrame
        Visits to train on of each task: `participant_id session_id`.

    Returns
    -------
    dict
        From `check_result`.
    """
    trains = set(people.loc[people["partition"] == "train", "participant_id"])
    found = [
        f"{task}: {row.participant_id} {row.session_id}"
        for task, table in visits.items()
        for row in table.itertuples()
        if row.participant_id not in trains
    ]
    total = sum(map(len, visits.values()))
    return check_result("only training participants have visits to train on", f"{total} visits", found)


def failed_checks(checks: list[Check]) -> list[str]:
    """Return one line for each check that found leakage: its name, number of findings and examples.

    Parameters
    ----------
    checks : list of dict
        From `check_result`.
    """
    return [
        f"{check['name']}: {check['count']} case{'s' * (check['count'] != 1)}, {'; '.join(check['examples'])}"
        for check in checks
        if check["verdict"] == "leak"
    ]


def print_checks(checks: list[Check]) -> None:
    """Print verdict, name, amount and examples of each check.

    Parameters
    ----------
    checks : list of dict
        From `check_result`.
    """
    for check in checks:
        print(f"{check['verdict']}: {check['name']} ({check['compared']})", *check["examples"], sep="\n  ")
