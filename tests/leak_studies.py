"""Results of a finished study in a folder, without leakage until a leak is planted, for tests and benchmarks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.leakage_checks import Check
from adrepro.cohort.sampling import draw_splits
from adrepro.cohort.scan_paths import scan_folder
from adrepro.config.settings.analysis import LeakageSettings
from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import write_table
from adrepro.evaluation.image_leakage import image_leakage
from adrepro.evaluation.leakage import leakage
from adrepro.imaging.volumes import Volume, save

AFFINE = np.diag([4.0, 4, 4, 1])
FOLDS = 2
# Each model is initialized from the next one; only the first is scored on its own task here.
CHAIN = ("sMCI_vs_pMCI/cnn", "AD_vs_CN/late", "AD_vs_CN/early", "AD_vs_CN/first", "pretraining/autoencoder")


@dataclass(frozen=True)
class Verdict:
    """Verdict of all checks, and the number of findings of each check that found leakage."""

    verdict: str
    caught: dict[str, int]


class LeakStudy:
    """A study of two tasks, an SVM and a chain of five networks in two folds.

    Parameters
    ----------
    root : Path
        Folder to write results to.
    seed : int
        Seed of the splits and images.
    per_label : int
        Participants of each label.
    """

    def __init__(self, root: Path, seed: int = 1, per_label: int = 6) -> None:
        self.rng = np.random.default_rng(seed)
        self.results = root / "results"
        names = [f"sub-{label}{i}" for label in ("AD", "CN", "sMCI", "pMCI") for i in range(per_label)]
        labels = [name[4:].rstrip("0123456789") for name in names] + ["AD", "CN"]
        names += ["sub-X1", "sub-X2"]
        people = pd.DataFrame(
            {"participant_id": names, "unit": names, "dataset": "A", "role": "study", "label": labels}
        )
        people.loc[people["participant_id"].str.contains("X"), ["dataset", "role"]] = ["B", "external"]
        people["family"] = [f"f{i}" for i in range(len(people))]
        wanted = dict.fromkeys(("AD", "CN", "sMCI", "pMCI"), 2)
        self.people = draw_splits(people, wanted, FOLDS, None, seed=seed)
        self.sheet = people.drop(columns="unit").assign(session_id="ses-M000", t1w="x.nii", months="0", diagnosis="n/a")
        self.sheet[["age", "sex", "mmse", "cdr"]] = "n/a"
        self.views = {
            "AD_vs_CN": self._view("CN", "AD"),
            "sMCI_vs_pMCI": self._view("sMCI", "pMCI"),
        }
        self.visits = {
            task: view.loc[view["partition"] == "train", ["participant_id", "session_id", "target"]]
            for task, view in self.views.items()
        }
        models = [*CHAIN, "AD_vs_CN/svm"]
        self.uses = {(name, fold): self._uses(name, fold) for name in models for fold in range(FOLDS)}
        self.scores = {
            (name, fold): self._scores(name, fold) for name in models if "pre" not in name for fold in range(FOLDS)
        }
        self.builds_on = {
            (name, fold): [f"{other}/fold-{fold}"]
            for name, other in zip(CHAIN, CHAIN[1:], strict=False)
            for fold in range(FOLDS)
        }
        self.contents = {name: name for name in names}
        self.maps = {name: np.abs(self.rng.normal(1, 0.5, (8, 8, 8))) for name in names}
        self.derived_from = {"template": "others", "atlas": "others"}

    def one(self, partition: str, fold: int | str = "n/a", labels: tuple[str, ...] = ("AD", "CN")) -> str:
        """Return a participant of a partition and fold."""
        rows = self.people[(self.people["partition"] == partition) & (self.people["fold"] == str(fold))]
        return str(rows.loc[rows["label"].isin(labels), "participant_id"].iloc[0])

    def _view(self, negative: str, positive: str) -> pd.DataFrame:
        rows = self.people[self.people["label"].isin([negative, positive])]
        return rows.assign(target=rows["label"].eq(positive).astype(int), session_id="ses-M000")

    def _trained_on(self, name: str) -> pd.DataFrame:
        view = self.people if name.startswith("pretraining") else self.views[name.split("/")[0]]
        return view[view["partition"] == "train"]

    def _uses(self, name: str, fold: int) -> pd.DataFrame:
        train = self._trained_on(name)
        inside, chosen = train[train["fold"] != str(fold)], train[train["fold"] == str(fold)]
        parts = [("weights", inside), ("scaling", inside), ("aggregation weights", chosen), ("early stopping", chosen)]
        rows = [(why, p, "ses-M000") for why, part in parts for p in part["participant_id"]]
        return pd.DataFrame(rows, columns=["purpose", "participant_id", "session_id"])

    def _scores(self, name: str, fold: int) -> pd.DataFrame:
        view = self.views[name.split("/")[0]]
        rows = view[(view["partition"] != "train") | (view["fold"] == str(fold))]
        return rows[["participant_id", "session_id"]].assign(split=rows["partition"].replace("train", "validation"))

    def use(self, purpose: str, participant: str, name: str = "AD_vs_CN/svm", fold: int = 0) -> None:
        """Plant a leak: a model used a participant for a purpose."""
        self.uses[name, fold].loc[len(self.uses[name, fold])] = [purpose, participant, "ses-M000"]

    def check(self) -> Verdict:
        """Write the files of the study, run the checks before and after training, and return their verdict."""
        results, scans = self.results, self.people[["participant_id"]].assign(session_id="ses-M000")
        scans["scan"] = scans["participant_id"] + "_ses-M000"
        tables = {"splits/participants.tsv": self.people, "cohort/included.tsv": scans, "cohort.tsv": self.sheet}
        tables |= {f"splits/{task}.tsv": view for task, view in self.views.items()}
        tables |= {
            f"splits/longitudinal/{task}/fold-{fold}.tsv": visits
            for task, visits in self.visits.items()
            for fold in range(FOLDS)
        }
        for path, table in tables.items():
            write_table(results / path, table)
        for scan in scans.drop_duplicates().itertuples():
            write_json(results / f"cohort/inspected/{scan.scan}.json", {"content": self.contents[scan.participant_id]})
            path = results / "derivatives" / scan_folder(scan.scan) / "anat" / f"{scan.scan}_jacobian.nii.gz"
            save(path, Volume(self.maps[scan.participant_id], AFFINE))
        for (name, fold), uses in self.uses.items():
            folder = results / f"{name}/fold-{fold}"
            write_table(folder / "training.tsv", uses)
            write_json(folder / "model.json", {"builds_on": self.builds_on.get((name, fold), [])})
            if (name, fold) in self.scores:
                write_table(folder / "scores.tsv", self.scores[name, fold])
        save(results / "mask.nii.gz", Volume(np.ones((8, 8, 8)), AFFINE))
        write_json(results / "space.json", {"space": "MNI", "source": "nilearn"})
        write_json(results / "atlas.json", {"name": "seeds"})
        return self._run()

    def image_checks(self, suffix: str | None = "jacobian.nii.gz", **settings: object) -> list[Check]:
        """Run the checks of images of a study that `check` has written."""
        results = self.results
        image_leakage(
            results, results / "cohort/included.tsv", suffix, results / "mask.nii.gz", results / "space.json",
            results / "atlas.json", results / "cohort/image_leakage.json", results / "cohort/similarity.tsv",
            LeakageSettings.model_validate(settings), self.derived_from, 4.0,
        )  # fmt: skip
        return read_json(results / "cohort/image_leakage.json")["checks"]

    def _run(self) -> Verdict:
        self.image_checks()
        models: dict[str, list[str]] = {task: [] for task in self.views}
        for name in {name for name, _ in self.scores}:
            models[name.split("/")[0]].append(name.split("/")[1])
        out, images = self.results / "leakage.json", self.results / "cohort/image_leakage.json"
        try:
            leakage(self.results, images, self.results / "cohort.tsv", out, models, ["autoencoder"], FOLDS, "family")
        except UserError as error:
            return Verdict("refused", {str(error): 1})
        found = read_json(out)
        return Verdict(found["verdict"], {c["name"]: c["count"] for c in found["checks"] if c["verdict"] == "leak"})
