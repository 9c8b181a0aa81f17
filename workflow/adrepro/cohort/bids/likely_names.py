"""Ids of tables that name a folder in another spelling: `1` and `sub-0001`, `ses-01` and `ses-1`."""

import re
from collections.abc import Iterable


def plain(name: str) -> str:
    """Return a name without `sub-` or `ses-`, in lower case, and its number without leading zeros.

    Parameters
    ----------
    name : str
        Id of a participant or session.
    """
    label = re.sub(r"^(sub|ses)-", "", name.strip(), flags=re.IGNORECASE).removesuffix(".0").lower()
    parts = re.fullmatch(r"(\D*)0*([0-9]+)", label)
    return f"{parts[1]}{parts[2]}" if parts else label


def likely(name: str, folders: Iterable[str]) -> list[str]:
    """Return the folders that a name of a table may stand for: the one of that name, else all with the same number.

    Parameters
    ----------
    name : str
        Id as a table has it.
    folders : iterable of str
        Names of folders.
    """
    known = list(folders)
    return [name] if name in known else sorted(folder for folder in known if plain(folder) == plain(name))
