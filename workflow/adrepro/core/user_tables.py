"""Read tables that users made, with the line number of every fault."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from adrepro.core.errors import UserError, describe_os_error, raise_if_any
from adrepro.core.files import refuse_irregular

# Missing values in lower case, as spreadsheets and statistics programs write them.
UNKNOWN = ("", "n/a", "na", "nan", "none", "null", "nil", "<na>", "#n/a", "#na", "#null!", "#value!", ".", "-", "--")
SPACE = "".join(map(chr, (*range(0x21), 0x85, 0xA0, 0x200B, 0x200C, 0x200D, 0x2060, 0x3000, 0xFEFF, 0xAD)))
LINE = "\tline"  # key of each row for its line number in the file; no column can have this name


def read_rows(path: Path, wanted: Collection[str] | None = None) -> tuple[list[str], list[dict[str, str]]]:
    """Read a TSV, or a CSV by its suffix.

    Quotes have no meaning in a TSV: a stray one would swallow the lines up to the next.

    Parameters
    ----------
    path : Path
        UTF-8 text with a header; empty lines are skipped.
    wanted : collection of str, optional
        Columns to keep in the rows, in lower case; by default all.

    Returns
    -------
    header : list of str
        Column names.
    rows : list of dict
        Stripped cells by column, and the line number in the file under `LINE`.

    Raises
    ------
    UserError
        If the file is not a text table, or lists every line with more or fewer cells than the header.
    """
    refuse_irregular(path)
    header: list[str] = []
    rows, problems, kept = [], [], []
    try:
        text = path.read_bytes().decode("utf-8-sig")
        for number, cells in _comma_separated(text) if path.suffix.lower() == ".csv" else _tab_separated(text):
            if not any(cells):
                continue
            cells = _strip_empty_end(cells, len(header))
            if not header:
                header = cells
                kept = [n for n, name in enumerate(header) if wanted is None or name.lower() in wanted]
            elif len(cells) != len(header):
                wrong = f"has {len(cells)} cells, the header {len(header)}; write n/a for missing values"
                problems.append(f"line {number}: {wrong}")
            else:
                rows.append({**{header[n]: cells[n] for n in kept}, LINE: str(number)})
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except OSError as error:  # a link to itself, a failing disk
        raise UserError(describe_os_error(error)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a readable table ({error}); save it as UTF-8 text") from None
    if not header or "\0" in text:
        raise UserError(f"{path}: is {'no text' if header else 'empty'}; expected a header and rows")
    twice = [name for name, count in Counter(name.lower() for name in header).items() if count > 1]
    raise_if_any([*(f"column {name!r} appears twice; keep one" for name in twice), *problems], str(path))
    return header, rows


def _strip_empty_end(cells: list[str], least: int) -> list[str]:
    """Return the cells without empty ones at the end, as spreadsheets leave them, but at least `least` cells."""
    end = len(cells)
    while end > least and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _tab_separated(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ((number, [_trim(cell) for cell in line.split("\t")]) for number, line in enumerate(lines, start=1))


def _comma_separated(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    return ((reader.line_num, [_trim(cell) for cell in cells]) for cells in reader)


def _trim(cell: str) -> str:
    """Return a cell without space and characters of no width at its ends, which copied text may hold."""
    return cell.strip(SPACE)
