"""Training, on one page: seeded, mixed precision, early stopping, resumed after any kill; one network or many."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch import nn

from adrepro.core.errors import UserError
from adrepro.models.deep.checkpoint import Checkpoint
from adrepro.models.deep.dataset import Samples, batches
from adrepro.models.deep.objectives import Objective
from adrepro.models.deep.precision import Arithmetic


@dataclass
class Progress:
    """Where a training stands beside its networks and optimiser; everything here is saved.

    Lists have one entry per network; `weights` are the best so far of all networks side by side.
    """

    networks: int
    epoch: int = 1
    step: int = 0
    loss: torch.Tensor = field(default_factory=lambda: torch.zeros(0))
    seen: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best: list[tuple[float, float]] = field(default_factory=list)
    best_epoch: list[int] = field(default_factory=list)
    lowest: list[float] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.best:
            self.loss = torch.zeros(self.networks)
            self.best, self.best_epoch = [(-math.inf, -math.inf)] * self.networks, [0] * self.networks
            self.lowest, self.waited = [math.inf] * self.networks, [0] * self.networks


def make_repeatable(seed: int, threads: int, deterministic: bool = True) -> None:
    """Seed torch and keep it to kernels and a thread count that give the same bytes again."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic, warn_only=True)
    torch.backends.cudnn.benchmark = not deterministic


def clip(parameters: list[nn.Parameter], networks: int, longest: float) -> None:
    """Shorten the gradient of each of the networks side by side to the length `longest`."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    squares = sum(g.reshape(networks, -1).square().sum(1) for g in gradients)
    factor = (longest / (torch.sqrt(squares) + 1e-6)).clamp(max=1)  # type: ignore[arg-type]
    for g in gradients:
        g.mul_(factor.repeat_interleave(len(g) // networks).view(-1, *[1] * (g.ndim - 1)))


def rate(settings: dict, epoch: int) -> float:
    """The learning rate in an epoch: `constant`, or falling to zero by half a `cosine`."""
    if settings["schedule"] == "cosine":
        return settings["learning_rate"] * (1 + math.cos(math.pi * (epoch - 1) / settings["epochs"])) / 2
    return settings["learning_rate"]


def judge(progress: Progress, found: dict[str, np.ndarray], network: nn.Module, settings: dict) -> None:
    """Keep the weights of networks that are better than before, and count the epochs in which none was gained.

    `choose_by` and `stop_by` name a measure, of which a loss is better when lower; of equal ones the lower loss wins.
    A network that has stopped is not looked at again.
    """
    value = {name: -x if name == "loss" else x for name, x in found.items()}
    better = []
    for i in range(progress.networks):
        if progress.waited[i] >= settings["patience"]:
            continue
        now = (float(value[settings["choose_by"]][i]), float(value["loss"][i]))
        if now > progress.best[i]:
            progress.best[i], progress.best_epoch[i] = now, progress.epoch
            better.append(i)
        watched = -float(value[settings["stop_by"]][i])
        gained = watched < progress.lowest[i]
        progress.lowest[i], progress.waited[i] = (
            (watched, 0) if gained else (progress.lowest[i], progress.waited[i] + 1)
        )
    if better:
        for name, tensor in network.state_dict().items():
            kept = progress.weights.setdefault(name, tensor.detach().cpu().clone())
            if tensor.ndim:
                rows = kept.unflatten(0, (progress.networks, -1))
                rows[better] = tensor.detach().cpu().unflatten(0, (progress.networks, -1))[better]


def train(
    network: nn.Module,
    training: Samples,
    validation: Samples,
    objective: Objective,
    settings: dict,
    how: Arithmetic,
    seed: int,
    networks: int = 1,
    checkpoint: Checkpoint | None = None,
    augment: Callable[[torch.Tensor, int], torch.Tensor] | None = None,
    watch: Callable[[dict[str, float]], None] | None = None,
) -> Progress:
    """Adam until no network's watched measure has improved for `patience` epochs, or for `epochs`.

    Parameters
    ----------
    network : Module
        One network, or `networks` of them side by side, whose tensors hold them in equal parts of their first axis.
    settings : dict
        `epochs batch_size accumulate learning_rate schedule weight_decay patience clip_norm stop_by choose_by`.
    augment : callable, optional
        Changes a batch, given a number that is another one in every step.
    watch : callable, optional
        Is given each row of the history.

    Raises
    ------
    UserError
        If a loss is not finite, or a scheduler asked to stop: the state is then saved.
    """
    how.place(network)
    learnt = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(learnt, weight_decay=settings["weight_decay"], fused=True)
    scaler = torch.amp.GradScaler(how.device.type, enabled=how.dtype == torch.float16)
    progress, order = Progress(networks), torch.Generator()
    if checkpoint and (state := checkpoint.read()):
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        scaler.load_state_dict(state["scaler"])
        progress = Progress(**state["progress"])
        set_random_state(state["random"], how.device)
        print(f"goes on in epoch {progress.epoch} after step {progress.step}", flush=True)

    def save(epoch_ended: bool, total: torch.Tensor) -> None:
        if checkpoint and checkpoint.due(epoch_ended):
            progress.loss = total.cpu()
            state = {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "scaler": scaler.state_dict(),
            }
            checkpoint.write({**state, "progress": asdict(progress), "random": random_state(how.device)})

    begin, done = time.monotonic(), progress.epoch - 1
    while progress.epoch <= settings["epochs"] and min(progress.waited) < settings["patience"]:
        drawn = batches(len(training), settings["batch_size"], order.manual_seed(seed + progress.epoch * 7919))
        for group in optimiser.param_groups:
            group["lr"] = rate(settings, progress.epoch)
        network.train()
        total = progress.loss.to(how.device)
        while progress.step < len(drawn):
            x, y = training.batch(drawn[progress.step], how.device)
            if augment:
                x = augment(x, progress.epoch * len(drawn) + progress.step)
            with how.autocast():
                output = network(how.laid_out(x))
            losses = objective.losses(output, x, y)
            scaler.scale(losses.sum() / settings["accumulate"]).backward()
            total += losses.detach() * len(y)
            progress.seen, progress.step = progress.seen + len(y), progress.step + 1
            if progress.step % settings["accumulate"] == 0 or progress.step == len(drawn):
                scaler.unscale_(optimiser)
                clip(learnt, networks, settings["clip_norm"])
                scaler.step(optimiser)
                scaler.update()
                optimiser.zero_grad()
                save(False, total)
        found = objective.validate(network, validation, settings["batch_size"], how)
        losses = (total / progress.seen).cpu().numpy()
        if not np.isfinite([losses, found["loss"]]).all():
            raise UserError(
                f"the loss is not finite in epoch {progress.epoch}; lower learning_rate or look at the images"
            )
        judge(progress, found, network, settings)
        for i in range(networks):
            row = {"epoch": progress.epoch, "network": i, "training_loss": float(losses[i])}
            progress.history.append(row | {f"validation_{name}": float(x[i]) for name, x in found.items()})
            if watch:
                watch(progress.history[-1])
        left = (time.monotonic() - begin) / (progress.epoch - done) * (settings["epochs"] - progress.epoch)
        told = ", ".join(f"validation {name} {x.mean():.4f}" for name, x in found.items())
        where = f"epoch {progress.epoch} of {settings['epochs']}: loss {losses.mean():.4f}"
        print(f"{where}, {told}, at most {left:.0f} s left", flush=True)
        progress.epoch, progress.step, progress.seen, progress.loss = progress.epoch + 1, 0, 0, torch.zeros(networks)
        save(True, progress.loss)
    return progress


def random_state(device: torch.device) -> list[torch.Tensor]:
    """The state of torch's generators that a training on `device` draws from."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def set_random_state(state: list[torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if device.type == "cuda" and len(state) > 1:
        torch.cuda.set_rng_state(state[1], device)
