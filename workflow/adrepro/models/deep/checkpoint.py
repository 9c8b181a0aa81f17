"""Saving of a training that runs, so that one killed at any moment goes on as if nothing had happened."""

import hashlib
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from adrepro.core.errors import UserError
from adrepro.core.files import replacing

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)  # of schedulers, before a time limit kills


def fingerprint(*parts: object) -> str:
    """A digest of all that decides a training; a checkpoint of another one must not be taken up."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Checkpoint:
    """The file in which a training keeps its state between optimiser steps.

    Parameters
    ----------
    path : Path
        Written under a temporary name and renamed; the caller removes it when its results are written.
    identity : str
        Of the training (see `fingerprint`).
    every_minutes : float
        How often to save within an epoch; each epoch's end is saved too, if this long has passed or less than 1 %
        of the time goes into saving.
    """

    def __init__(self, path: Path, identity: str, every_minutes: float) -> None:
        self.path, self.identity, self.every = path, identity, every_minutes * 60
        self.saved, self.cost = time.monotonic(), 0.0
        self.asked_to_stop: str | None = None

    @contextmanager
    def watching_signals(self) -> Iterator[None]:
        """Within the block, a scheduler's warning ends the training at its next optimiser step."""
        before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: object) -> None:
        self.asked_to_stop = signal.Signals(number).name

    def read(self) -> dict | None:
        """The saved state, or None where there is none that belongs to this training.

        A file that cannot be read, or is of other settings, is set aside under a name of its own, and said so.
        """
        if not self.path.exists():
            return None
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            if content["identity"] == self.identity:
                return content["state"]
            why = "belongs to other settings, data or code"
        except Exception as error:  # torch reports a damaged archive in many ways
            why = f"cannot be read ({type(error).__name__}), it is damaged"
        aside = self.path.with_name(f"{self.path.stem}.{int(time.time())}.set-aside")
        os.replace(self.path, aside)
        print(f"{self.path}: {why}; set aside as {aside.name}, training starts from its beginning", flush=True)
        return None

    def due(self, epoch_ended: bool) -> bool:
        """Whether to save now."""
        passed = time.monotonic() - self.saved
        return self.asked_to_stop is not None or passed > self.every or (epoch_ended and passed > 100 * self.cost)

    def write(self, state: dict) -> None:
        """Save, and end the program if it was asked to stop."""
        begin, content = time.monotonic(), io.BytesIO()
        torch.save({"identity": self.identity, "state": state}, content)
        try:
            with replacing(self.path) as temporary:
                temporary.write_bytes(content.getbuffer())
        except OSError as error:
            raise UserError(
                f"{self.path}: {error.strerror}; make room and run the same command again: training goes on from "
                f"{'the last checkpoint' if self.path.exists() else 'its beginning'}"
            ) from error
        self.saved = time.monotonic()
        self.cost = self.saved - begin
        if self.asked_to_stop:
            raise UserError(f"stopped by {self.asked_to_stop}, state saved; run the same command again to go on")

    def remove(self) -> None:
        """Forget the state of a training that has ended well."""
        self.path.unlink(missing_ok=True)
