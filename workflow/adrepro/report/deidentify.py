"""Pages that can leave the house: no participant, visit, file or folder is named in them."""

import hashlib
import html
import re
from pathlib import Path

from adrepro.cohort.cohort_sheet import read_excluded, read_sheet
from adrepro.core.errors import FOLDERS
from adrepro.core.files import MISSING

PERSON, VISIT = re.compile(r"sub-[A-Za-z0-9]+"), re.compile(r"ses-[A-Za-z0-9]+")


def numbered(names: set[str], word: str) -> dict[str, str]:
    """`word-1`, `word-2` ... for each name, in an order that tells nothing of them."""
    order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {name: f"{word}-{number}" for number, name in enumerate(order, start=1)}


def without_names(page: str, cohort: Path) -> str:
    """The page with numbers in place of ids, and without names of scans and folders.

    Ids are those of the sheet, of the table beside it, and whatever looks like one in the page.
    """
    sheet, left = read_sheet(cohort), read_excluded(cohort)
    scans = [Path(path) for path in sheet["t1w"] if path != MISSING]
    known = {str(path) for path in scans} | {path.name for path in scans} | {path.name.split(".")[0] for path in scans}
    for name in sorted(known, key=len, reverse=True):
        if not PERSON.match(name):  # such a name turns into numbers as ids do
            page = page.replace(html.escape(name), "a scan").replace(name, "a scan")
    people = numbered({*sheet["participant_id"], *(row[0] for row in left), *PERSON.findall(page)}, "participant")
    visits = numbered({*sheet["session_id"], *VISIT.findall(page)} - {MISSING}, "visit")
    page = PERSON.sub(lambda found: people[found[0]], page)
    return FOLDERS.sub("", VISIT.sub(lambda found: visits[found[0]], page))
