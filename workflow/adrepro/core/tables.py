"""Read and write TSV tables of the workflow; truncated files are errors."""

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

from adrepro.core.errors import UserError
from adrepro.core.files import MISSING, replacing

if TYPE_CHECKING:  # pandas takes longer to load than most steps on one scan
    import pandas as pd


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a TSV atomically, in the format of BIDS.

    Missing values are `n/a`, floats the shortest text that reads back as the same number. Nothing is quoted: a tab or a
    line break within a cell becomes a space.

    Parameters
    ----------
    path : Path
        TSV to write.
    table : DataFrame
        The index is not written.
    """
    table = table.replace(r"[\t\r\n]+", " ", regex=True)
    with replacing(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep=MISSING, lineterminator="\n", quoting=csv.QUOTE_NONE)


def read_table(path: Path, numbers: tuple[str, ...] = (), whole: bool = True) -> "pd.DataFrame":
    """Read a TSV as strings (identifiers are kept: `01` is not `1`).

    A truncated file is an error: participants would be missing without notice.

    Parameters
    ----------
    path : Path
        TSV to read.
    numbers : tuple of str
        Columns to convert to float; `n/a` becomes NaN.
    whole : bool
        Whether the file must be complete; False for tables that other programs wrote, which may leave out the end of a
        row or of the last line.

    Raises
    ------
    UserError
        If the file is no table, is truncated or lacks a column of `numbers`.
    """
    import pandas as pd

    how = {"sep": "\t", "dtype": str, "keep_default_na": False, "quoting": csv.QUOTE_NONE, "encoding": "utf-8-sig"}
    try:
        table = pd.read_csv(path, **how)
        if whole and (table.isna().any(axis=None) or not _ends_a_line(path)):
            raise ValueError("it was cut short, or has rows of different length")
        for column in numbers:
            table[column] = pd.to_numeric(table[column].replace(MISSING, None))
    except (ValueError, KeyError) as error:  # pandas' own errors are ValueErrors
        raise UserError(f"{path}: not a readable table ({error}); delete it and run again") from None
    return table


def _ends_a_line(path: Path) -> bool:
    with open(path, "rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"
