"""Test set, cross-validation folds and repeated hold-outs of one label, or of all that are drawn together."""

from pathlib import Path

from adrepro.cohort.labels import narrowest
from adrepro.cohort.lists.listed_labels import listed_splits
from adrepro.cohort.lists.published_lists import read_lists
from adrepro.cohort.sampling import draw_splits as draw
from adrepro.cohort.sampling import holdouts as draw_holdouts
from adrepro.cohort.study_participants import in_tasks, wanted_of
from adrepro.config.settings.cohort import Match, RepeatedHoldout, Task, TestSize
from adrepro.config.tasks import label_names
from adrepro.core import step
from adrepro.core.tables import read_table, write_table


def draw_splits(
    eligible: Path,
    out: Path,
    holdouts: Path,
    label: str | None,
    tasks: dict[str, Task],
    parts: list[str],
    test_per_label: TestSize,
    folds: int,
    match: Match | None,
    repeated_holdout: RepeatedHoldout,
    seed: int,
    lists: list[Path],
) -> None:
    """Write the partition and fold of the participants of a label, and their repeated hold-outs.

    A draw depends on the participants of its label alone, so that another task with other labels changes nothing here.

    Parameters
    ----------
    eligible : Path
        TSV of the participants that can take part, as from `people_of` (input).
    out : Path
        TSV to write: `participant_id dataset label partition fold`.
    holdouts : Path
        TSV to write: `iteration participant_id` of the participants held out.
    label : str or None
        Narrowest label of the participants; None for all participants of `tasks` together, where groups (families,
        sites) or other columns than the label make a separate draw impossible.
    tasks : dict of Task
        Prediction tasks by name, for `label` None; else empty.
    parts : list of str
        Labels of which at most a third is held out, from `parts_of_mci`.
    test_per_label : int or dict of str to int
        Test participants of each label.
    folds : int
        Number of cross-validation folds.
    match : Match or None
        Balance between test set and rest.
    repeated_holdout : RepeatedHoldout
        Number and size of the hold-outs.
    seed : int
        Seed of the study.
    lists : list of Path
        Folder of published subject lists that replace the draw; empty without lists.

    Raises
    ------
    UserError
        If no draw is balanced; `task_split` refuses classes with too few participants.
    """
    people = read_table(eligible, numbers=("age",))
    if label is None:
        people = in_tasks(people, tasks)
        names = label_names(tasks)
        persons = narrowest(people)
    else:
        names = [label]
        persons = narrowest(people)
        persons = persons[persons["label"] == label].reset_index(drop=True)
        people = persons
    if lists:
        table = listed_splits(people, read_lists(lists[0], names))
    else:
        table = draw(persons, wanted_of(persons, parts, test_per_label), folds, match, seed)
    write_table(holdouts, draw_holdouts(persons, seed=seed, **repeated_holdout.model_dump()))
    write_table(out, table)


if __name__ == "__main__":
    step.run(draw_splits)
