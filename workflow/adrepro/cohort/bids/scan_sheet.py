"""Sheet of the scans of a BIDS dataset alone, without clinical values (`adrepro preprocess`)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from adrepro.cohort.bids.bids_index import find_scans
from adrepro.cohort.cohort_sheet import COLUMNS, NAME, PARTICIPANT
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING


def scan_sheet(
    bids: Path, participants: list[str], sessions: list[str], entities: Mapping[str, str]
) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Return the first T1w scan by name of each selected session.

    Parameters
    ----------
    bids : Path
        Folder of a BIDS dataset; `participants.tsv` is not needed.
    participants, sessions : list of str
        Labels with or without `sub-` and `ses-`; empty for all.
    entities : mapping of str to str
        Value of `acq`, `rec` and `run` in the names of the scans, with or without `acq-` and so on.

    Returns
    -------
    sheet : DataFrame
        Cohort sheet with absolute paths and without clinical values.
    ignored : list of tuple
        Participant, session and reason of what is left out.

    Raises
    ------
    UserError
        If the folder, a participant or a session does not exist, or there is no scan.
    """
    if not bids.is_dir():
        raise UserError(f"{bids}: there is no such folder; --bids takes a BIDS dataset")
    entities = {key: value.removeprefix(f"{key}-") for key, value in entities.items()}
    present = sorted(path.name for path in bids.glob("sub-*") if path.is_dir() and PARTICIPANT.fullmatch(path.name))
    wanted = list(dict.fromkeys(f"sub-{label.removeprefix('sub-')}" for label in participants))
    chosen = {f"ses-{label.removeprefix('ses-')}" for label in sessions}
    raise_if_any([f"--participant-label: there is no {n}" for n in wanted if n not in present], str(bids))
    name = bids.resolve().name
    rows, ignored, seen = [], [], set()
    for participant in wanted or present:
        scans, reasons = find_scans(bids, participant, entities)
        sessions_of = {session: images for session, images in scans.items() if not chosen or session in chosen}
        ignored += [(participant, MISSING, reason) for reason in reasons if not chosen or _names_one(reason, chosen)]
        if not sessions_of:
            ignored.append((participant, MISSING, "no T1w scan that was asked for"))
        seen |= set(scans)
        for session, images in sessions_of.items():
            ignored += [(participant, session, f"{o.name}: {images[0].name} comes first") for o in images[1:]]
            identity = {"participant_id": participant, "session_id": session, "role": "study"}
            identity["dataset"] = name if NAME.fullmatch(name) else "dataset"
            rows.append(dict.fromkeys(COLUMNS, MISSING) | identity | {"t1w": images[0].absolute().as_posix()})
    raise_if_any([f"--session-label: no scan of {session}" for session in sorted(chosen - seen)], str(bids))
    if not rows:
        filters = ", ".join(f"{key}-{value}" for key, value in entities.items())
        hint = f"with {filters} in its name" if filters else "; it needs sub-*/[ses-*/]anat/*_T1w.nii[.gz]"
        raise UserError(f"{bids}: no T1w scan {hint}".replace(" ;", ";"))
    return pd.DataFrame(rows, columns=list(COLUMNS)), ignored


def _names_one(reason: str, sessions: set[str]) -> bool:
    """Return whether a reason begins with a file name that holds one of the sessions."""
    return any(f"_{session}_" in reason.partition(":")[0] for session in sessions)
