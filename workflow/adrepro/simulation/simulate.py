"""Simulated cohort as two BIDS datasets, and its ground truth."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import torch

from adrepro.config.settings.simulation import SimulationSettings
from adrepro.core import step
from adrepro.core.files import replacing, write_json, write_text
from adrepro.core.tables import write_table
from adrepro.imaging.volumes import Volume, save
from adrepro.simulation.deformation import Deformation, atrophy_velocity, integrate, random_velocity, regional_truth
from adrepro.simulation.participants import DATASETS, GRADE, draw_participants, draw_visits, generator
from adrepro.simulation.scanner import acquire

Row = dict[str, Any]  # of a table
README = """This dataset is simulated: every image was computed from the MNI152 template; nobody was scanned.\n"""


def participant_deformation(
    person: Row, visit: Row, settings: SimulationSettings, seed: int
) -> tuple[Deformation, np.ndarray, dict[str, float]]:
    """Return the anatomy of one participant at one visit.

    Parameters
    ----------
    person, visit : dict
        Rows as from `draw_participants` and `draw_visits`.
    settings : SimulationSettings
        Section `simulate` of the configuration.
    seed : int
        Seed of the study.

    Returns
    -------
    deformation : Deformation
        From points of the participant to points of the template.
    scale : ndarray, shape (3,)
        Size of the head relative to the template.
    atrophy : dict of float
        Ground truth: `log_contraction` of the medial temporal lobe and `log_expansion` of the ventricles.
    """
    rng = generator(seed, person["participant_id"], "anatomy")
    scale = np.exp(rng.normal(0, settings.head_size_sd) + rng.normal(0, 0.01, 3))
    individual = rng.normal(1, settings.atrophy_sd)
    velocity = random_velocity(rng, settings.deformation_sd_mm, settings.deformation_smoothness_mm)
    grade = settings.effect * GRADE[person["label"]] * max(individual, 0)
    grade *= 1 + 0.1 * visit["months"] / 12  # the disease progresses between visits
    aging = (visit["age"] - 73) / 10
    atrophy = {
        "log_contraction": grade * settings.contraction + 0.04 * aging,
        "log_expansion": grade * settings.expansion + 0.10 * aging,
    }
    return integrate(velocity + atrophy_velocity(**atrophy)), scale, atrophy


def scan_visit(person: Row, visit: Row, settings: SimulationSettings, seed: int, bids: Path, truth: Path) -> str:
    """Simulate and write one scan and its ground truth.

    Parameters
    ----------
    person, visit : dict
        Rows as from `draw_participants` and `draw_visits`.
    settings : SimulationSettings
        Section `simulate` of the configuration.
    seed : int
        Seed of the study.
    bids : Path
        Folder of the BIDS dataset, for the scan (native space).
    truth : Path
        Folder of the ground truth: tissue maps (native space), displacement field (MNI space) and a JSON of the
        atrophy, the pose and the volumes.

    Returns
    -------
    str
        Name of the scan.
    """
    scanners = settings.scanners if person["dataset"] == DATASETS[0] else settings.external_scanners
    rng = generator(seed, person["participant_id"], visit["session_id"], "scan")
    scanner = scanners[int(rng.integers(len(scanners)))]
    deformation, scale, atrophy = participant_deformation(person, visit, settings, seed)
    image, tissues, to_head = acquire(deformation, scale, scanner, rng)
    name = f"{person['participant_id']}_{visit['session_id']}"
    folder = Path(person["participant_id"], visit["session_id"], "anat")
    with replacing(bids / folder / f"{name}_T1w.nii.gz") as temporary:
        nib.save(image, temporary)
    for tissue, volume in tissues.items():
        save(truth / folder / f"{name}_label-{tissue}_probseg.nii.gz", volume, dtype=np.uint8)
    field = Volume(np.moveaxis(deformation.displacement, 0, -1), deformation.grid.affine)
    save(truth / folder / f"{name}_desc-deformation_map.nii.gz", field)
    known = {"atrophy": atrophy, "scan_to_head": to_head.tolist(), "ml": regional_truth(deformation, scale)}
    write_json(truth / folder / f"{name}_truth.json", known)
    return name


def write_bids_tables(bids: Path, name: str, participants: pd.DataFrame, visits: pd.DataFrame) -> None:
    """Write the tables of a simulated BIDS dataset.

    Parameters
    ----------
    bids : Path
        Folder of the dataset, for `dataset_description.json`, `README`, `participants.tsv` and `*_sessions.tsv`.
    name : str
        Name of the dataset.
    participants, visits : DataFrame
        Rows as from `draw_participants` and `draw_visits`.
    """
    description = {"Name": f"{name} (simulated)", "BIDSVersion": "1.9.0", "DatasetType": "raw", "License": "CC0"}
    write_json(bids / "dataset_description.json", description)
    write_text(bids / "README", README)
    write_table(bids / "participants.tsv", participants[["participant_id", "age", "sex"]])
    for participant, rows in visits.groupby("participant_id"):
        columns = ["session_id", "months", "age", "diagnosis", "mmse", "cdr"]
        write_table(bids / str(participant) / f"{participant}_sessions.tsv", rows[columns])


def simulate(out: Path, settings: SimulationSettings, seed: int, processes: int) -> None:
    """Simulate the whole cohort.

    Parameters
    ----------
    out : Path
        Folder to write: BIDS datasets `simulated` and `simulated-external`, and the ground truth in `truth`.
    settings : SimulationSettings
        Section `simulate` of the configuration.
    seed : int
        Seed of the study.
    processes : int
        Number of processes.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    participants = draw_participants(settings, seed)
    visits = draw_visits(participants, settings, seed)
    for dataset, group in participants.groupby("dataset"):
        rows = visits[visits["participant_id"].isin(group["participant_id"])]
        write_bids_tables(out / str(dataset), str(dataset), group, rows)
    people: dict[str, Row] = {person["participant_id"]: person for person in participants.to_dict("records")}
    scanned: list[Row] = visits[visits["scanned"]].to_dict("records")
    with ProcessPoolExecutor(processes, initializer=_begin_worker, initargs=(os.getpid(),)) as pool:
        jobs = [
            pool.submit(scan_visit, person, visit, settings, seed, out / person["dataset"], out / "truth")
            for visit in scanned
            for person in [people[visit["participant_id"]]]
        ]
        for number, job in enumerate(jobs, start=1):
            print(f"{number} of {len(jobs)}: {job.result()}", flush=True)


def _begin_worker(main: int) -> None:
    torch.set_num_threads(1)
    step.end_with(main)  # workers of a pool outlive a main process that is killed


if __name__ == "__main__":
    step.run(simulate)
