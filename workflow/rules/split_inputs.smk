# Input functions and parameters of splits: draws of labels, and tables of a task.
from adrepro.cohort.study_participants import heldout_size, parts_of_mci


def draws_of(pattern):
    """Return an input function: one file per label, or draw of several, that a task has participants from."""

    def files(wildcards):
        return [pattern.format(draw=quote(one, safe="")) for one in study.draws_of(wildcards.task)]

    return files


def label_of_draw(wildcards):
    """Return the label of a draw, or None for a draw of everyone."""
    label = unquote(wildcards.draw)
    return None if study.draws == [EVERYONE] else label


def parts_drawn(wildcards):
    """Return the labels of a draw that tasks only use as a part of MCI."""
    parts, label = parts_of_mci(settings.tasks, settings.splits.test_per_label), label_of_draw(
        wildcards
    )
    return [part for part in parts if label in (None, part)]


def test_sizes(wildcards):
    """Return the number of test participants of a draw."""
    sizes, label = settings.splits.test_per_label, label_of_draw(wildcards)
    return as_argument(heldout_size(label, sizes) if label else sizes)


def of_task(pattern, task_of=None):
    """Return an input function: a table of the split of a task, once the checks before training have passed."""

    def file(wildcards):
        task = task_of(wildcards) if task_of else wildcards.task
        checkpoints.task_split.get(task=task)
        return pattern.format(task=task, fold=wildcards.get("fold", EXPLAINED_FOLDS[0]))

    return file
