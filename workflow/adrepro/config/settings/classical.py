"""Section on classical models: linear SVM, logistic regression and random forest on gray matter."""

from typing import Annotated, Literal

from pydantic import Field

from adrepro.config.settings.base import Section, Text, setting

SAMPER = "Samper-González et al. 2018"


class Combat(Section):
    """Harmonization of regional features over sites by ComBat, fitted on the training part."""

    batch: Text = setting(description="Column of the cohort sheet over which features are harmonized, such as `site`.")
    covariates: list[str] = setting(
        [], description="Columns whose effect ComBat leaves in the features, such as `age`."
    )


class ClassicalSettings(Section):
    """Features, scaling and hyperparameter search of every classical model; an approach can override each key."""

    features: Literal["volume", "density", "rate"] = setting(
        "volume",
        source=SAMPER,
        description="Regional features: gray-matter `volume` in ml, mean `density` of the modulated map, or `rate`, "
        "the change of volume in percent per year over the visits of a person (section `longitudinal`); then only "
        "participants with two visits or more take part in the study, for all approaches.",
    )
    normalize_by_tiv: bool = setting(False, description="Divide features by the total intracranial volume.")
    confounds: list[str] = setting(
        [],
        description="Columns of the cohort sheet, and `tiv_ml`, whose linear effect (estimated on the training part)"
        " is removed from the features.",
    )
    categorical: list[str] = setting(
        [],
        description="Columns of `confounds` or `combat` whose values are names even if they look like numbers, such as "
        "a code of the site; columns of words are so without being named.",
    )
    missing_covariates: Literal["impute", "refuse"] = setting(
        "impute",
        description="Scans without a value of `confounds` or of the covariates of `combat`: `impute` takes the mean, "
        "or the most frequent word, of the training part, and the report says for how many; a scan without a batch is "
        "not harmonized, which it says too. `refuse` lists them before the first job.",
    )
    combat: Combat | None = setting(
        None,
        source="Fortin et al. 2018",
        description="ComBat harmonization of regional features. Sites with fewer than 2 training scans are not "
        "harmonized; the report lists them.",
    )
    standardize: bool = setting(True, description="Divide each region by its standard deviation in the training part.")
    scale_to_unit_norm: bool = setting(
        True,
        description="Scale features so that training scans have a mean squared norm of 1: one grid for C then suits "
        "every resolution and atlas. Off, C has the meaning that it has in Clinica.",
    )
    inner_folds: int = setting(
        5,
        ge=2,
        description="Folds of the nested search for C; the smallest class bounds them, and below 2 there is no "
        "search and C is 1.",
    )
    c_grid: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)] = setting(
        [1, 10, 100],
        source=SAMPER,
        description="Candidate values of C; the geometric mean of the winners of the inner folds is used.",
    )
    trees: int = setting(500, ge=1, description="Trees of a random forest.")
    run_repeated_holdout: bool = setting(
        False,
        description="Also fit and score the approach on every hold-out of `splits.repeated_holdout`: "
        "`results/<task>/<approach>/holdout/scores.tsv`.",
    )
