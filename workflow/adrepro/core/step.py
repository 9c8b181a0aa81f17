"""Run a step function as a command: `python -m adrepro.<subpackage>.<step> --t1w FILE ... --log FILE`."""

import argparse
import inspect
import os
import signal
import sys
import threading
import time
import traceback
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adrepro.core.errors import FOLDERS, ScanFault, UserError, describe_os_error
from adrepro.core.files import read_json, write_json

# For glibc: keep the memory of large tensors for the next one. Returning and allocating it again, page by page, took
# half of the time of a training step on volumes of 1 mm.
KEEP_MEMORY = "MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=268435456"
WORKFLOW_PID = "ADREPRO_WORKFLOW_PID"
PLAIN = (str, int, float, Path)


def run(function: Callable[..., None]) -> typing.NoReturn:
    """Run a step function with arguments from the command line, and exit.

    Each parameter is a flag. Settings classes, mappings, booleans and parameters that may be None are given as JSON.
    Two more flags exist in every step: `--log FILE` redirects all output, of native libraries too, and leaves one line
    for the console in case of a fault. `--failed FILE` (steps on one scan) is written with the reason if the scan is
    faulty; if the file exists already the step exits at once, so that retries of a scheduler cost nothing.

    Parameters
    ----------
    function : callable
        Step function with annotated parameters.

    Raises
    ------
    SystemExit
        Code 0 after success, 1 after a fault, 2 for a wrong command line.
    """
    arguments = _parse(function)
    log, failed = arguments.pop("log"), arguments.pop("failed")
    name = function.__module__ if function.__module__ != "__main__" else Path(sys.argv[0]).stem
    try:
        console = _redirect(log) if log else sys.stderr
    except OSError as error:
        _end(f"{name}: {describe_os_error(error)}", sys.stderr)
    if failed and failed.exists():
        _end(f"{name}: {failed.stem} {read_json(failed)['reason']} (delete {failed} to try again)", console)
    end_with(os.environ.get(WORKFLOW_PID, "none"))
    try:
        function(**arguments)
    except ScanFault as fault:
        if failed:
            write_json(failed, {"step": name, "reason": _strip_directories(str(fault), arguments)})
        _end(f"{name}: {failed.stem if failed else ''} {fault}", console)
    except (UserError, OSError, MemoryError) as error:
        traceback.print_exc()
        _end(f"{name}: {describe_os_error(error)}", console)
    except Exception as error:
        traceback.print_exc()
        where = f", details in {log}" if log else ""
        _end(f"{name}: unexpected {type(error).__name__}: {error}{where}", console)
    sys.exit(0)


def prepare_jobs() -> None:
    """Put this Python first on the PATH of jobs, and export the workflow's PID to them."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ[WORKFLOW_PID] = str(os.getpid())


def has_gpu() -> bool:
    """Return whether this machine has an NVIDIA GPU, without importing torch."""
    return Path("/dev/nvidia0").exists()


def end_with(pid: int | str) -> None:
    """Terminate this process when another one has died, within 2 s and by SIGTERM, so that a training saves its state.

    A container may hide the other process; this function then has no effect.

    Parameters
    ----------
    pid : int or str
        Id of the other process.
    """
    other = Path("/proc") / str(pid)

    def watch() -> None:
        while other.exists():
            time.sleep(2)
        print("the parent workflow has died: stopping", flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    if other.exists():
        threading.Thread(target=watch, daemon=True).start()


def _strip_directories(reason: str, arguments: dict[str, Any]) -> str:
    """Return a reason with file names in place of paths, as tables and pages with it are shared."""
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
    """Redirect stdout and stderr of the process to `log`, and return a stream of the former stderr."""
    log.parent.mkdir(parents=True, exist_ok=True)
    console = os.fdopen(os.dup(2), "w")
    with open(log, "w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    return console


def _parse(function: Callable[..., None]) -> dict[str, Any]:
    """Return the keyword arguments of a step function, parsed from the command line by its annotations."""
    summary = (function.__doc__ or "").strip().splitlines()[0]
    parser = argparse.ArgumentParser(description=summary)
    hints = typing.get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        options: dict[str, Any] = {"dest": name, "required": parameter.default is parameter.empty}
        if parameter.default is not parameter.empty:
            options["default"] = parameter.default
        kind = hints[name]
        if typing.get_origin(kind) is list and typing.get_args(kind)[0] in PLAIN:
            options["nargs"] = "*"
            kind = typing.get_args(kind)[0]
        options["type"] = kind if kind in PLAIN else _json(kind)
        parser.add_argument("--" + name.replace("_", "-"), **options)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--failed", type=Path)
    return vars(parser.parse_args())


def _json(kind: Any) -> Callable[[str], Any]:
    """Return a parser of JSON for a settings class, a mapping, a boolean or a type with None."""
    from pydantic import TypeAdapter, ValidationError  # late: most steps on one scan do not use it and start faster

    def parsed(text: str) -> Any:
        try:
            return TypeAdapter(kind).validate_json(text)
        except ValidationError as error:
            faults = [
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}".removeprefix(": ") for fault in error.errors()
            ]
            message = f"invalid {getattr(kind, '__name__', kind)}: {'; '.join(faults)}; expected JSON, got {text!r}"
            raise argparse.ArgumentTypeError(message) from None

    return parsed
