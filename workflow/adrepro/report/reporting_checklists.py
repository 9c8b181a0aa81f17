"""CLAIM 2024 and TRIPOD+AI, filled in where the workflow knows the answer, and left open where only people know.

Items and their numbers follow Tejani et al. 2024 (Radiology: Artificial Intelligence 6:e240300) and Collins et al. 2024
(BMJ 385:e078378); topics are named in short, and the published checklists say in full what each asks for.
"""

from dataclasses import dataclass
from pathlib import Path

from adrepro.core.files import read_table

FOLDER = Path(__file__).parent / "checklists"
TITLES = {"claim2024": "CLAIM 2024", "tripod_ai": "TRIPOD+AI"}
OPEN = "for the authors to answer"


@dataclass(frozen=True)
class Facts:
    """What a report knows of its study."""

    config: dict
    tasks: list[str]
    approaches: list[str]
    datasets: list[str]
    external: list[str]
    subgroups: list[str]
    explained: bool
    simulated: bool


def answers(facts: Facts) -> dict[str, str]:
    """What the study says to each question that a checklist can ask of it; a question without an answer is left out."""
    config, splits = facts.config, facts.config["splits"]
    found = {
        "design": f"Development and evaluation of {', '.join(facts.approaches)} on {', '.join(facts.tasks)}.",
        "cohort": f"Datasets: {', '.join(facts.datasets)}; see Participants.",
        "flow": "Participant flow with every exclusion and its reason: Participants.",
        "preprocessing": "Methods; Quality of images.",
        "parts": "Images: what each approach sees is in Methods. Nobody was chosen by outcome.",
        "missing": "Participants without a usable scan or a label are left out, with the reason; nothing is imputed.",
        "labels": "Rules that turn diagnoses into labels: Methods; reasons per person: results/cohort/labels.tsv.",
        "splits": f"Test set, then {splits['folds']} folds, drawn with seed {config['seed']}: Methods.",
        "disjoint": "Participants"
        + (f" and {splits['group']}" if splits["group"] else "")
        + "; checked by content: Leak certificate.",
        "power": "No sample size was planned here; the differences that could have been shown: All paired differences.",
        "models": "Methods, and every setting under Provenance.",
        "software": "Provenance.",
        "start": "Methods; random numbers come from the seed under Provenance.",
        "choice": "Best epoch on the validation part of each fold; machines by inner folds: Methods.",
        "ensemble": "Mean score of the models of all folds; parts vote with weights from the validation part.",
        "metrics": "Methods; balanced accuracy comes first.",
        "statistics": "Methods.",
        "internal": "Test set that no model saw: Results.",
        "performance": "Results: every metric with its interval.",
        "demographics": "Who was studied, by label and part: Participants.",
        "balance": "Test set against the rest in age and sex: Participants.",
        "limits": "Limits, to be completed by the authors.",
        "protocol": "The configuration and the version under Provenance are the protocol of the analysis.",
        "sharing": "Code: adrepro, public. `snakemake models` exports models; whether they are shared, authors say.",
        "automatic": "Measured by software without knowledge of the outcome.",
        "imbalance": "Machines weigh classes inversely to their size; networks as Methods says; balanced accuracy.",
        "output": "Probability or decision value of the positive class, cut at 0.5 or 0.",
        "updating": "No model was updated after it was evaluated.",
        "specification": "results/<task>/<approach>/fold-<k>: weights and settings of every model.",
        "failures": "Confusion on the test set; whom: scores.tsv of each fold; why is for the authors.",
        "faulty": "A scan that cannot be read or fails quality control gets no score, and the reason is told.",
    }
    if facts.external:
        found["differing"] = "Demographics by dataset and part: Participants; settings and eligibility, authors say."
        found["external"] = f"External datasets, used for testing alone: {', '.join(facts.external)}."
    if facts.subgroups:
        words = ", ".join(name.replace("_", " ") for name in facts.subgroups)
        found["subgroups"] = f"Performance by {words}: Subgroups."
        found["fairness"] = f"No model was changed for the sake of fairness; performance by {words}: Subgroups."
        found["robustness"] = f"Differences between folds in the main table; subgroups by {words}."
        if {"site", "field_strength"} & set(facts.subgroups):
            found["scanners"] = "Performance by site or field strength: Subgroups; protocols are for the authors."
    if facts.explained:
        found["saliency"] = "Saliency and weight maps with sanity checks: Where the models look."
    if facts.simulated:
        found["cohort"] = "Simulated images: no participant was scanned."
    return found


def checklist(name: str, facts: Facts) -> list[dict]:
    """Rows `item section topic answer known` of a checklist in `FOLDER`."""
    known = answers(facts)
    rows = read_table(FOLDER / f"{name}.tsv").to_dict("records")
    return [{**row, "answer": known.get(row["answer"], OPEN), "known": row["answer"] in known} for row in rows]
