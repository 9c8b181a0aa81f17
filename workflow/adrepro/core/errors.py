"""What is told to the user instead of a traceback."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A fault of the input, the configuration or the disk; its text says where it is and what to do."""


class ScanFault(UserError):
    """A fault that belongs to one scan: the scan leaves the study, everything else goes on."""


FOLDERS = re.compile(r"(?<![\w:<])/(?:[\w.+@ -]+/)+")  # an absolute path up to its last part
SHOWN, SHOWN_LETTERS = 50, 500  # problems of one list, letters of one problem


def raise_all(problems: Iterable[str], where: str) -> None:
    """Raise one `UserError` that lists the problems found in `where`, or return if there is none."""
    problems = list(dict.fromkeys(problems))
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        shown = [p if len(p) <= SHOWN_LETTERS else f"{p[:SHOWN_LETTERS]} ..." for p in problems[:SHOWN]]
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise UserError("\n  ".join([f"{where}: {count}", *shown, *more]))


def nearest(word: str, known: Iterable[object]) -> str:
    """Return a hint such as `, did you mean 'atlas'?`, or the list of known words when none is close."""
    known = [str(k) for k in known]
    close = get_close_matches(word[:SHOWN_LETTERS], known, n=1)
    return f", did you mean '{close[0]}'?" if close else f"; known: {', '.join(sorted(known))}"


def in_words(error: BaseException) -> str:
    """What went wrong with the system around the program, and what to do."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; check the path, the free space and the permissions"
    if isinstance(error, MemoryError):
        return "out of memory; run fewer jobs at a time (--cores) or raise mem_mb"
    return str(error)
