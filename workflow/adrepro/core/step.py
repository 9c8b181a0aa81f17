"""Turns a step function into a command: `python -m adrepro.<step> --t1w FILE ... --log FILE`."""

import argparse
import inspect
import json
import os
import signal
import sys
import threading
import time
import traceback
import types
import typing
from collections.abc import Callable
from pathlib import Path

from adrepro.core.errors import FOLDERS, ScanFault, UserError, in_words
from adrepro.core.files import read_json, write_json

# For glibc: memory of large tensors is kept for the next one. Handing it back and asking for it anew, page by page,
# took half of the time of a training step on volumes of 1 mm.
KEEP_MEMORY = "MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=268435456"
WORKFLOW_PID = "ADREPRO_WORKFLOW_PID"


def run(function: Callable[..., None]) -> typing.NoReturn:
    """Run `function` with arguments from the command line, named after its keyword parameters.

    `--log FILE` sends all output, of native libraries too, to a file; the console then gets one line, and only
    when something is wrong. `--failed FILE` (steps on one scan) takes the reason when the scan is at fault; a file that
    is there already ends the step at once, so that a scheduler's retries cost nothing.
    """
    arguments = _parse(function)
    log, failed = arguments.pop("log"), arguments.pop("failed")
    name = function.__module__ if function.__module__ != "__main__" else Path(sys.argv[0]).stem
    try:
        console = _redirect(log) if log else sys.stderr
    except OSError as error:
        _end(f"{name}: {in_words(error)}", sys.stderr)
    if failed and failed.exists():
        _end(f"{name}: {failed.stem} {read_json(failed)['reason']} (delete {failed} to try again)", console)
    end_with(os.environ.get(WORKFLOW_PID, "none"))
    try:
        function(**arguments)
    except ScanFault as fault:
        if failed:
            write_json(failed, {"step": name, "reason": _without_folders(str(fault), arguments)})
        _end(f"{name}: {failed.stem if failed else ''} {fault}", console)
    except (UserError, OSError, MemoryError) as error:
        traceback.print_exc()
        _end(f"{name}: {in_words(error)}", console)
    except Exception as error:
        traceback.print_exc()
        where = f", details in {log}" if log else ""
        _end(f"{name}: unexpected {type(error).__name__}: {error}{where}", console)
    sys.exit(0)


def prepare_jobs() -> None:
    """Let `python` in the shell of a job be the Python of this process, and let steps know whom they work for."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ[WORKFLOW_PID] = str(os.getpid())


def has_gpu() -> bool:
    """Whether this machine has an NVIDIA GPU, without the seconds that torch takes to load."""
    return Path("/dev/nvidia0").exists()


def end_with(pid: int | str) -> None:
    """Let this process end soon after another was killed that it works for, so that nobody writes for nobody.

    By SIGTERM: a training then saves its state. A container may hide the other process: then nothing is watched.
    """
    other = Path("/proc") / str(pid)

    def watch() -> None:
        while other.exists():
            time.sleep(2)
        print("the process that this one works for is gone: stopping", flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    if other.exists():
        threading.Thread(target=watch, daemon=True).start()


def _without_folders(reason: str, arguments: dict) -> str:
    """Folders are for the console alone: the reason goes into tables and pages that are shared."""
    for path in arguments.values():
        if isinstance(path, Path):
            reason = reason.replace(str(path), path.name)
    return FOLDERS.sub("", reason)


def _end(message: str, console: typing.TextIO) -> typing.NoReturn:
    print(message, file=console, flush=True)
    if console is not sys.stderr:
        print(message, file=sys.stderr, flush=True)
    sys.exit(1)


def _redirect(log: Path) -> typing.TextIO:
    """Point the process's stdout and stderr at `log`; return the console that stderr was."""
    log.parent.mkdir(parents=True, exist_ok=True)
    console = os.fdopen(os.dup(2), "w")
    with open(log, "w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    return console


def _parse(function: Callable[..., None]) -> dict:
    summary = (function.__doc__ or "").strip().splitlines()[0]
    parser = argparse.ArgumentParser(description=summary)
    hints = typing.get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        options: dict = {"dest": name, "required": parameter.default is parameter.empty}
        if parameter.default is not parameter.empty:
            options["default"] = parameter.default
        kind = hints[name]
        if typing.get_origin(kind) is list:
            options["nargs"] = "*"
            kind = typing.get_args(kind)[0]
        elif isinstance(kind, types.UnionType):  # X | None
            kind = typing.get_args(kind)[0]
        options["type"] = json.loads if kind is dict or kind is bool else kind
        parser.add_argument("--" + name.replace("_", "-"), **options)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--failed", type=Path)
    return vars(parser.parse_args())
