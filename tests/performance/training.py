"""Our training against the original study's way of training, in turn on the same machine.

`python tests/performance/training.py [--network whole|patch] [--images 8] [--batch 2] [--repeats 3] [--device cpu]`
`python tests/performance/training.py --multi [...]`: 36 patch networks together against one after another.

The original way: one saved tensor file per image, read in every pass; float32; ReLU and a copied zero border before
each pooling; the whole training and validation sets evaluated four times an epoch. Ours is
`adrepro.models.deep.trainer` on one packed array. Both learn the same number of steps with the same batch. Each run is a
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

from adrepro.core.step import KEEP_MEMORY
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.input_regions import boxes_of
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.precision import pick_arithmetic, training_device
from adrepro.models.deep.registry import build
from adrepro.models.deep.trainer import make_repeatable, train
from adrepro.models.deep.weights import grouped

SIZE = {"whole": (169, 208, 179), "patch": (50, 50, 50)}
EVALUATIONS = 4
SETTINGS = {
    "accumulate": 1, "learning_rate": 1e-4, "schedule": "constant", "weight_decay": 0, "patience": 99, "clip_norm": 5,
    "stop_by": "loss", "choose_by": "balanced_accuracy", "epochs": 1, "dropout": 0.0, "precision": "auto",
}  # fmt: skip


class Files(Dataset):
    """One file per image, min-max scaled when read."""

    def __init__(self, folder: Path, numbers: range) -> None:
        self.paths = [folder / f"{number}.pt" for number in numbers]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        x = torch.load(self.paths[number], weights_only=True)
        return ((x - x.min()) / (x.max() - x.min()))[None], number % 2


class OriginalPool(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        border = [p for size in reversed(x.shape[2:]) for p in (size % 2, 0)]
        return functional.max_pool3d(functional.pad(x, border), 2)


def original_network(name: str) -> nn.Module:
    """The network as the study wrote it: convolution, batch normalisation, ReLU, padding, pooling."""
    ours = build(
        {"kind": f"cnn_{name}", "network": "Conv5_FC3" if name == "whole" else "Conv4_FC3", "dropout": 0.0}, SIZE[name]
    )
    layers: list[nn.Module] = []
    for block in ours[0]:
        if isinstance(block, nn.ReLU) or type(block).__name__ == "PadMaxPool3d":
            continue
        layers += [block, nn.ReLU(), OriginalPool()]
    return nn.Sequential(nn.Sequential(*layers), ours[1])


def run_original(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """One epoch in the original way; seconds of reading, arithmetic and evaluation."""
    device = training_device(options.device)
    network = original_network(options.network).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
    validation = options.images // 4
    sets = [Files(folder, range(options.images)), Files(folder, range(options.images, options.images + validation))]
    spent = dict.fromkeys(("reading", "arithmetic", "evaluation"), 0.0)
    begin = time.perf_counter()
    mark = begin
    for x, y in DataLoader(sets[0], options.batch, shuffle=True, drop_last=True):
        spent["reading"] += time.perf_counter() - mark
        mark = time.perf_counter()
        functional.cross_entropy(network(x.to(device)).flatten(0, 1), y.to(device)).backward()
        optimiser.step()
        optimiser.zero_grad()
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


def run_ours(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """One epoch of ours; loading to the GPU, done once a training, is counted as reading of this one epoch."""
    device = training_device(options.device)
    packed = np.load(folder / "packed.npy", mmap_mode="r")
    target, validation = np.arange(len(packed)) % 2, options.images // 4
    whole = [(slice(None),) * 3]
    settings = {**SETTINGS, "batch_size": options.batch, "kind": f"cnn_{options.network}"}
    settings["network"] = "Conv5_FC3" if options.network == "whole" else "Conv4_FC3"
    network = build(settings, SIZE[options.network])
    how = pick_arithmetic(device, "auto", network, (1, *SIZE[options.network]))
    spent = dict.fromkeys(("reading", "evaluation"), 0.0)
    begin = time.perf_counter()
    used = options.images // options.batch * options.batch
    data = [
        Samples(packed, range(a, b), target[a:b], whole).load(device)
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
    train(network, *data, Timed(), settings, how, 0)
    epoch = time.perf_counter() - begin
    return {"epoch": epoch, **spent, "arithmetic": epoch - sum(spent.values()), "precision": str(how)}


def run_multi(options: argparse.Namespace, folder: Path, together: int) -> dict[str, float]:
    """One epoch of 36 patch networks on 1 mm images, so many side by side."""
    device = training_device(options.device)
    packed = np.load(folder / "packed.npy", mmap_mode="r")
    target, validation = np.arange(len(packed)) % 2, options.images // 4
    settings = {**SETTINGS, "batch_size": options.batch, "kind": "cnn_patch", "network": "Conv4_FC3"}
    boxes = boxes_of("cnn_patch", study_grid(1))
    begin = time.perf_counter()
    for group in grouped(boxes, {"per_position": True, "together": together}):
        network = build(settings, SIZE["patch"], len(group))
        how = pick_arithmetic(device, "auto", network, (len(group), *SIZE["patch"]))
        data = [
            Samples(packed, range(a, b), target[a:b], group, together=True).load(device)
            for a, b in ((0, options.images), (options.images, options.images + validation))
        ]
        train(network, *data, Classify(), settings, how, 0, len(group))
    _wait(device)
    return {"epoch": time.perf_counter() - begin}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def make_images(folder: Path, size: tuple[int, ...], count: int) -> None:
    """The same random images as one packed array and as one tensor file each."""
    packed = np.lib.format.open_memmap(folder / "packed.npy", mode="w+", dtype=np.float32, shape=(count, *size))
    for number in range(count):
        packed[number] = np.random.default_rng(number).random(size, dtype=np.float32) + number % 2
        torch.save(torch.from_numpy(packed[number].copy()), folder / f"{number}.pt")
    packed.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=SIZE, default="whole")
    parser.add_argument("--images", type=int, default=8, help="to learn from; a quarter more to validate on")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--multi", action="store_true")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    ways = ("one after another", "together") if options.multi else ("original", "ours")
    if options.run:
        # Ours as the default study trains, on a GPU with its fastest kernels.
        make_repeatable(0, options.threads, deterministic=options.run != "original" and options.device == "cpu")
        steps = {
            "original": run_original, "ours": run_ours,
            "together": lambda o, f: run_multi(o, f, 36), "one after another": lambda o, f: run_multi(o, f, 1),
        }  # fmt: skip
        found = steps[options.run](options, options.folder)
        gpu = torch.cuda.max_memory_allocated() / 2**20 if torch.cuda.is_available() else 0
        print(json.dumps({**found, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "gpu_mb": gpu}))
        return
    with tempfile.TemporaryDirectory() as folder:
        size = SIZE["whole" if options.multi else options.network]
        make_images(Path(folder), size, options.images + options.images // 4)
        found: dict[str, list[dict]] = {way: [] for way in ways}
        for _ in range(options.repeats):
            for way in ways:
                command = [sys.executable, __file__, *sys.argv[1:], "--run", way, "--folder", folder]
                kept = dict(word.split("=") for word in KEEP_MEMORY.split()) if way in ("ours", "together") else {}
                done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **kept})
                if done.returncode:
                    sys.exit(done.stderr[-2000:])
                found[way].append(json.loads(done.stdout.splitlines()[-1]))
    report(options, ways, found)


def report(options: argparse.Namespace, ways: tuple[str, str], found: dict[str, list[dict]]) -> None:
    """Print the table and the line of JSON."""
    what = "36 x Conv4_FC3" if options.multi else options.network
    print(f"{what}: {options.images} images, batch {options.batch}, one epoch, {options.repeats} repeats")
    for way in ways:
        runs = found[way]
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0] if key != "precision"}
        shares = ", ".join(
            f"{k} {middle[k] / middle['epoch']:.0%}" for k in ("reading", "arithmetic", "evaluation") if k in middle
        )
        speed = options.images / middle["epoch"]
        memory = f"{middle['mb']:.0f} MB" + (f", GPU {middle['gpu_mb']:.0f} MB" if middle["gpu_mb"] else "")
        told = f"{middle['epoch']:7.2f} s, {speed:.2f} images learnt from per s, {memory}"
        print(f"  {way:18s} {told}, {shares} {runs[0].get('precision', '')}")
    ratios = sorted(a["epoch"] / b["epoch"] for a, b in zip(found[ways[0]], found[ways[1]], strict=True))
    print(f"  ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(json.dumps({"network": what, "ratio_epoch": statistics.median(ratios), "ratios": ratios, "runs": found}))


if __name__ == "__main__":
    main()
