"""Kinds of leakage to plant in a `LeakStudy`, each with the check that must find it."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from leak_studies import CHAIN, LeakStudy

HELD_OUT = "test and external participants not used for training"
FITTED = "nothing fitted to validation participants"
SAME_IMAGE = "no image under two participants"
ALIKE = "no head under two participants"
DRAWN = "evaluated as drawn, at baseline only"
MCI = ("sMCI", "pMCI")

Leak = Callable[[LeakStudy], None]


def use_of(purpose: str, partition: str, fold: int | str = "n/a", name: str = "AD_vs_CN/svm") -> Leak:
    """Use a participant of a partition for a purpose, in fold 0 of a model."""
    return lambda study: study.use(purpose, study.one(partition, fold), name)


def use_in_chain(link: int, purpose: str, partition: str, fold: int | str = "n/a") -> Leak:
    """Use a participant with MCI in the model that is `link` steps before the one that is evaluated on MCI."""
    return lambda study: study.use(purpose, study.one(partition, fold, MCI), CHAIN[link])


def share_content(one: str, other: str, fold: int) -> Leak:
    """Give participants of two partitions one image."""
    return lambda study: study.contents.update({study.one(one): "same", study.one(other, fold): "same"})


def share_noisy_image(study: LeakStudy) -> None:
    image = study.maps[study.one("external")]
    study.maps[study.one("train", 1)] = np.abs(image + study.rng.normal(0, 0.05, image.shape))


def two_partitions(study: LeakStudy) -> None:
    row = study.people[study.people["partition"] == "test"].head(1)
    study.people = pd.concat([study.people, row.assign(partition="train", fold="0")])


def two_folds(study: LeakStudy) -> None:
    row = study.people[study.people["fold"] == "0"].head(1)
    study.people = pd.concat([study.people, row.assign(fold="1")])


def moved_view(study: LeakStudy) -> None:
    view = study.views["AD_vs_CN"]
    view.loc[view["partition"] == "test", ["partition", "fold"]] = ["train", "1"]


def family_on_two_sides(study: LeakStudy) -> None:
    pair = [study.one("test"), study.one("train", 0)]
    study.sheet.loc[study.sheet["participant_id"].isin(pair), "family"] = "f"


def visit_of_a_test_participant(study: LeakStudy) -> None:
    row = {"participant_id": study.one("test"), "session_id": "ses-M012", "target": 1}
    study.visits["AD_vs_CN"] = pd.concat([study.visits["AD_vs_CN"], pd.DataFrame([row])])


def other_fold(link: int) -> Leak:
    """Initialize a model of the chain from the wrong fold."""

    def plant(study: LeakStudy) -> None:
        study.builds_on[CHAIN[link], 0] = [f"{CHAIN[link + 1]}/fold-1"]

    return plant


def later_visit(study: LeakStudy) -> None:
    scores = study.scores["AD_vs_CN/svm", 0]
    scores.loc[scores["split"] == "test", "session_id"] = "ses-M012"


def training_participant_as_test(study: LeakStudy) -> None:
    scores = study.scores["AD_vs_CN/svm", 0]
    participant = study.one("train", 1)
    scores.loc[len(scores)] = [participant, "ses-M000", "test"]
    uses = study.uses["AD_vs_CN/svm", 0]
    study.uses["AD_vs_CN/svm", 0] = uses[uses["participant_id"] != participant]


def hard_case_left_out(study: LeakStudy) -> None:
    scores = study.scores["AD_vs_CN/svm", 0]
    study.scores["AD_vs_CN/svm", 0] = scores[scores["participant_id"] != study.one("test")]


def scored_twice(study: LeakStudy) -> None:
    scores = study.scores["AD_vs_CN/svm", 1]
    study.scores["AD_vs_CN/svm", 1] = pd.concat([scores, scores.tail(1)])


KINDS: dict[str, tuple[Leak, str]] = {
    "a participant in two partitions": (two_partitions, "each participant in one partition"),
    "a participant in two folds": (two_folds, "each participant in one partition"),
    "a task that moves the test set": (moved_view, "tasks keep the drawn partitions"),
    "a family on two sides": (family_on_two_sides, "each family in one partition"),
    "a later visit of a test participant to train on": (
        visit_of_a_test_participant,
        "only training participants have visits to train on",
    ),
    "one image in two partitions": (share_content("test", "train", 0), SAME_IMAGE),
    "one image in two cohorts": (share_content("external", "train", 1), SAME_IMAGE),
    "one image with noise": (share_noisy_image, ALIKE),
    "a template of participants": (
        lambda study: study.derived_from.update(template="participants"),
        "template and atlas not derived from participants",
    ),
    "an atlas of participants": (
        lambda study: study.derived_from.update(atlas="participants"),
        "template and atlas not derived from participants",
    ),
    "weights from a test participant": (use_of("weights", "test"), HELD_OUT),
    "weights from an external participant": (use_of("weights", "external"), HELD_OUT),
    "scaling by a test participant": (use_of("scaling", "test"), HELD_OUT),
    "ComBat by an external participant": (use_of("ComBat", "external"), HELD_OUT),
    "aggregation weights from a test participant": (use_of("aggregation weights", "test"), HELD_OUT),
    "early stopping by a test participant": (use_of("early stopping", "test"), HELD_OUT),
    "epoch chosen by a test participant": (use_of("choice of epoch", "test"), HELD_OUT),
    "weights from a validation participant": (use_of("weights", "train", 0), FITTED),
    "scaling by a validation participant": (use_of("scaling", "train", 0), FITTED),
    "C chosen by a validation participant": (use_of("choice of C", "train", 0), FITTED),
    "confounds fitted to a validation participant": (use_of("confounds", "train", 0), FITTED),
    "ComBat by a validation participant": (use_of("ComBat", "train", 0), FITTED),
    **{
        f"{purpose} from a {where} participant, {link} models before": (
            use_in_chain(link, purpose, partition, fold),
            HELD_OUT if partition == "test" else FITTED,
        )
        for link in (1, 2, 3, 4)
        for purpose, where, partition, fold in (
            ("weights", "test", "test", "n/a"),
            ("early stopping", "test", "test", "n/a"),
            ("weights", "validation", "train", 0),
            ("scaling", "validation", "train", 0),
        )
    },
    **{
        f"initialized from another fold, {link} models before": (
            other_fold(link - 1),
            "models initialized from the same fold",
        )
        for link in (1, 2, 3, 4)
    },
    "a later visit in the test set": (later_visit, DRAWN),
    "a training participant scored as test": (training_participant_as_test, DRAWN),
    "a test participant left out of the scores": (hard_case_left_out, DRAWN),
    "a scan scored twice": (scored_twice, "each scan scored once"),
    "an unknown purpose": (use_of("fine-tuning", "test"), "refused"),
    "an unknown purpose, 4 models before": (use_in_chain(4, "start: weights", "test"), "refused"),
}


def found_as(study: LeakStudy, expected: str) -> bool:
    """Return whether the checks of a study with a planted leak find it as expected."""
    found = study.check()
    if expected == "refused":
        return found.verdict == "refused" and "is unknown" in next(iter(found.caught))
    return found.verdict == "leak" and found.caught.get(expected, 0) > 0
