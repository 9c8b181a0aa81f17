"""User-facing exceptions and error messages."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A fault of the input, the configuration or the disk; the message names the place, the fault and the remedy."""


class ScanFault(UserError):
    """A fault of one scan: the scan is excluded, and the study continues without it."""


FOLDERS = re.compile(r"(?<![\w:<])/(?:[\w.+@ -]+/)+")  # an absolute path up to its last part
SHOWN, SHOWN_LETTERS = 50, 500  # problems of one list, letters of one problem


def raise_if_any(problems: Iterable[str], where: str) -> None:
    """Raise one `UserError` that lists all problems, or return if there are none.

    Parameters
    ----------
    problems : iterable of str
        One line per problem; duplicates are dropped, and lines after the first `SHOWN` are counted only.
    where : str
        File, section or command with the problems, such as `cohort.tsv`; it begins the message.

    Raises
    ------
    UserError
        If `problems` is not empty.
    """
    problems = list(dict.fromkeys(problems))
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        shown = [p if len(p) <= SHOWN_LETTERS else f"{p[:SHOWN_LETTERS]} ..." for p in problems[:SHOWN]]
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise UserError("\n  ".join([f"{where}: {count}", *shown, *more]))


def suggest(word: str, known: Iterable[object]) -> str:
    """Return a hint for a misspelled word.

    Parameters
    ----------
    word : str
        The word as the user wrote it.
    known : iterable
        Words that are allowed.

    Returns
    -------
    str
        `, did you mean 'atlas'?`, or the list of allowed words if none is close.
    """
    words = [str(each) for each in known]
    close = get_close_matches(word[:SHOWN_LETTERS], words, n=1)
    return f", did you mean '{close[0]}'?" if close else f"; known: {', '.join(sorted(words))}"


def describe_os_error(error: BaseException) -> str:
    """Return the message for an error of the operating system, with a remedy.

    Parameters
    ----------
    error : BaseException
        An `OSError` with a file name, a `MemoryError`, or any other exception, whose own text is returned.
    """
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; check the path, the free space and the permissions"
    if isinstance(error, MemoryError):
        return "out of memory; run fewer jobs at a time (--cores) or raise mem_mb"
    return str(error)
