"""Ids of participants in the forms of BIDS and of the tables of ADNI, AIBL and OASIS-1."""

import re

SITE_PREFIX = re.compile(r"^(adni|aibl|oas(is)?1(?=\d{4}$)|oasis|oas)", re.IGNORECASE)
REPEAT = re.compile(r"^(OAS1_\d+)_MR(\d+)$", re.IGNORECASE)  # OASIS-1: MR2 is a repeat scan within 90 days
ROSTER_ID = re.compile(r"\d{3}s(\d+)")  # ADNI: site, and the number of the roster (RID)


def bare(participant: str) -> str:
    """Return a participant id without prefixes and separators, equal for `sub-ADNI011S0002` and `011_S_0002`.

    Parameters
    ----------
    participant : str
        Id in any of the forms of BIDS, ADNI, AIBL or OASIS-1 (`OAS1_0001_MR1`).

    Returns
    -------
    str
        Letters and digits in lower case, without the name of the study; a number without leading zeros.
    """
    repeat = REPEAT.match(participant)
    own = re.sub(r"\.0$|^sub-", "", repeat[1] if repeat else participant)
    letters = SITE_PREFIX.sub("", re.sub(r"[^A-Za-z0-9]", "", own)).lower()
    return str(int(letters)) if letters.isdecimal() else letters


def spelling(raw: str) -> str:
    """Return an id in which spellings of one id are equal: numbers as such, others with their separators.

    Two ids with one `bare` form and two spellings are those of two people, such as `S1_12` and `S11_2`.

    Parameters
    ----------
    raw : str
        Id as a table has it.
    """
    text = re.sub(r"\.0$", "", raw.strip()).lower()
    return str(int(text)) if text.isdecimal() else REPEAT.sub(r"\1", text).lower()
