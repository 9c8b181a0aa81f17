"""Speed and memory of training, compared with the training code of the original study on the same computer.

`python tests/performance/training.py [--network whole|patch] [--images 8] [--batch 2] [--repeats 3] [--device cpu]`
`python tests/performance/training.py --multi [...]`: 36 patch networks jointly, compared with one after another.

The original method reads one tensor file per image in every pass, computes in float32, has ReLU and a copied zero
border before each pooling, and evaluates the whole training and validation sets four times per epoch. `adrepro` runs
`adrepro.models.deep.trainer` on one stacked array. Both do the same number of steps with the same batch. Each run is a
process of its own; the last line is JSON.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.step import KEEP_MEMORY
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.precision import select_precision, training_device
from adrepro.models.deep.registry import build
from adrepro.models.deep.trainer import train
from adrepro.models.deep.weights import jointly_trained

SIZE = {"whole": (169, 208, 179), "patch": (50, 50, 50)}
EVALUATIONS = 4
# One epoch without dropout and without early stopping.
SETTINGS = CnnApproach(kind="cnn_whole", network="Conv5_FC3", epochs=1, learning_rate=1e-4, patience=99)


def settings_of(network: str, batch: int, **changes) -> CnnApproach:
    """Return the settings for the `whole` or the `patch` network."""
    architecture = "Conv5_FC3" if network == "whole" else "Conv4_FC3"
    return SETTINGS.model_copy(
        update={"kind": f"cnn_{network}", "network": architecture, "batch_size": batch, **changes}
    )


class Files(Dataset):
    """Dataset of one file per image, min-max scaled when read."""

    def __init__(self, folder: Path, numbers: range) -> None:
        self.paths = [folder / f"{number}.pt" for number in numbers]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        x = torch.load(self.paths[number], weights_only=True)
        return ((x - x.min()) / (x.max() - x.min()))[None], number % 2


class OriginalPool(nn.Module):
    """Max-pooling of a copy with a zero border."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        border = [p for size in reversed(x.shape[2:]) for p in (size % 2, 0)]
        return functional.max_pool3d(functional.pad(x, border), 2)


def original_network(name: str) -> nn.Module:
    """Return the network as in the study's code: convolution, batch normalization, ReLU, padding, pooling."""
    network = build(settings_of(name, 2), SIZE[name])
    layers: list[nn.Module] = []
    for block in network[0]:
        if isinstance(block, nn.ReLU) or type(block).__name__ == "PadMaxPool3d":
            continue
        layers += [block, nn.ReLU(), OriginalPool()]
    return nn.Sequential(nn.Sequential(*layers), network[1])


def run_original(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Train one epoch by the original method; return the seconds of reading, arithmetic and evaluation."""
    device = training_device(options.device)
    network = original_network(options.network).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    validation = options.images // 4
    sets = [Files(folder, range(options.images)), Files(folder, range(options.images, options.images + validation))]
    spent = dict.fromkeys(("reading", "arithmetic", "evaluation"), 0.0)
    begin = time.perf_counter()
    mark = begin
    for x, y in DataLoader(sets[0], options.batch, shuffle=True, drop_last=True):
        spent["reading"] += time.perf_counter() - mark
        mark = time.perf_counter()
        functional.cross_entropy(network(x.to(device)).flatten(0, 1), y.to(device)).backward()
        optimizer.step()
        optimizer.zero_grad()
        _wait(device)
        spent["arithmetic"] += time.perf_counter() - mark
        mark = time.perf_counter()
    network.train(False)
    with torch.no_grad():
        for _ in range(EVALUATIONS):
            for data in sets:
                for x, _ in DataLoader(data, options.batch):
                    network(x.to(device)).cpu()
    spent["evaluation"] = time.perf_counter() - mark
    return {"epoch": time.perf_counter() - begin, **spent}


def run_adrepro(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Train one epoch by adrepro; return the seconds of reading, arithmetic and evaluation.

    Copying images to the GPU, once per training, counts as reading of this epoch.
    """
    device = training_device(options.device)
    stacked = np.load(folder / "stacked.npy", mmap_mode="r")
    target, validation = np.arange(len(stacked)) % 2, options.images // 4
    whole = [(slice(None),) * 3]
    settings = settings_of(options.network, options.batch)
    network = build(settings, SIZE[options.network])
    policy = select_precision(device, "auto", network, (1, *SIZE[options.network]))
    spent = dict.fromkeys(("reading", "evaluation"), 0.0)
    begin = time.perf_counter()
    used = options.images // options.batch * options.batch
    data = [
        PatchDataset(stacked, range(a, b), target[a:b], whole).load(device)
        for a, b in ((0, used), (options.images, options.images + validation))
    ]
    _wait(device)
    spent["reading"] = time.perf_counter() - begin

    class Timed(Classify):
        def validate(self, *words):
            _wait(device)
            mark = time.perf_counter()
            found = super().validate(*words)
            spent["evaluation"] += time.perf_counter() - mark
            return found

    batch = data[0].batch

    def timed_batch(*words):
        mark = time.perf_counter()
        found = batch(*words)
        spent["reading"] += time.perf_counter() - mark
        return found

    data[0].batch = timed_batch
    train(network, *data, Timed(), settings, policy, 0)
    epoch = time.perf_counter() - begin
    return {"epoch": epoch, **spent, "arithmetic": epoch - sum(spent.values()), "precision": str(policy)}


def run_multi(options: argparse.Namespace, folder: Path, networks_per_batch: int) -> dict[str, float]:
    """Train one epoch of 36 patch networks on 1 mm images, in groups of `networks_per_batch`."""
    device = training_device(options.device)
    stacked = np.load(folder / "stacked.npy", mmap_mode="r")
    target, validation = np.arange(len(stacked)) % 2, options.images // 4
    changes = {"one_network_per_patch": True, "networks_per_batch": networks_per_batch}
    settings = settings_of("patch", options.batch, **changes)
    boxes = input_regions("cnn_patch", study_grid(1))
    begin = time.perf_counter()
    for group in jointly_trained(boxes, settings):
        network = build(settings, SIZE["patch"], len(group))
        policy = select_precision(device, "auto", network, (len(group), *SIZE["patch"]))
        data = [
            PatchDataset(stacked, range(a, b), target[a:b], group, as_channels=True).load(device)
            for a, b in ((0, options.images), (options.images, options.images + validation))
        ]
        train(network, *data, Classify(), settings, policy, 0, len(group))
    _wait(device)
    return {"epoch": time.perf_counter() - begin}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def make_images(folder: Path, size: tuple[int, ...], count: int) -> None:
    """Write random images as one stacked array, and as one tensor file each."""
    stacked = np.lib.format.open_memmap(folder / "stacked.npy", mode="w+", dtype=np.float32, shape=(count, *size))
    for number in range(count):
        stacked[number] = np.random.default_rng(number).random(size, dtype=np.float32) + number % 2
        torch.save(torch.from_numpy(stacked[number].copy()), folder / f"{number}.pt")
    stacked.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=SIZE, default="whole")
    parser.add_argument("--images", type=int, default=8, help="training images; a quarter more for validation")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--multi", action="store_true")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    methods = ("one after another", "jointly") if options.multi else ("original", "adrepro")
    if options.run:
        # adrepro as in the default study: deterministic on a CPU, fastest kernels on a GPU.
        make_repeatable(0, options.threads, deterministic=options.run != "original" and options.device == "cpu")
        steps = {
            "original": run_original, "adrepro": run_adrepro,
            "jointly": lambda o, f: run_multi(o, f, 36), "one after another": lambda o, f: run_multi(o, f, 1),
        }  # fmt: skip
        found = steps[options.run](options, options.folder)
        gpu = torch.cuda.max_memory_allocated() / 2**20 if torch.cuda.is_available() else 0
        print(json.dumps({**found, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "gpu_mb": gpu}))
        return
    with tempfile.TemporaryDirectory() as folder:
        size = SIZE["whole" if options.multi else options.network]
        make_images(Path(folder), size, options.images + options.images // 4)
        found: dict[str, list[dict]] = {method: [] for method in methods}
        for _ in range(options.repeats):
            for method in methods:
                command = [sys.executable, __file__, *sys.argv[1:], "--run", method, "--folder", folder]
                variables = dict(word.split("=") for word in KEEP_MEMORY.split())
                own = variables if method in ("adrepro", "jointly") else {}
                done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **own})
                if done.returncode:
                    sys.exit(done.stderr[-2000:])
                found[method].append(json.loads(done.stdout.splitlines()[-1]))
    report(options, methods, found)


def report(options: argparse.Namespace, methods: tuple[str, str], found: dict[str, list[dict]]) -> None:
    """Print a table of medians and a line of JSON."""
    network = "36 x Conv4_FC3" if options.multi else options.network
    print(f"{network}: {options.images} images, batch {options.batch}, one epoch, {options.repeats} repeats")
    for method in methods:
        runs = found[method]
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0] if key != "precision"}
        shares = ", ".join(
            f"{k} {middle[k] / middle['epoch']:.0%}" for k in ("reading", "arithmetic", "evaluation") if k in middle
        )
        speed = options.images / middle["epoch"]
        memory = f"{middle['mb']:.0f} MB" + (f", GPU {middle['gpu_mb']:.0f} MB" if middle["gpu_mb"] else "")
        values = f"{middle['epoch']:7.2f} s, {speed:.2f} training images per s, {memory}"
        print(f"  {method:18s} {values}, {shares} {runs[0].get('precision', '')}")
    ratios = sorted(a["epoch"] / b["epoch"] for a, b in zip(found[methods[0]], found[methods[1]], strict=True))
    print(f"  ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(json.dumps({"network": network, "ratio_epoch": statistics.median(ratios), "ratios": ratios, "runs": found}))


if __name__ == "__main__":
    main()
