"""Leakage checks on a clean study, and on studies with one leak of each kind."""

import json

import numpy as np
import pandas as pd
import pytest

from adrepro.cohort.sampling import draw_splits
from adrepro.cohort.scan_paths import scan_folder
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.evaluation.leakage import leakage
from adrepro.imaging.volumes import Volume, save

RNG = np.random.default_rng(0)
AFFINE = np.diag([4.0, 4, 4, 1])


class Study:
    """Results of a finished study in a folder, without leakage until a test adds a leak."""

    def __init__(self, root):
        self.root, self.results = root, root / "results"
        names = [f"sub-{label}{i}" for label in ("AD", "CN") for i in range(6)] + ["sub-X1", "sub-X2"]
        people = pd.DataFrame({"participant_id": names, "unit": names, "dataset": "A", "role": "study"})
        people["label"] = people["participant_id"].str[4:6].replace({"X1": "AD", "X2": "CN"})
        people.loc[people["participant_id"].str.contains("X"), ["dataset", "role"]] = ["B", "external"]
        people["family"] = [f"f{i}" for i in range(len(people))]
        self.people = draw_splits(people, {"AD": 2, "CN": 2}, 2, None, seed=1)
        self.sheet = people.drop(columns="unit").assign(session_id="ses-M000", t1w="x.nii", months="0", diagnosis="n/a")
        self.sheet[["age", "sex", "mmse", "cdr"]] = "n/a"
        self.view = self.people.assign(target=(self.people["label"] == "AD").astype(int))
        self.uses = {fold: self._uses(fold) for fold in (0, 1)}
        self.scores = {fold: self._scores(fold) for fold in (0, 1)}
        self.models = {fold: {} for fold in (0, 1)}
        self.contents = {name: name for name in names}
        self.maps = {name: np.abs(RNG.normal(1, 0.5, (8, 8, 8))) for name in names}
        self.derived_from = {"template": "others", "atlas": "others"}

    def one(self, partition, fold="n/a"):
        """Return a participant of a partition and fold."""
        rows = self.people[(self.people["partition"] == partition) & (self.people["fold"] == str(fold))]
        return rows["participant_id"].iloc[0]

    def _uses(self, fold):
        train = self.people[self.people["partition"] == "train"]
        inside, chosen = train[train["fold"] != str(fold)], train[train["fold"] == str(fold)]
        parts = [("weights", inside), ("scaling", inside), ("aggregation weights", chosen), ("early stopping", chosen)]
        rows = [(why, p, "ses-M000") for why, part in parts for p in part["participant_id"]]
        return pd.DataFrame(rows, columns=["purpose", "participant_id", "session_id"])

    def _scores(self, fold):
        rows = self.people[(self.people["partition"] != "train") | (self.people["fold"] == str(fold))]
        split = rows["partition"].replace("train", "validation")
        return rows[["participant_id"]].assign(session_id="ses-M000", split=split)

    def use(self, fold, purpose, participant):
        """Add a leak: the model of `fold` used `participant` for `purpose`."""
        self.uses[fold].loc[len(self.uses[fold])] = [purpose, participant, "ses-M000"]

    def check(self):
        """Write the files of the study, run the leakage checks, and return their result."""
        results = self.results
        scans = self.people[["participant_id"]].assign(session_id="ses-M000")
        scans["scan"] = scans["participant_id"] + "_ses-M000"
        for path, table in {
            "splits/participants.tsv": self.people,
            "splits/AD_vs_CN.tsv": self.view,
            "cohort/labels.tsv": scans[["participant_id", "session_id"]],
            "cohort/included.tsv": scans,
            "cohort.tsv": self.sheet,
        }.items():
            write_table(results / path, table)
        for scan in scans.itertuples():
            write_json(results / f"cohort/inspected/{scan.scan}.json", {"content": self.contents[scan.participant_id]})
            path = results / "derivatives" / scan_folder(scan.scan) / "anat" / f"{scan.scan}_GM.nii.gz"
            save(path, Volume(self.maps[scan.participant_id], AFFINE))
        for fold in (0, 1):
            folder = results / f"AD_vs_CN/svm/fold-{fold}"
            write_table(folder / "training.tsv", self.uses[fold])
            write_table(folder / "scores.tsv", self.scores[fold])
            write_json(folder / "model.json", self.models[fold])
        write_json(results / "space.json", {"space": "MNI", "source": "nilearn"})
        write_json(results / "atlas.json", {"name": "seeds"})
        leakage(
            results, results / "cohort.tsv", results / "cohort/included.tsv", "GM.nii.gz", results / "space.json",
            results / "atlas.json", results / "leakage.json", {"AD_vs_CN": ["svm"]}, 2,
            "family", 0.5, self.derived_from, 4.0,
        )  # fmt: skip
        return json.loads((results / "leakage.json").read_text())


def family_on_two_sides(study):
    one, other = study.one("test"), study.one("train", 0)
    study.sheet.loc[study.sheet["participant_id"].isin([one, other]), "family"] = "f"


def start_from_a_model_that_saw_a_test_participant(study):
    earlier = study.results / "other/svm/fold-0"
    write_table(earlier / "training.tsv", study.uses[0].head(1).assign(participant_id=study.one("test")))
    write_json(earlier / "model.json", {})
    study.models[1]["builds_on"] = ["other/svm/fold-0"]


def share_a_noisy_image(study):
    image = study.maps[study.one("external")]
    study.maps[study.one("train", 1)] = np.abs(image + RNG.normal(0, 0.05, image.shape))


def use_of(purpose, partition, fold="n/a"):
    return lambda study: study.use(0, purpose, study.one(partition, fold))


def two_sides(study):
    row = study.people[study.people["partition"] == "test"].head(1)
    study.people = pd.concat([study.people, row.assign(partition="train", fold="0")])


def moved_view(study):
    study.view.loc[study.view["partition"] == "test", ["partition", "fold"]] = ["train", "1"]


def late_visit(study):
    study.scores[0].loc[study.scores[0]["split"] == "test", "session_id"] = "ses-M012"


def twice(study):
    study.scores[1] = pd.concat([study.scores[1], study.scores[1].tail(1)])


LEAKS = {
    "a participant on two sides": (two_sides, "each participant in one partition"),
    "a task that moves the test set": (moved_view, "tasks keep the drawn partitions"),
    "a family on two sides": (family_on_two_sides, "each family in one partition"),
    "weights from a test participant": (
        use_of("weights", "test"), "test and external participants not used for training",
    ),
    "weights from an external participant": (
        use_of("weights", "external"), "test and external participants not used for training",
    ),
    "scaling by a test participant": (
        use_of("scaling", "test"), "test and external participants not used for training",
    ),
    "voting weights from a test participant": (
        use_of("aggregation weights", "test"), "test and external participants not used for training",
    ),
    "early stopping by a test participant": (
        use_of("early stopping", "test"), "test and external participants not used for training",
    ),
    "weights from a validation participant": (
        use_of("weights", "train", 0), "nothing fitted to validation participants",
    ),
    "scaling by a validation participant": (use_of("scaling", "train", 0), "nothing fitted to validation participants"),
    "C chosen by a validation participant": (
        use_of("choice of C", "train", 0), "nothing fitted to validation participants",
    ),
    "pre-training on a test participant": (
        start_from_a_model_that_saw_a_test_participant, "test and external participants not used for training",
    ),
    "a later visit in the test set": (late_visit, "evaluated at baseline only"),
    "a scan scored twice": (twice, "each scan scored once"),
    "one image under two ids": (
        lambda s: s.contents.update({s.one("test"): "same", s.one("train", 0): "same"}),
        "no image under two participants",
    ),
    "one image in two cohorts": (
        lambda s: s.contents.update({s.one("external"): "same", s.one("train", 1): "same"}),
        "no image under two participants",
    ),
    "one image with noise": (share_a_noisy_image, "no nearly equal images of two participants"),
    "a template of participants": (
        lambda s: s.derived_from.update(template="participants"), "template and atlas not derived from participants",
    ),
    "an atlas of participants": (
        lambda s: s.derived_from.update(atlas="participants"), "template and atlas not derived from participants",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_is_found_and_nothing_else(tmp_path, kind):
    add_leak, check = LEAKS[kind]
    study = Study(tmp_path)
    add_leak(study)
    found = study.check()
    assert found["verdict"] == "leak"
    caught = {c["name"]: c for c in found["checks"] if c["verdict"] == "leak"}
    assert check in caught and caught[check]["count"] >= 1 and caught[check]["examples"]
    # A participant drawn twice fails more than one check; every other kind fails one.
    assert len(caught) == 1 or kind in ("a participant on two sides", "a task that moves the test set")


def test_a_clean_study_is_clean(tmp_path):
    found = Study(tmp_path).check()
    assert found["verdict"] == "clean" and {c["verdict"] for c in found["checks"]} == {"clean"}
    assert set(found["checks"][0]) == {"name", "compared", "count", "verdict", "examples"}
