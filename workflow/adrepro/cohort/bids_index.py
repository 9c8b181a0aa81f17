"""Reading of BIDS folders: who was scanned, at which sessions, and where the images are."""

import re
from pathlib import Path

from adrepro.core.errors import UserError
from adrepro.core.files import MISSING
from adrepro.core.user_tables import read_rows

SESSION_FOLDER = re.compile(r"ses-[A-Za-z0-9]+")
SCAN = re.compile(r"[A-Za-z0-9_-]+_T1w\.nii(\.gz)?")


def read_participants(bids: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a dataset's `participants.tsv`."""
    path = bids / "participants.tsv"
    if not bids.is_dir():
        raise UserError(f"{bids}: there is no such folder; --bids takes a BIDS dataset")
    if not path.exists():
        raise UserError(f"{path}: missing; a BIDS dataset needs it to tell who was scanned")
    header, rows = read_rows(path)
    if "participant_id" not in header:
        other = next((name for mark, name in ((",", "commas"), (";", "semicolons")) if mark in header[0]), "")
        raise UserError(
            f"{path}: no column participant_id" + (f"; it is separated by {other}: save it with tabs" * bool(other))
        )
    if not rows:
        raise UserError(f"{path}: has a header and no participants")
    return header, rows


def read_sessions(bids: Path, participant: str) -> list[dict[str, str]]:
    """Rows of a participant's `sub-*_sessions.tsv`; none where there is no such file."""
    path = bids / participant / f"{participant}_sessions.tsv"
    if not path.exists():
        return []
    header, rows = read_rows(path)
    if "session_id" not in header:
        raise UserError(f"{path}: no column session_id")
    return rows


def find_scans(bids: Path, participant: str) -> tuple[dict[str, list[Path]], list[str]]:
    """T1w images of a participant by session (`n/a` without sessions), sorted by name; and why others are left.

    A name must carry the participant and the session of its folder.
    """
    home = bids / participant
    sessions = [name for name in _names(home) if SESSION_FOLDER.fullmatch(name)]
    found: dict[str, list[Path]] = {}
    odd = [name for name in _names(home) if name.lower().startswith("ses") and name not in sessions]
    left = [f"{_shown(name)}: a session is called ses-[A-Za-z0-9]+" for name in odd if (home / name / "anat").is_dir()]
    for session, folder in ((MISSING, home), *((name, home / name) for name in sessions)):
        start = f"{participant}_" if session == MISSING else f"{participant}_{session}_"
        for name in _names(folder / "anat"):
            if name.startswith(".") or not name.endswith(("_T1w.nii", "_T1w.nii.gz")):
                continue
            path = folder / "anat" / name
            if SCAN.fullmatch(name) and name.startswith(start) and path.is_file():
                found.setdefault(session, []).append(path)
            else:
                left.append(f"{_shown(name)}: no file named {start}[...]T1w, as its folder asks")
    return found, left


def _shown(name: str) -> str:
    """A file's name as text that every table and terminal can take."""
    return name.encode("ascii", "backslashreplace").decode()


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
