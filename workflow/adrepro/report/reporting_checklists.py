"""Reporting checklists CLAIM 2024 and TRIPOD+AI, with the items that follow from the settings filled in.

Items and their numbers follow Tejani et al. 2024 (Radiology: Artificial Intelligence 6:e240300) and Collins et al. 2024
(BMJ 385:e078378); topics are abbreviated.
"""

from dataclasses import dataclass
from pathlib import Path

from adrepro.config.settings.study import StudySettings
from adrepro.core.tables import read_table

FOLDER = Path(__file__).parent / "checklists"
TITLES = {"claim2024": "CLAIM 2024", "tripod_ai": "TRIPOD+AI"}
OPEN = "to be answered by the authors"
# Answers that hold for every study, by the key in the column `answer` of the checklists.
FIXED = {
    "flow": "Participant flow with every exclusion and its reason: Participants.",
    "preprocessing": "Methods; Quality of images.",
    "selection": "Input of each approach: Methods. Images were not selected by outcome.",
    "missing": "Participants without an included scan or a label were excluded, with the reason; no imputation.",
    "labels": "Definition of the labels from diagnoses: Methods; per participant: results/cohort/labels.tsv.",
    "power": "No sample size was planned; minimum detectable differences: All paired differences.",
    "models": "Methods, and all settings under Provenance.",
    "software": "Provenance.",
    "start": "Methods; random numbers follow from the seed under Provenance.",
    "choice": "Best epoch on the validation set of each fold; C of classical models by inner folds: Methods.",
    "ensemble": "Mean score of the models of all folds; input regions are weighted by their validation performance.",
    "metrics": "Methods; balanced accuracy is the main metric.",
    "statistics": "Methods.",
    "internal": "Test set that was not used for training or selection: Results.",
    "performance": "Results: every metric with its interval.",
    "demographics": "Demographics by label and partition: Participants.",
    "balance": "Age and sex of the test set and the other participants: Participants.",
    "limits": "Limitations, to be completed by the authors.",
    "protocol": "The configuration and the version under Provenance are the protocol of the analysis.",
    "sharing": "Code: adrepro, public. `snakemake models` exports the models; sharing them is up to the authors.",
    "automatic": "Measured by software, blind to the outcome.",
    "imbalance": "Classical models use balanced class weights; CNNs: Methods; balanced accuracy is the main metric.",
    "output": "Probability or decision value of the positive class, with a threshold of 0.5 or 0.",
    "updating": "No model was updated after its evaluation.",
    "specification": "results/<task>/<approach>/fold-<k>: weights and settings of every model.",
    "failures": "Confusion matrix of the test set; per participant: scores.tsv of each fold; causes: the authors.",
    "faulty": "A scan that cannot be read or fails quality control gets no score; the reason is reported.",
}


@dataclass(frozen=True)
class StudyFacts:
    """Facts of a study that the answers depend on.

    Attributes
    ----------
    settings : StudySettings
        Settings of the study.
    tasks, approaches : list of str
        Names of the tasks, and display names of the approaches.
    datasets, external : list of str
        All datasets, and those used for testing only.
    subgroups : list of str
        Variables with results by subgroup.
    explained : bool
        Whether there are weight maps or attribution maps.
    simulated : bool
        Whether the images are simulated.
    """

    settings: StudySettings
    tasks: list[str]
    approaches: list[str]
    datasets: list[str]
    external: list[str]
    subgroups: list[str]
    explained: bool
    simulated: bool


def answers(facts: StudyFacts) -> dict[str, str]:
    """Return the answers that follow from a study.

    Parameters
    ----------
    facts : StudyFacts

    Returns
    -------
    dict
        Answer by the key in the column `answer` of the checklists. Items without an answer are omitted.
    """
    splits = facts.settings.splits
    group = f" and {splits.group}" if splits.group else ""
    known = FIXED | {
        "design": f"Development and evaluation of {', '.join(facts.approaches)} on {', '.join(facts.tasks)}.",
        "cohort": f"Datasets: {', '.join(facts.datasets)}; see Participants.",
        "splits": f"Test set, then {splits.folds} folds, drawn with seed {facts.settings.seed}: Methods.",
        "disjoint": f"Participants{group}; verified by image content: Leakage checks.",
    }
    if facts.external:
        known["differing"] = (
            "Demographics by dataset and partition: Participants; setting and eligibility: the authors."
        )
        known["external"] = f"External datasets, used for testing only: {', '.join(facts.external)}."
    if facts.subgroups:
        variables = ", ".join(name.replace("_", " ") for name in facts.subgroups)
        known["subgroups"] = f"Performance by {variables}: Subgroups."
        known["fairness"] = f"No model was adjusted for fairness; performance by {variables}: Subgroups."
        known["robustness"] = f"Values of each fold: main table; performance by {variables}: Subgroups."
        if {"site", "field_strength"} & set(facts.subgroups):
            known["scanners"] = "Performance by site or field strength: Subgroups; acquisition protocols: the authors."
    if facts.explained:
        known["saliency"] = "Weight maps and attribution maps with sanity checks: Interpretation."
    if facts.simulated:
        known["cohort"] = "Simulated images: no participant was scanned."
    return known


def checklist(name: str, facts: StudyFacts) -> list[dict[str, str | bool]]:
    """Return a checklist with its answers.

    Parameters
    ----------
    name : str
        `claim2024` or `tripod_ai`.
    facts : StudyFacts

    Returns
    -------
    list of dict
        Rows `item section topic answer answered`.
    """
    known = answers(facts)
    rows = read_table(FOLDER / f"{name}.tsv").to_dict("records")
    return [{**row, "answer": known.get(row["answer"], OPEN), "answered": row["answer"] in known} for row in rows]
