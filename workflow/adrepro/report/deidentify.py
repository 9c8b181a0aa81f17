"""De-identify HTML reports."""

import hashlib
import html
import re
from pathlib import Path

from adrepro.cohort.cohort_sheet import read_excluded, read_sheet
from adrepro.core.errors import FOLDERS
from adrepro.core.files import MISSING

PARTICIPANT, SESSION = re.compile(r"sub-[A-Za-z0-9]+"), re.compile(r"ses-[A-Za-z0-9]+")


def pseudonyms(names: set[str], prefix: str) -> dict[str, str]:
    """Return a pseudonym `prefix-1`, `prefix-2` ... for each name.

    Numbers follow the SHA-256 of the names, so that their order carries no information on the names.

    Parameters
    ----------
    names : set of str
        Identifiers to replace.
    prefix : str
        Word before the number.

    Returns
    -------
    dict
        Pseudonym by name.
    """
    order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {name: f"{prefix}-{number}" for number, name in enumerate(order, start=1)}


def deidentify_html(page: str, cohort: Path) -> str:
    """Return a page with pseudonyms in place of identifiers, and without names of scans and folders.

    Parameters
    ----------
    page : str
        HTML.
    cohort : Path
        Cohort sheet; the table of excluded participants beside it is read too.

    Returns
    -------
    str
        The page. Identifiers are those of both tables, and every `sub-*` and `ses-*` of the page.
    """
    sheet, excluded = read_sheet(cohort), read_excluded(cohort)
    scans = [Path(path) for path in sheet["t1w"] if path != MISSING]
    names = {str(path) for path in scans} | {path.name for path in scans} | {path.name.split(".")[0] for path in scans}
    for name in sorted(names, key=len, reverse=True):
        if not PARTICIPANT.match(name):  # names of BIDS files become pseudonyms below
            page = page.replace(html.escape(name), "a scan").replace(name, "a scan")
    ids = {*sheet["participant_id"], *(row[0] for row in excluded), *PARTICIPANT.findall(page)}
    participants = pseudonyms(ids, "participant")
    visits = pseudonyms({*sheet["session_id"], *SESSION.findall(page)} - {MISSING}, "visit")
    page = PARTICIPANT.sub(lambda match: participants[match[0]], page)
    return FOLDERS.sub("", SESSION.sub(lambda match: visits[match[0]], page))
