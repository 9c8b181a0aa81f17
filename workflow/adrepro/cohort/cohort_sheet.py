"""Read and validate the cohort sheet."""

import re
from pathlib import Path

import pandas as pd

from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE, UNKNOWN, read_rows

COLUMNS = ("participant_id", "session_id", "dataset", "role", "t1w", "diagnosis", "age", "sex", "mmse", "cdr", "months")
KEYS = ["participant_id", "session_id"]  # identify a visit
EXCLUDED, EXCLUDED_COLUMNS = "cohort_excluded.tsv", ("participant_id", "session_id", "reason")
NUMBERS = {"age": (0, 120), "mmse": (0, 30), "cdr": (0, 3), "months": (0, 600)}
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
TOP_CODED = re.compile(r"^([89][0-9])\+$")
RATINGS = (0, 0.5, 1, 2, 3)  # values of the CDR
SEX = {"f": "F", "female": "F", "m": "M", "male": "M", "o": "O", "other": "O"}  # spellings of BIDS
ROLES = ("study", "external")
# Parts of file names: the length is limited so that file systems accept the whole name.
PARTICIPANT, SESSION = re.compile(r"sub-[A-Za-z0-9]{1,64}"), re.compile(r"ses-[A-Za-z0-9]{1,64}|n/a")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Lines(list):
    """Line numbers of rows in their file, shared by all copies.

    Pandas makes a deep copy of `DataFrame.attrs` for every row that it returns.
    """

    def __deepcopy__(self, memo: dict) -> "Lines":
        return self


def row_problems(row: dict[str, str]) -> list[str]:
    """Return the problems of one row of the sheet.

    Parameters
    ----------
    row : dict
        Cells by column, with all of `COLUMNS`.

    Returns
    -------
    list of str
        One line per problem, with a remedy.
    """
    problems = []
    for column, pattern in (("participant_id", PARTICIPANT), ("session_id", SESSION), ("dataset", NAME)):
        if not pattern.fullmatch(row[column]):
            problems.append(f"{column} {row[column]!r} must match {pattern.pattern}; rename it")
    if row["role"] not in ROLES:
        problems.append(f"role {row['role']!r} must be one of {', '.join(ROLES)}")
    if row["t1w"] != MISSING and not row["t1w"].endswith((".nii", ".nii.gz")):
        problems.append(f"t1w {row['t1w']!r} must be a .nii or .nii.gz file, or n/a")
    if set("{}") & set(row["t1w"]):
        problems.append(f"t1w {row['t1w']!r} must not contain braces; rename the file or a folder")
    if row["sex"] not in (*SEX.values(), MISSING):
        problems.append(f"sex {row['sex']!r} must be F, M, O (other) or n/a")
    for column, (low, high) in NUMBERS.items():
        if row[column] == MISSING:
            continue
        if not NUMBER.fullmatch(row[column]) or not low <= float(row[column]) <= high:
            hint = _unit_of_age(row[column]) if column == "age" else ""
            problems.append(f"{column} {row[column]!r} must be a number from {low} to {high}, or n/a{hint}")
        elif column == "cdr" and float(row[column]) not in RATINGS:
            problems.append(f"cdr {row[column]!r} must be one of {', '.join(map(str, RATINGS))}, or n/a")
    return problems


def _unit_of_age(age: str) -> str:
    """Return a question if an age is one of an adult in months or days."""
    for unit, each in (("months", 12), ("days", 365.25)):
        if NUMBER.fullmatch(age) and 15 <= float(age) / each <= 110:
            return f"; is it in {unit} ({float(age) / each:.1f} years)? Divide the column by {each:g}"
    return ""


def read_sheet(path: Path) -> pd.DataFrame:
    """Read and validate a cohort sheet.

    Parameters
    ----------
    path : Path
        TSV or CSV with at least the columns `COLUMNS`.

    Returns
    -------
    DataFrame
        Every value as text (identifiers are kept: `01` is not `1`), a row per visit. `attrs` holds the line numbers for
        later messages.

    Raises
    ------
    UserError
        If the file cannot be read, or lists every faulty row.
    """
    if not path.exists():
        raise UserError(f"{path}: there is no such cohort sheet; make one with `adrepro cohort`")
    header, rows = read_rows(path)
    sheet = pd.DataFrame(rows, columns=[*header, LINE])
    lines = sheet.pop(LINE).tolist()
    if "age" in sheet.columns:  # `90+`, as privacy rules require
        sheet["age"] = [TOP_CODED.sub(r"\1", value) for value in sheet["age"]]
    if "sex" in sheet.columns:
        sheet["sex"] = [SEX.get(value.lower(), value) for value in sheet["sex"]]
    for column in sheet.columns.difference(COLUMNS):
        sheet[column] = [MISSING if value.lower() in UNKNOWN else value for value in sheet[column]]
    check_sheet(sheet, path, lines)
    sheet.attrs[LINE] = Lines(lines)
    return sheet


def check_sheet(sheet: pd.DataFrame, path: Path, lines: list[str]) -> None:
    """Raise a `UserError` that lists every faulty row of a sheet with its line and a remedy.

    Parameters
    ----------
    sheet : DataFrame
        The sheet, every value as text.
    path : Path
        Its file, for messages.
    lines : list of str
        Line number of each row.
    """
    missing = [column for column in COLUMNS if column not in sheet.columns]
    if missing:
        raise UserError(f"{path}: no column {', '.join(missing)}; expected tab-separated {' '.join(COLUMNS)}")
    if sheet.empty:
        raise UserError(f"{path}: has no rows; make it again with `adrepro cohort`")
    problems = [
        f"line {line}: {problem}"
        for line, row in zip(lines, sheet.to_dict("records"), strict=True)
        for problem in row_problems(row)
    ]
    for number in sheet.index[sheet.duplicated(["participant_id", "session_id"])]:
        ids = " ".join(sheet.loc[number, ["participant_id", "session_id"]])
        problems.append(f"line {lines[number]}: {ids} appears twice; keep one row")
    problems += shared_ids(sheet)
    raise_if_any(problems, str(path))


def read_excluded(sheet_path: Path) -> list[tuple[str, str, str]]:
    """Read the table of visits that `adrepro cohort` excluded.

    Parameters
    ----------
    sheet_path : Path
        Cohort sheet; the table is `cohort_excluded.tsv` beside it.

    Returns
    -------
    list of tuple of str
        Participant, session and reason; empty without a table.

    Raises
    ------
    UserError
        If the table lacks a column.
    """
    path = Path(sheet_path).parent / EXCLUDED
    if not path.exists():
        return []
    header, rows = read_rows(path)
    missing = [column for column in EXCLUDED_COLUMNS if column not in header]
    if missing:
        raise UserError(f"{path}: no column {', '.join(missing)}; make it again with `adrepro cohort`, or delete it")
    return [(row["participant_id"], row["session_id"], row["reason"]) for row in rows]


def shared_ids(sheet: pd.DataFrame) -> list[str]:
    """Return a problem for each participant with two datasets or two roles.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet with `participant_id dataset role`.
    """
    counts = sheet.groupby("participant_id")[["dataset", "role"]].nunique()
    return [
        *(f"{p} is in two datasets; give one of them a --prefix" for p in counts.index[counts["dataset"] > 1]),
        *(f"{p} is study and external; choose one role" for p in counts.index[counts["role"] > 1]),
    ]
