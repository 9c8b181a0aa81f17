"""Draw participants, visits and clinical scores of the simulated cohort, without images."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.config.settings.simulation import SimulationSettings
from adrepro.core.files import MISSING

# Grade of the simulated atrophy (1 is AD), and mean and sd of the clinical scores (Wen et al. 2020, table 2, rounded).
GRADE = {"CN": 0.0, "sMCI": 0.3, "pMCI": 0.75, "AD": 1.0}
MMSE = {"CN": (29.1, 1.1), "sMCI": (28.0, 1.7), "pMCI": (26.9, 1.7), "AD": (23.2, 2.1)}
VISIT_MONTHS = (0, 12, 24, 36)
DATASETS = ("simulated", "simulated-external")


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a random generator that depends on `seed` and `names` alone, and not on other participants.

    Parameters
    ----------
    seed : int
        Seed of the study.
    *names : str
        Parts of the name of the draw, such as participant and purpose.
    """
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def draw_participants(settings: SimulationSettings, seed: int) -> pd.DataFrame:
    """Draw the participants of both datasets.

    Parameters
    ----------
    settings : SimulationSettings
        Section `simulate` of the configuration; `groups` and `external_groups` hold the number per label.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        `participant_id dataset label age sex`, with the age at baseline in years.
    """
    rows = []
    for dataset, prefix, groups in zip(DATASETS, "SE", (settings.groups, settings.external_groups), strict=True):
        labels = [label for label, count in sorted(groups) for _ in range(count)]
        order = generator(seed, dataset).permutation(len(labels))
        for number, index in enumerate(order, start=1):
            participant = f"sub-{prefix}{number:03d}"
            rng = generator(seed, participant, "person")
            age = float(np.clip(rng.normal(73, 6.5), 56, 90).round(1))
            rows.append((participant, dataset, labels[index], age, rng.choice(["F", "M"])))
    return pd.DataFrame(rows, columns=["participant_id", "dataset", "label", "age", "sex"])


def draw_visits(participants: pd.DataFrame, settings: SimulationSettings, seed: int) -> pd.DataFrame:
    """Draw the visits of all participants.

    All are scanned at baseline, and the first `follow_up_scans` progressive participants also at their last visit, or
    all participants.

    Parameters
    ----------
    participants : DataFrame
        As from `draw_participants`.
    settings : SimulationSettings
        Section `simulate` of the configuration.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        `participant_id session_id months age diagnosis mmse cdr scanned`, a row per visit.
    """
    rows = []
    everybody = settings.follow_up_scans == "all"
    scans_left = 0 if settings.follow_up_scans == "all" else settings.follow_up_scans
    for person in participants.itertuples():
        rng = generator(seed, person.participant_id, "visits")
        mci = person.label in ("sMCI", "pMCI")
        conversion = rng.choice(VISIT_MONTHS[1:]) if person.label == "pMCI" else np.inf
        months_seen = VISIT_MONTHS if mci else VISIT_MONTHS[:2]
        rescan = everybody or (person.label == "pMCI" and scans_left > 0)
        scans_left -= rescan
        mean, sd = MMSE[person.label]
        mmse = np.clip(rng.normal(mean, sd), 18, 30)
        for months in months_seen:
            diagnosis = ("AD" if months >= conversion else "MCI") if mci else person.label
            decline = {"CN": 0.0, "MCI": 0.05, "AD": 0.15}[diagnosis] * months
            cdr = {"CN": 0.0, "MCI": 0.5}.get(diagnosis, 1.0 if mmse < 23 else 0.5)
            scanned = months == 0 or (rescan and months == months_seen[-1])
            rows.append(
                (person.participant_id, f"ses-M{months:03d}", months, round(person.age + months / 12, 1), diagnosis)
                + (int(round(max(mmse - decline, 0))), cdr, scanned)
            )
    columns = ["participant_id", "session_id", "months", "age", "diagnosis", "mmse", "cdr", "scanned"]
    return pd.DataFrame(rows, columns=columns)


def simulated_sheet(settings: SimulationSettings, seed: int, folder: Path) -> pd.DataFrame:
    """Return the cohort sheet of the simulated datasets.

    Parameters
    ----------
    settings : SimulationSettings
        Section `simulate` of the configuration.
    seed : int
        Seed of the study.
    folder : Path
        Folder of the simulated datasets, relative to the sheet.
    """
    people = draw_participants(settings, seed)
    visits = draw_visits(people, settings, seed)
    sheet = visits.merge(people[["participant_id", "dataset", "sex"]], on="participant_id")
    sheet["role"] = np.where(sheet["dataset"] == DATASETS[0], "study", "external")
    sheet["t1w"] = [
        f"{folder.as_posix()}/{v.dataset}/{v.participant_id}/{v.session_id}/anat/{v.participant_id}_{v.session_id}_T1w.nii.gz"
        if v.scanned
        else MISSING
        for v in sheet.itertuples()
    ]
    return sheet[list(COLUMNS)]
