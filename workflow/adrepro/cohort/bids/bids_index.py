"""Read BIDS folders: participants, sessions and paths of T1w images."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from adrepro.cohort.bids.image_choice import almost_an_image, preference, unsuitable
from adrepro.cohort.tables.clinical_table import SOURCE
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, read_rows

SESSION_FOLDER = re.compile(r"ses-[A-Za-z0-9]+")
ANY: Mapping[str, str] = MappingProxyType({})
SCAN = re.compile(r"[A-Za-z0-9_-]+_T1w\.nii(\.gz)?")


def read_participants(bids: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read the `participants.tsv` of a dataset.

    Parameters
    ----------
    bids : Path
        Folder of a BIDS dataset.

    Returns
    -------
    header : list of str
        Column names.
    rows : list of dict
        Cells by column, as from `read_rows`.

    Raises
    ------
    UserError
        If the folder or the table is missing, the table has no participants, or its columns are not separated by tabs.
    """
    path = bids / "participants.tsv"
    if not bids.is_dir():
        raise UserError(f"{bids}: there is no such folder; --bids takes a BIDS dataset")
    if not path.exists():
        raise UserError(f"{path}: missing; a BIDS dataset needs it to list its participants")
    header, rows = read_rows(path)
    if "participant_id" not in header:
        separator = next((name for mark, name in ((",", "commas"), (";", "semicolons")) if mark in header[0]), "")
        hint = f"; it is separated by {separator}: save it with tabs" if separator else ""
        raise UserError(f"{path}: no column participant_id{hint}")
    if not rows:
        raise UserError(f"{path}: has a header and no participants; add a row for each")
    return header, rows


def read_sessions(bids: Path, participant: str) -> list[dict[str, str]]:
    """Read the `sub-*_sessions.tsv` of a participant.

    Parameters
    ----------
    bids : Path
        Folder of a BIDS dataset.
    participant : str
        Participant id, `sub-*`.

    Returns
    -------
    list of dict
        Rows as from `read_rows`; empty if there is no such file.

    Raises
    ------
    UserError
        If the table has no column `session_id`.
    """
    path = bids / participant / f"{participant}_sessions.tsv"
    if not path.exists():
        return []
    header, rows = read_rows(path)
    if "session_id" not in header:
        raise UserError(f"{path}: no column session_id; BIDS requires it")
    return rows


def read_scan_row(bids: Path, participant: str, images: list[Path]) -> dict[str, str]:
    """Return the row of `*_scans.tsv` of the first T1w image, such as the field strength that Clinica writes there.

    Parameters
    ----------
    bids : Path
        Folder of a BIDS dataset.
    participant : str
        Participant id, `sub-*`.
    images : list of Path
        T1w images of one session.

    Returns
    -------
    dict of str
        Cells by column, with file and line under `SOURCE`; empty without such a file or row.
    """
    if not images:
        return {}
    folder = images[0].parents[1]
    session = "" if folder.name == participant else f"_{folder.name}"
    path = bids / folder.relative_to(bids) / f"{participant}{session}_scans.tsv"
    if not path.is_file():
        return {}
    _, rows = read_rows(path)
    wanted = images[0].relative_to(folder).as_posix()
    row = next((row for row in rows if row.get("filename", "") == wanted), None)
    return {**row, SOURCE: f"{path.name} line {row[LINE]}"} if row else {}


def find_scans(
    bids: Path, participant: str, entities: Mapping[str, str] = ANY
) -> tuple[dict[str, list[Path]], list[str]]:
    """Find the T1w images of a participant.

    The name of an image must contain the participant and the session of its folder.

    Parameters
    ----------
    bids : Path
        Folder of a BIDS dataset.
    participant : str
        Participant id, `sub-*`.
    entities : mapping of str to str
        Entities that the names must hold, such as `{"acq": "mprage"}`.

    Returns
    -------
    scans : dict of list of Path
        Images of each session (`n/a` without sessions), the preferred one first (`image_choice.preference`).
    ignored : list of str
        Names of other sessions and T1w images, each with the reason why it is ignored.
    """
    home = bids / participant
    sessions = [name for name in _names(home) if SESSION_FOLDER.fullmatch(name)]
    found: dict[str, list[Path]] = {}
    odd = [name for name in _names(home) if name.lower().startswith("ses") and name not in sessions]
    ignored = [
        f"{_escaped(name)}: session folders must match ses-[A-Za-z0-9]+"
        for name in odd
        if (home / name / "anat").is_dir()
    ]
    for session, folder in ((MISSING, home), *((name, home / name) for name in sessions)):
        start = f"{participant}_" if session == MISSING else f"{participant}_{session}_"
        for name in _names(folder / "anat"):
            if name.startswith("."):
                continue
            if not name.endswith(("_T1w.nii", "_T1w.nii.gz")):
                ignored += [f"{_escaped(name)}: {remedy}" for remedy in [almost_an_image(name)] if remedy]
                continue
            path = folder / "anat" / name
            if others := [f"{key}-{value}" for key, value in entities.items() if not _has_entity(name, key, value)]:
                ignored.append(f"{_escaped(name)}: without {', '.join(others)}")
            elif path.is_symlink() and not path.exists():
                ignored.append(f"{_escaped(name)}: a link without content; fetch the file (datalad get, git annex get)")
            elif reason := unsuitable(name):
                ignored.append(f"{_escaped(name)}: {reason}")
            elif SCAN.fullmatch(name) and name.startswith(start) and path.is_file():
                found.setdefault(session, []).append(path)
            else:
                ignored.append(f"{_escaped(name)}: the name must begin with {start} and end with _T1w.nii[.gz]")
    return {session: sorted(paths, key=lambda path: preference(path.name)) for session, paths in found.items()}, ignored


def _has_entity(name: str, key: str, value: str) -> bool:
    """Return whether a file name holds an entity; the index of `run` may have leading zeros."""
    zeros = "0*" if value.isdigit() else ""
    return re.search(f"_{key}-{zeros}{re.escape(value.lstrip('0') or '0' if zeros else value)}_", name) is not None


def _escaped(name: str) -> str:
    """Return a file name in ASCII, which every table and terminal can show."""
    return name.encode("ascii", "backslashreplace").decode()


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
