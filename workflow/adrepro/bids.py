"""Reading of BIDS folders and of the tables beside them, fast and with words for what is wrong."""

import csv
import re
from pathlib import Path

from .errors import UserError
from .files import MISSING

LINE = "line"  # key of each row that holds its line number in the file
SESSION_FOLDER = re.compile(r"ses-[A-Za-z0-9]+")


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a TSV (or of a CSV by its suffix), cells stripped, each with its line number under `LINE`.

    Raises
    ------
    UserError
        If the file is no text table, or a row has more cells than the header.
    """
    comma = path.suffix.lower() == ".csv"
    try:
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.reader(text.splitlines(), delimiter="," if comma else "\t", strict=comma)
        lines = [[cell.strip() for cell in cells] for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a readable table ({error}); save it as UTF-8 text") from None
    if not lines or not any(lines[0]):
        raise UserError(f"{path}: is empty; expected a header and rows")
    header = lines[0]
    long = [number for number, cells in enumerate(lines[1:], start=2) if len(cells) > len(header)]
    if long:
        raise UserError(f"{path} line {long[0]}: has more cells than the header; quote or remove the separators in it")
    return [
        {**dict.fromkeys(header, ""), **dict(zip(header, cells, strict=False)), LINE: str(number)}
        for number, cells in enumerate(lines[1:], start=2)
        if any(cells)
    ]


def read_participants(bids: Path) -> list[dict[str, str]]:
    """Rows of a dataset's `participants.tsv`."""
    path = bids / "participants.tsv"
    if not bids.is_dir():
        raise UserError(f"{bids}: there is no such folder; --bids takes a BIDS dataset")
    if not path.is_file():
        raise UserError(f"{path}: missing; a BIDS dataset needs it to tell who was scanned")
    rows = read_rows(path)
    with path.open(encoding="utf-8-sig") as stream:
        header = stream.readline()
    if "participant_id" not in header.strip().split("\t"):
        commas = "; it is separated by commas: save it with tabs" if "," in header else ""
        raise UserError(f"{path}: no column participant_id{commas}")
    if not rows:
        raise UserError(f"{path}: has a header and no participants")
    return rows


def read_sessions(bids: Path, participant: str) -> list[dict[str, str]]:
    """Rows of a participant's `sub-*_sessions.tsv`; none where there is no such file."""
    path = bids / participant / f"{participant}_sessions.tsv"
    if not path.is_file():
        return []
    rows = read_rows(path)
    if rows and "session_id" not in rows[0]:
        raise UserError(f"{path}: no column session_id")
    return rows


def find_scans(bids: Path, participant: str) -> dict[str, list[Path]]:
    """T1w images of a participant by session (`n/a` without sessions), sorted by name."""
    home = bids / participant
    sessions = [name for name in _names(home) if SESSION_FOLDER.fullmatch(name)]
    found = {}
    for session, folder in ((MISSING, home), *((name, home / name) for name in sessions)):
        scans = [folder / "anat" / n for n in _names(folder / "anat") if n.endswith(("_T1w.nii", "_T1w.nii.gz"))]
        if scans:
            found[session] = scans
    return found


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
