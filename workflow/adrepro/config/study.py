"""Study: settings, and properties derived from them for rules and reports."""

from functools import cached_property
from typing import Any

from adrepro.config.directories import strip_directories
from adrepro.config.loading import merge
from adrepro.config.model_kinds import CLASSICAL_KINDS, CNN_KINDS, NETWORKS, REGIONAL_KINDS
from adrepro.config.reference_space import ReferenceSpace, label_of
from adrepro.config.settings.approaches import (
    ClassicalApproach,
    ClassicalEntry,
    CnnApproach,
    CnnEntry,
    Pretraining,
    PretrainingEntry,
)
from adrepro.config.tasks import column_of, is_binary, labels_used

PRETRAINING = "pretraining"  # takes the place of a task in paths
EVERYONE = "everyone"  # takes the place of a label where all labels are drawn together

Approach = ClassicalApproach | CnnApproach


class Study(ReferenceSpace):
    """Properties derived from the settings of a study.

    Parameters
    ----------
    settings : StudySettings
        Validated settings.
    """

    @cached_property
    def approaches(self) -> dict[str, Approach]:
        """Complete settings of every approach, in the order of kinds, then of names.

        Tables and figures keep that order, wherever a configuration file put an approach.
        """
        kinds = (*CLASSICAL_KINDS, *CNN_KINDS)
        entries = self.settings.approaches
        order = sorted(entries.items(), key=lambda item: (kinds.index(item[1].kind), item[0]))
        return {name: self._complete(entry) for name, entry in order}

    @cached_property
    def pretrainings(self) -> dict[str, Pretraining]:
        """Complete settings of every pre-training; the validation loss is the only metric of an autoencoder."""
        metrics = {"selection_metric": "loss", "early_stopping_metric": "loss"}
        return {
            name: Pretraining.model_validate(self._filled(entry, "cnn_training") | metrics)
            for name, entry in self.settings.pretraining.items()
        }

    def _complete(self, entry: ClassicalEntry | CnnEntry) -> Approach:
        if isinstance(entry, CnnEntry):
            return CnnApproach.model_validate(self._filled(entry, "cnn_training"))
        return ClassicalApproach.model_validate(self._filled(entry, "classical"))

    def _filled(self, entry: ClassicalEntry | CnnEntry | PretrainingEntry, section: str) -> dict[str, Any]:
        """Settings of an entry on top of those of its family."""
        filled = getattr(self.settings, section).model_dump()
        filled["training_data"] = self.settings.splits.training_data
        if section == "cnn_training":
            filled["network"] = NETWORKS[entry.kind]
        merge(filled, entry.model_dump(exclude_unset=True))
        return filled

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """Plain values of the tasks, by name."""
        return {name: task.model_dump() for name, task in self.settings.tasks.items()}

    @property
    def shared_settings(self) -> dict[str, Any]:
        """Plain values of all settings, with file names in place of paths, for files that are shared."""
        return strip_directories(self.settings.model_dump())

    @cached_property
    def draws(self) -> list[str]:
        """Labels whose splits are drawn separately; `EVERYONE` where groups or tasks on other columns prevent that."""
        tasks = self.settings.tasks
        apart = not self.settings.splits.group and all(column_of(task) == "label" for task in tasks.values())
        return labels_used(tasks) if apart else [EVERYONE]

    def draws_of(self, task: str) -> list[str]:
        """Return the draws that the participants of a task come from.

        Parameters
        ----------
        task : str
            Name of the task.

        Returns
        -------
        list of str
            Of `draws`.
        """
        return self.draws if self.draws == [EVERYONE] else labels_used({task: self.settings.tasks[task]})

    @cached_property
    def binary_tasks(self) -> list[str]:
        """Names of the tasks of two classes."""
        return [name for name, task in self.settings.tasks.items() if is_binary(task)]

    def tasks_of(self, approach: str) -> list[str]:
        """Return the tasks on which an approach is compared: those it names, or all of two classes.

        Parameters
        ----------
        approach : str
            Name of the approach.

        Returns
        -------
        list of str
        """
        return self.settings.approaches[approach].tasks or self.binary_tasks

    @cached_property
    def per_task(self) -> dict[str, list[str]]:
        """Names of the approaches that are compared on each task; tasks without approaches are left out."""
        found = {task: [name for name in self.approaches if task in self.tasks_of(name)] for task in self.binary_tasks}
        return {task: names for task, names in found.items() if names}

    @cached_property
    def with_holdouts(self) -> dict[str, list[str]]:
        """Names of the approaches of each task that are fitted on repeated hold-outs."""
        own = {name for name, one in self.approaches.items() if getattr(one, "run_repeated_holdout", False)}
        return {task: [name for name in names if name in own] for task, names in self.per_task.items()}

    def initial_model(self, task: str, approach: str) -> str | None:
        """Return the model whose weights initialize an approach, as `TASK/APPROACH` or `pretraining/NAME`; or None.

        Another approach is taken on the same task if it runs there, else on the first task that it has.

        Parameters
        ----------
        task, approach : str
            Names of the task and the approach.

        Returns
        -------
        str or None
        """
        source = getattr(self.settings.approaches[approach], "init_from", None)
        if source is None:
            return None
        if source in self.settings.pretraining:
            return f"{PRETRAINING}/{source}"
        tasks = self.tasks_of(source)
        return f"{task if task in tasks else tasks[0]}/{source}"

    @cached_property
    def used_pretrainings(self) -> list[str]:
        """Names of the pre-trainings whose weights initialize an approach."""
        sources = {getattr(self.settings.approaches[name], "init_from", None) for name in self.approaches}
        return [name for name in self.settings.pretraining if name in sources]

    @cached_property
    def covariates(self) -> set[str]:
        """Columns of the cohort sheet that approaches use as confounds, ComBat batch or covariates."""
        return set().union(*(_covariates_of(approach) for approach in self.approaches.values()))

    @cached_property
    def categorical(self) -> set[str]:
        """Covariates whose values are names: batches of ComBat, and those that an approach names as categorical."""
        classical = [own for own in self.approaches.values() if isinstance(own, ClassicalApproach)]
        batches = {own.combat.batch for own in classical if own.combat}
        return batches.union(*(own.categorical for own in classical))

    @cached_property
    def complete_covariates(self) -> set[str]:
        """Those of approaches that refuse scans without a value."""
        strict = (a for a in self.approaches.values() if getattr(a, "missing_covariates", None) == "refuse")
        return set().union(*map(_covariates_of, strict))

    @cached_property
    def rate_atlases(self) -> list[str]:
        """BIDS labels of the atlases on which an approach uses rates of change; empty if none does."""
        return sorted(
            {
                label_of(approach.atlas) if approach.atlas else self.atlas_label
                for approach in self.approaches.values()
                if isinstance(approach, ClassicalApproach)
                and approach.kind in REGIONAL_KINDS
                and approach.features == "rate"
            }
        )

    @property
    def reference_approach(self) -> str | None:
        """Approach that the others are tested against for non-inferiority; None where there is none."""
        classical = [name for name, approach in self.approaches.items() if isinstance(approach, ClassicalApproach)]
        return self.settings.comparison.reference_approach or next(iter(classical), None)

    @property
    def explained(self) -> list[tuple[str, str]]:
        """Task and approach of each network with attribution maps, on the task that it was trained on."""
        saliency = self.settings.saliency
        wanted = saliency.tasks
        if not isinstance(wanted, list):
            wanted = list(self.per_task)[: 1 if wanted == "first" else None]
        return [
            (task, name)
            for task in wanted
            if saliency.methods
            for name in self.per_task.get(task, [])
            if isinstance(self.approaches[name], CnnApproach) and self.approaches[name].train_task in (None, task)
        ]


def _covariates_of(approach: Approach) -> set[str]:
    """Columns that adjust the features of a classical approach."""
    if not isinstance(approach, ClassicalApproach):
        return set()
    combat = approach.combat
    return {*approach.confounds, *((combat.batch, *combat.covariates) if combat else ())}
