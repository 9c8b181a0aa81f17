"""Sections on labels, tasks and splits."""

from typing import Annotated, Literal

from pydantic import Field

from adrepro.config.settings.base import Section, SparseSection, Text, setting

WEN = "Wen et al. 2020"
SAMPER = "Samper-González et al. 2018"

Labels = str | Annotated[list[str], Field(min_length=1)]
TrainingData = Literal["baseline", "longitudinal"]
Count = Annotated[int, Field(ge=1)]
TestSize = Count | Annotated[dict[str, Count], Field(min_length=1)]


class LabelSettings(Section):
    """How diagnoses over time become labels."""

    horizon_months: float = setting(
        36,
        gt=0,
        unit="months",
        source=WEN,
        description="Time within which MCI becomes progressive (`pMCI`), or beyond which it is stable (`sMCI`).",
    )
    ignore_diagnoses: list[str] = setting(
        [],
        description="Diagnoses of the cohort sheet that are in no task on purpose; others that no task uses are "
        "errors.",
    )


class Task(SparseSection):
    """A prediction task: two classes (`positive` and `negative`), several (`classes`), or a number (`predict`).

    `MCI` includes `sMCI`, `pMCI` and `uMCI`.
    """

    positive: Labels | None = setting(
        None, description="Label, or list of labels, of the positive class (1); scores rise with it."
    )
    negative: Labels | None = setting(None, description="Label, or list of labels, of the negative class (0).")
    classes: Annotated[dict[str, Labels], Field(min_length=2)] | None = setting(
        None,
        description="More than two classes, each with its labels: `{healthy: CN, impaired: MCI, demented: AD}`. Such"
        " tasks get splits; no approach models them yet.",
    )
    predict: Text | None = setting(
        None, description="Column of the cohort sheet with a number to predict, such as `age`; not modeled yet either."
    )
    column: Text | None = setting(
        None,
        description="Column of the cohort sheet with the classes, in place of the label: `{column: sex, positive: F,"
        " negative: M}`.",
    )


class Match(Section):
    """Balance of the test set with the remaining participants of its label."""

    age_p: float = setting(0.8, ge=0, lt=1, source=WEN, description="Smallest p-value of a t-test of age.")
    sex_p: float = setting(0.8, ge=0, lt=1, source=WEN, description="Smallest p-value of a chi-square test of sex.")
    draws: int = setting(10000, ge=1, description="Random draws to try before the split is refused.")


class RepeatedHoldout(Section):
    """Repeated stratified hold-outs of all participants, for classical models."""

    iterations: int = setting(250, ge=0, source=SAMPER, description="Number of hold-outs.")
    test_fraction: float = setting(0.3, gt=0, lt=1, source=SAMPER, description="Held-out fraction of each label.")


class SplitSettings(Section):
    """Test set and cross-validation folds, drawn by participant and once per label for all tasks.

    Test participants are drawn first. A participant in the test set of one task is in the training part of none.
    """

    test_per_label: TestSize = setting(
        100,
        source=WEN,
        description="Participants of each label in the test set; one number, or one for each label: `{AD: 100, CN: "
        "100, sMCI: 100, pMCI: 100, MCI: 100}`, where `MCI` are those that are neither stable nor progressive.",
    )
    folds: int = setting(5, ge=2, le=100, source=WEN, description="Stratified cross-validation folds of the others.")
    match: Match | None = setting(
        Match(),
        description="Balance in age and sex between the test set and the remaining participants of a label; "
        "variables with fewer than 3 known values on a side are not tested. Small cohorts need lower "
        "p-values. `null` draws once.",
    )
    group: str | None = setting(
        None,
        description="Column of the cohort sheet (family, twin pair, site) whose values stay in one partition "
        "and fold; a label can then have a few more than `test_per_label`.",
    )
    lists: Text | None = setting(
        None,
        description="Folder of published subject lists in the layout of AD-DL, in place of drawn splits: files named"
        " after a label (`AD.tsv`, `AD_baseline.tsv`) in `train/`, `train/train_splits-5/split-k/` and "
        "`test/`, with columns `participant_id` and `session_id`. They give labels, baseline visits, training visits, "
        "test set and folds; `folds` must agree. Lists of other labels than those of the tasks are ignored. A folder "
        "with one such folder for each dataset applies to external datasets too.",
    )
    training_data: TrainingData = setting(
        "baseline",
        source=WEN,
        description="Scans of training participants: `baseline`, or `longitudinal` for every visit whose own label "
        "fits the class. Validation and test always use baseline scans.",
    )
    repeated_holdout: RepeatedHoldout = setting(
        RepeatedHoldout(), description="Repeated hold-outs; approaches take part with `run_repeated_holdout`."
    )
