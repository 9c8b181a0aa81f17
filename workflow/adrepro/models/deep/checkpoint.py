"""Checkpoints with exact mid-epoch resume."""

import hashlib
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from adrepro.core.errors import UserError
from adrepro.core.files import replacing

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)  # sent by schedulers before the time limit


def fingerprint(*parts: object) -> str:
    """Return the hash of everything that determines the result of a training.

    A checkpoint is resumed only by a training with the same hash.

    Parameters
    ----------
    *parts : object
        Settings, seeds, data, precision and code, as values that JSON can represent.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Checkpoint:
    """File with the state of a training between two optimizer steps.

    Parameters
    ----------
    path : Path
        File, written under a temporary name and renamed; the caller removes it after its results are written.
    identity : str
        Hash of the training, see `fingerprint`.
    every_minutes : float
        Time between checkpoints within an epoch. The end of an epoch is saved as well, if this time has passed or if
        saving takes less than 1 % of the time.
    """

    def __init__(self, path: Path, identity: str, every_minutes: float) -> None:
        self.path, self.identity, self.every = path, identity, every_minutes * 60
        self.saved, self.cost = time.monotonic(), 0.0
        self.stop_signal: str | None = None

    @contextmanager
    def watching_signals(self) -> Iterator[None]:
        """Within the block, save and stop at the next optimizer step after a scheduler's signal."""
        before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: object) -> None:
        self.stop_signal = signal.Signals(number).name

    def read(self) -> dict[str, Any] | None:
        """Return the saved state of this training, or None.

        A file that is damaged or belongs to another training is renamed, with a message, and never resumed.

        Returns
        -------
        dict of str to object, or None
            State as `write` saved it; tensors on the CPU.
        """
        if not self.path.exists():
            return None
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            if content["identity"] == self.identity:
                return content["state"]
            reason = "belongs to other settings, data or code"
        except Exception as error:  # torch reports a damaged archive in many ways
            reason = f"damaged ({type(error).__name__})"
        aside = self.path.with_name(f"{self.path.stem}.{int(time.time())}.set-aside")
        os.replace(self.path, aside)
        print(f"{self.path}: {reason}; set aside as {aside.name}, training starts from the beginning", flush=True)
        return None

    def due(self, epoch_ended: bool) -> bool:
        """Return whether to save now; `epoch_ended` is true at the end of an epoch.

        Parameters
        ----------
        epoch_ended : bool

        Returns
        -------
        bool
        """
        passed = time.monotonic() - self.saved
        return self.stop_signal is not None or passed > self.every or (epoch_ended and passed > 100 * self.cost)

    def write(self, state: dict[str, Any]) -> None:
        """Save the state of the training.

        Parameters
        ----------
        state : dict of str to object
            Tensors, numbers, text, and lists and dictionaries of these.

        Raises
        ------
        UserError
            If the file cannot be written, or after saving if a scheduler has sent a signal to stop.
        """
        begin, content = time.monotonic(), io.BytesIO()
        torch.save({"identity": self.identity, "state": state}, content)
        try:
            with replacing(self.path) as temporary:
                temporary.write_bytes(content.getbuffer())
        except OSError as error:
            raise UserError(
                f"{self.path}: {error.strerror}; free disk space and run the same command again: training resumes from "
                f"{'the last checkpoint' if self.path.exists() else 'the beginning'}"
            ) from error
        self.saved = time.monotonic()
        self.cost = self.saved - begin
        if self.stop_signal:
            raise UserError(f"stopped by {self.stop_signal}, state saved; run the same command again to resume")

    def remove(self) -> None:
        """Delete the file, after the results of the training are written."""
        self.path.unlink(missing_ok=True)
