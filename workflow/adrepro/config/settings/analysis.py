"""Sections on leakage checks, statistics, attribution maps and the report."""

from typing import Annotated, Literal

from pydantic import Field

from adrepro.config.settings.base import Section, TaskName, setting


class LeakageSettings(Section):
    """Leakage checks: training data of each model against its test data, and images of different participants."""

    false_alarms: float = setting(
        0.01,
        gt=0,
        le=1,
        description="Number of false alarms to expect in the whole study when scans of different participants are "
        "compared for one head under two ids. It sets the threshold of the similarity, the correlation of Jacobian "
        "determinants at 4 mm, of at least 6 scans; docs/leakage.md has the evidence.",
    )
    distinct: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = setting(
        [], description="Pairs of participants who look alike and are different people: `[[sub-01, sub-02]]`."
    )


class BootstrapSettings(Section):
    """Stratified bootstrap over participants."""

    replicates: int = setting(
        10000, ge=100, source="Rajpurkar et al. 2018", description="Bootstrap replicates, the same for all approaches."
    )
    confidence_level: float = setting(0.95, gt=0.5, lt=1, description="Level of confidence intervals and tests.")


class ComparisonSettings(Section):
    """Comparison of approaches, non-inferiority and subgroups."""

    reference_approach: str | None = setting(
        None,
        description="Approach that the others are tested against for non-inferiority; `null`: the first classical "
        "approach.",
    )
    margin: float = setting(0.05, gt=0, le=0.5, description="Non-inferiority margin, in balanced accuracy or AUC.")
    subgroups: list[str] = setting(
        ["sex", "age", "site", "field_strength"],
        description="Columns of the cohort sheet that define subgroups; those that the sheet lacks are left out.",
    )
    age_limits: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)] = setting(
        [65, 75, 85], unit="years", description="Limits between the age bands of the subgroup `age`."
    )


class SaliencySettings(Section):
    """Attribution maps of CNNs, averaged over test participants of each class."""

    tasks: Literal["first", "all"] | list[TaskName] = setting(
        "all", description="Tasks whose networks are explained: `first`, `all`, or a list."
    )
    methods: list[Literal["grad_cam", "occlusion", "integrated_gradients"]] = setting(
        ["grad_cam", "occlusion", "integrated_gradients"], description="Attribution methods; an empty list: none."
    )
    per_class: int = setting(5, ge=1, description="Test participants of each class.")
    folds: int = setting(2, ge=1, description="Fold models that maps are averaged over.")
    occlusion_mm: float = setting(
        25,
        gt=0,
        unit="mm",
        description="Edge of the occluded cube, at most a third of an input region; at 1 mm slow without a GPU.",
    )
    overlap: float = setting(0, ge=0, lt=1, description="Overlap of neighboring cubes; 0.5 gives finer maps, slowly.")
    steps: int = setting(32, ge=2, description="Steps of integrated gradients; 50 for a publication.")


class ReportSettings(Section):
    """Comparison report; changes rerun the report only."""

    min_class_size: int = setting(
        30, ge=1, description="Participants per class below which the report shows a warning."
    )
    font_size: float = setting(9, ge=5, le=20, unit="points", description="Font size of figures.")
    cost: bool = setting(
        True,
        description="Show times and memory, which differ each time a model is trained; `false` gives the same page "
        "again.",
    )
