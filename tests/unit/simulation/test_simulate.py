import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from adrepro.cohort.bids.build_sheet import make_sheet
from adrepro.cohort.bids.dataset_index import Dataset
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.tables.clinical_presets import PRESETS
from adrepro.config.settings.simulation import Contrast, Groups, Scanner, SimulationSettings
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.imaging.nifti_reader import read_scan
from adrepro.simulation.participants import draw_participants, draw_visits
from adrepro.simulation.simulate import participant_deformation, scan_visit, simulate

CONTRAST = Contrast(CSF=0.22, GM=0.6, WM=0.95, fluid=0.22, skull=0.08, scalp=1.1, muscle=0.5)
SCANNER = Scanner(
    voxel_mm=(5.0, 5.0, 5.0), axes="RAS", dtype="int16", noise=0.03, bias=0.1, pose_degrees=5, origin_mm=10,
    contrast=CONTRAST,
)  # fmt: skip
SETTINGS = SimulationSettings(
    groups=Groups(CN=1, pMCI=1), external_groups=Groups(AD=1), follow_up_scans=1,
    scanners=[SCANNER], external_scanners=[SCANNER],
)  # fmt: skip


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated")
    simulate(out, SETTINGS, seed=3, processes=2)
    return out


def test_scans_are_bids_datasets_that_the_workflow_reads(simulated, tmp_path):
    generic = PRESETS["generic"]
    roles = {"simulated": "study", "simulated-external": "external"}
    make_sheet([Dataset(simulated / n, n, role, generic) for n, role in roles.items()], tmp_path / "cohort.tsv", {})
    sheet = read_sheet(tmp_path / "cohort.tsv")
    scanned = sheet[sheet["t1w"] != "n/a"]
    assert len(sheet) == 8 and len(scanned) == 4
    for t1w in scanned["t1w"]:
        assert read_scan(tmp_path / t1w)[0].voxel_mm.round(3).tolist() == [5, 5, 5]
    assert len(read_table(simulated / "simulated/participants.tsv")) == 2
    assert read_json(simulated / "simulated/dataset_description.json")["DatasetType"] == "raw"


def test_every_scan_has_its_ground_truth(simulated):
    scans = sorted(simulated.glob("simulated*/sub-*/ses-*/anat/*_T1w.nii.gz"))
    truths = sorted(simulated.glob("truth/sub-*/ses-*/anat/*_truth.json"))
    assert len(scans) == len(truths) == 4
    for path in truths:
        truth = read_json(path)
        assert set(truth) == {"atrophy", "scan_to_head", "ml"} and truth["ml"]["GM"] > 300
        assert len(list(path.parent.glob("*_probseg.nii.gz"))) == 3 and list(path.parent.glob("*deformation_map*"))


def test_a_scan_alone_has_the_same_bytes_as_in_the_cohort(simulated, tmp_path):
    people = draw_participants(SETTINGS, 3)
    (person,) = people[people["label"] == "AD"].to_dict("records")
    visits = draw_visits(people, SETTINGS, 3)
    visit = visits[visits["participant_id"] == person["participant_id"]].to_dict("records")[0]
    name = scan_visit(person, visit, SETTINGS, 3, tmp_path / "simulated-external", tmp_path / "truth")
    assert name == f"{person['participant_id']}_ses-M000"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 6
    for path in written:
        assert (simulated / path.relative_to(tmp_path)).read_bytes() == path.read_bytes()


def test_the_disease_progresses_between_visits_and_a_study_without_effect_has_none():
    people = draw_participants(SETTINGS, 3)
    (person,) = people[people["label"] == "pMCI"].to_dict("records")
    visits = draw_visits(people, SETTINGS, 3)
    first, *_, last = visits[visits["participant_id"] == person["participant_id"]].to_dict("records")
    _, scale, before = participant_deformation(person, first, SETTINGS, 3)
    _, again, after = participant_deformation(person, last, SETTINGS, 3)
    assert after["log_contraction"] > before["log_contraction"] and np.array_equal(scale, again)
    none = SETTINGS.model_copy(update={"effect": 0.0})
    aging = 0.04 * (first["age"] - 73) / 10
    assert participant_deformation(person, first, none, 3)[2]["log_contraction"] == pytest.approx(aging)


POOL = """import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from adrepro.simulation.simulate import _begin_worker
with ProcessPoolExecutor(2, initializer=_begin_worker, initargs=(os.getpid(),)) as pool:
    print(*{job.result() for job in [pool.submit(os.getpid) for _ in range(20)]}, flush=True)
    time.sleep(60)
"""


def test_processes_of_a_pool_end_with_the_one_that_made_them():
    main = subprocess.Popen([sys.executable, "-c", POOL], stdout=subprocess.PIPE, text=True)
    workers = [Path("/proc") / pid for pid in main.stdout.readline().split()]
    assert workers and all(worker.exists() for worker in workers)
    main.kill()
    main.wait()
    end = time.monotonic() + 60
    while any(worker.exists() for worker in workers) and time.monotonic() < end:
        time.sleep(0.2)
    assert not any(worker.exists() for worker in workers)
