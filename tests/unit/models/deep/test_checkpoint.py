import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from adrepro.config.settings.approaches import CnnApproach
from adrepro.config.settings.deep import Aggregation, Augmentation
from adrepro.core.errors import UserError
from adrepro.models.deep.checkpoint import Checkpoint, fingerprint
from small_trainings import HALVES, Dies, equal, run

TESTS = Path(__file__).parents[3]
# Another value of each setting.
CHANGES = {
    "kind": "cnn_roi", "network": "Conv5_FC3", "epochs": 4, "image": "GM", "intensity_scaling": "image",
    "batch_size": 6, "accumulate": 2, "learning_rate": 2e-4, "schedule": "cosine", "weight_decay": 0.1,
    "dropout": 0.1, "clip_norm": 4.0, "class_weight": "balanced", "augment": Augmentation(flip=0.5), "patience": 9,
    "early_stopping_metric": "balanced_accuracy", "selection_metric": "loss", "precision": "float32",
    "deterministic": False, "tensorboard": True, "checkpoint_interval_min": 5.0, "one_network_per_patch": True,
    "networks_per_batch": 12, "aggregation": Aggregation(min_score=0.7), "slice_step": 2, "image_size": 64,
    "weights": "imagenet", "leaky_slice_split": 0.2, "tasks": ["T"], "train_task": "T",
    "training_data": "longitudinal", "permute_labels": True, "init_from": "other",
}  # fmt: skip


@pytest.mark.parametrize("steps", [1, 4, 7, 12])
def test_a_training_that_died_at_any_step_ends_as_one_that_did_not(tmp_path, steps):
    path = tmp_path / "c.pt"
    with pytest.raises(KeyboardInterrupt):
        run(Dies(path, steps))
    assert equal(run(Checkpoint(path, "me", 10)), run())


def test_a_training_killed_at_random_moments_ends_as_one_that_was_not(tmp_path):
    """SIGKILL, again and again, each time a little later."""
    words = "from small_trainings import save_run; import sys; save_run(sys.argv[1])"
    path, seed = tmp_path / "k.pt", np.random.default_rng(int(time.time()))
    python_path = os.pathsep.join(map(str, (TESTS.parent / "workflow", TESTS)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": python_path}
    killed = 0
    for _ in range(30):
        job = subprocess.Popen([sys.executable, "-c", words, path], env=environment, stdout=subprocess.PIPE, text=True)
        line = job.stdout.readline()
        if not line.startswith("done"):
            time.sleep(seed.uniform(0, 0.25))
        if job.poll() is None and not line.startswith("done") and killed < 6:
            job.kill()
            killed += 1
        if job.wait() == 0:
            break
    assert killed >= 3
    found, expected = torch.load(path.with_suffix(".done"), weights_only=True), run(boxes=HALVES)
    assert all(torch.equal(found["weights"][name], expected.weights[name]) for name in expected.weights)
    assert found["history"] == expected.history


def test_a_schedulers_signal_saves_and_ends(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c.pt", "me", 1e9)
    with checkpoint.watching_signals():
        os.kill(os.getpid(), signal.SIGUSR1)
        with pytest.raises(UserError, match="stopped by SIGUSR1, state saved"):
            run(checkpoint)
    assert equal(run(Checkpoint(tmp_path / "c.pt", "me", 10)), run())


@pytest.mark.parametrize("fault", ["cut", "other", "text"])
def test_a_checkpoint_of_another_training_or_damaged_is_set_aside(tmp_path, capsys, fault):
    path = tmp_path / "c.pt"
    with pytest.raises(KeyboardInterrupt):
        run(Dies(path, 5))
    raw = path.read_bytes()
    path.write_bytes({"cut": raw[: len(raw) // 2], "other": raw, "text": b"nonsense"}[fault])
    found = run(Checkpoint(path, "somebody else" if fault == "other" else "me", 10))
    assert equal(found, run())
    printed = capsys.readouterr().out
    assert "set aside" in printed and ("other settings" if fault == "other" else "damaged") in printed
    assert len(list(tmp_path.glob("*.set-aside"))) == 1


def test_a_full_disk_is_an_error_and_the_last_checkpoint_stays(tmp_path, monkeypatch):
    path = tmp_path / "c.pt"
    with pytest.raises(KeyboardInterrupt):
        run(Dies(path, 3))
    before = path.read_bytes()

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="No space left on device; free disk space .* resumes from the last checkpoint"):
        run(Checkpoint(path, "me", 0))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_the_fingerprint_changes_with_every_setting():
    settings = CnnApproach(kind="cnn_patch", network="Conv4_FC3", epochs=3)
    assert set(CHANGES) == set(CnnApproach.model_fields)
    dumps = [settings.model_copy(update={key: value}).model_dump() for key, value in CHANGES.items()]
    prints = {fingerprint(dump, 1) for dump in [settings.model_dump(), *dumps]}
    assert len(prints) == len(CHANGES) + 1
    again = [CnnApproach.model_validate_json(settings.model_dump_json()) for _ in range(2)]  # as steps get them
    assert fingerprint(again[0].model_dump(), 1) == fingerprint(again[1].model_dump(), 1)
    assert fingerprint(settings.model_dump(), 2) != fingerprint(settings.model_dump(), 1)


@pytest.mark.parametrize("key", ["flip", "rotate_degrees", "zoom", "noise", "gamma"])
def test_the_fingerprint_changes_with_values_within_a_section(key):
    settings = CnnApproach(kind="cnn_patch", network="Conv4_FC3", epochs=3)
    prints = {
        fingerprint(settings.model_copy(update={"augment": Augmentation(**{key: value})}).model_dump())
        for value in (0.1, 0.2)
    }
    assert len(prints) == 2


def test_saving_is_due_by_time_at_the_end_of_an_epoch_and_after_a_signal(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c.pt", "me", 1e9)
    assert not checkpoint.due(False) and checkpoint.due(True)
    checkpoint.cost = 1e9  # saving takes more than 1 % of the time
    assert not checkpoint.due(True)
    assert Checkpoint(tmp_path / "c.pt", "me", 0).due(False)
    checkpoint.stop_signal = "SIGTERM"
    assert checkpoint.due(False)


def test_a_checkpoint_is_removed(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c.pt", "me", 1)
    assert checkpoint.read() is None
    checkpoint.remove()
    checkpoint.write({"step": 3})
    assert checkpoint.read() == {"step": 3}
    checkpoint.remove()
    assert not list(tmp_path.iterdir())
