import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.models.deep.architectures import conv4_fc3, join_copies, split_copies
from adrepro.models.deep.augmentation import augmentation
from adrepro.models.deep.checkpoint import Checkpoint
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.precision import Arithmetic
from adrepro.models.deep.tensorboard import board
from adrepro.models.deep.trainer import Progress, clip, judge, make_repeatable, rate, train

SETTINGS = {
    "epochs": 6, "batch_size": 4, "accumulate": 2, "learning_rate": 1e-3, "schedule": "cosine", "weight_decay": 1e-4,
    "patience": 6, "clip_norm": 5, "stop_by": "loss", "choose_by": "balanced_accuracy",
}  # fmt: skip
CPU = Arithmetic(torch.device("cpu"))
HALVES = [(slice(a, a + 12), slice(0, 12), slice(0, 12)) for a in (0, 12)]


def cubes(count=24):
    """Images whose two halves hold a bright cube in class 1."""
    target = np.arange(count) % 2
    volumes = np.random.default_rng(0).uniform(0, 1, (count, 24, 12, 12)).astype(np.float32)
    for start in (3, 15):
        volumes[target == 1, start : start + 6, 3:9, 3:9] += 1.5
    return volumes, target


def run(checkpoint=None, networks=1, volumes=None, settings=SETTINGS, start=None, boxes=None, dropout=0.2):
    data, target = cubes()
    data = data if volumes is None else volumes
    make_repeatable(0, 1)
    boxes = boxes or HALVES
    parts = [Samples(data, range(a, b), target[a:b], boxes, "part", networks > 1) for a, b in ((0, 17), (17, 24))]
    network = conv4_fc3((12,) * 3, dropout, networks)
    if start:
        network.load_state_dict(start)
    changes = augmentation({"noise": 0.02, "flip": 0.5}, 0)
    return train(network, *parts, Classify(), settings, CPU, 3, networks, checkpoint, changes)


def equal(one: Progress, two: Progress) -> bool:
    same = all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    return same and one.history == two.history and one.best_epoch == two.best_epoch


def test_training_finds_a_bright_cube_and_repeats_itself():
    one, two = run(), run()
    assert max(row["validation_balanced_accuracy"] for row in one.history) == 1
    assert equal(one, two)


def test_networks_side_by_side_learn_what_they_learn_one_after_another():
    make_repeatable(1, 1)
    start = conv4_fc3((12,) * 3, 0.0, 2).state_dict()
    settings = {**SETTINGS, "epochs": 3, "accumulate": 1, "clip_norm": 0.5}
    changed = {name: value.clone() for name, value in start.items()}
    data, target = cubes()

    def fitted(boxes, weights):
        parts = [Samples(data, range(a, b), target[a:b], boxes, "part", len(boxes) > 1) for a, b in ((0, 16), (16, 24))]
        network = conv4_fc3((12,) * 3, 0.0, len(boxes))
        network.load_state_dict(weights)
        return train(network, *parts, Classify(), settings, CPU, 3, len(boxes))

    together = fitted(HALVES, changed)
    alone = [fitted([box], own) for box, own in zip(HALVES, split_copies(start, 2), strict=True)]
    for name, value in join_copies([one.weights for one in alone]).items():
        torch.testing.assert_close(together.weights[name], value, rtol=2e-3, atol=2e-4)
    losses = [row["validation_loss"] for one in alone for row in one.history]
    own = [row["validation_loss"] for network in (0, 1) for row in together.history if row["network"] == network]
    np.testing.assert_allclose(own, losses, rtol=1e-3)


class Dies(Checkpoint):
    """Saves at every step, and dies after so many."""

    def __init__(self, path, steps):
        super().__init__(path, "me", 0)
        self.left = steps

    def due(self, epoch_ended):
        return True

    def write(self, state):
        super().write(state)
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("steps", [1, 4, 7, 12])
def test_a_training_that_died_at_any_step_ends_as_one_that_did_not(tmp_path, steps):
    path = tmp_path / "c.pt"
    with pytest.raises(KeyboardInterrupt):
        run(Dies(path, steps))
    assert equal(run(Checkpoint(path, "me", 10)), run())


def test_a_training_killed_at_random_moments_ends_as_one_that_was_not(tmp_path):
    """SIGKILL, again and again, each time a little later."""
    words = "from tests.unit.test_train import save_run; import sys; save_run(sys.argv[1])"
    root, path, seed = Path(__file__).parents[4], tmp_path / "k.pt", np.random.default_rng(int(time.time()))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
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


def save_run(path):
    """What the killed process does: it says when it begins, trains, and writes what it learnt."""
    path = Path(path)
    print("begins", flush=True)
    torch.save(asdict(run(Checkpoint(path, "me", 0))), path.with_suffix(".done"))


def test_a_schedulers_signal_saves_and_ends(tmp_path):
    kept = Checkpoint(tmp_path / "c.pt", "me", 1e9)
    with kept.watching_signals():
        os.kill(os.getpid(), signal.SIGUSR1)
        with pytest.raises(UserError, match="stopped by SIGUSR1, state saved"):
            run(kept)
    assert equal(run(Checkpoint(tmp_path / "c.pt", "me", 10)), run())


@pytest.mark.parametrize("fault", ["cut", "other", "text"])
def test_a_checkpoint_that_is_not_this_trainings_is_set_aside(tmp_path, capsys, fault):
    path = tmp_path / "c.pt"
    with pytest.raises(KeyboardInterrupt):
        run(Dies(path, 5))
    raw = path.read_bytes()
    path.write_bytes({"cut": raw[: len(raw) // 2], "other": raw, "text": b"nonsense"}[fault])
    found = run(Checkpoint(path, "somebody else" if fault == "other" else "me", 10))
    assert equal(found, run())
    told = capsys.readouterr().out
    assert "set aside" in told and ("other settings" if fault == "other" else "damaged") in told
    assert len(list(tmp_path.glob("*.set-aside"))) == 1


def test_a_full_disk_is_told_and_the_last_checkpoint_stays(tmp_path, monkeypatch):
    path = tmp_path / "c.pt"
    with pytest.raises(KeyboardInterrupt):
        run(Dies(path, 3))
    before = path.read_bytes()

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="No space left on device; make room .* goes on from the last checkpoint"):
        run(Checkpoint(path, "me", 0))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("image", [3, 20])
def test_a_loss_that_is_not_finite_stops_training(image):
    """By an image to learn from, and by one to validate with."""
    volumes = cubes()[0]
    volumes[image, 0, 0, 0] = np.nan
    with pytest.raises(UserError, match="not finite"):
        run(volumes=volumes)


def test_every_network_stops_and_keeps_its_best_by_itself():
    network, progress = conv4_fc3((12,) * 3, 0.0, 2), Progress(2)
    settings = {"patience": 2, "stop_by": "loss", "choose_by": "balanced_accuracy"}
    for epoch, (losses, accuracy) in enumerate(
        [([0.5, 0.9], [0.6, 0.5]), ([0.6, 0.8], [0.6, 0.6]), ([0.7, 0.7], [0.9, 0.7]), ([0.8, 0.6], [1.0, 0.7])], 1
    ):
        progress.epoch = epoch
        with torch.no_grad():
            network[1][2].bias.fill_(epoch)
        judge(progress, {"loss": np.array(losses), "balanced_accuracy": np.array(accuracy)}, network, settings)
    # The first stopped after two epochs without a lower loss; the second's equal accuracy came with a lower loss.
    assert progress.best_epoch == [3, 4] and progress.waited == [2, 0]
    kept = progress.weights["1.2.bias"].reshape(2, -1)
    assert (kept[0] == 3).all() and (kept[1] == 4).all()


def test_clipping_is_per_network():
    weights = torch.nn.Parameter(torch.zeros(4, 3))
    weights.grad = torch.cat([torch.full((2, 3), 10.0), torch.full((2, 3), 0.1)])
    clip([weights], 2, 1.0)
    assert weights.grad[:2].norm().item() == pytest.approx(1, abs=1e-4)
    assert (weights.grad[2:] == 0.1).all()


def test_rates():
    settings = {"learning_rate": 1.0, "epochs": 10, "schedule": "cosine"}
    assert rate(settings, 1) == 1 and rate(settings, 6) == pytest.approx(0.5) and 0 < rate(settings, 10) < 0.05
    assert rate({**settings, "schedule": "constant"}, 9) == 1


def test_weights_of_classes_make_both_count_alike():
    logits, target = torch.tensor([[[1.0, -1]], [[1.0, -1]], [[1.0, -1]]]), torch.tensor([0, 0, 1])
    plain = torch.nn.functional.cross_entropy(logits[:, 0], target, torch.tensor([0.75, 1.5]))
    torch.testing.assert_close(Classify(torch.tensor([0.75, 1.5])).losses(logits, logits, target), plain[None])


def test_what_is_watched_is_the_history():
    rows = []
    data, target = cubes()
    whole = Samples(data, range(8), target[:8], [HALVES[0]])
    found = train(
        conv4_fc3((12,) * 3, 0.0), whole, whole, Classify(), {**SETTINGS, "epochs": 2}, CPU, 0, watch=rows.append
    )
    assert rows == found.history and len(rows) == 2


def test_a_missing_tensorboard_is_told(tmp_path, monkeypatch):
    assert board(tmp_path, False) is None
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UserError, match="install it with"):
        board(tmp_path, True)
