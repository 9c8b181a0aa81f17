"""Download gray-matter maps of OASIS-1 and write their cohort sheet (`adrepro fetch oasis-vbm`).

The maps need no application. nilearn provides those that Varoquaux and colleagues made of 415 participants with SPM8:
modulated gray and white matter in MNI millimeters, without a group template; the DARTEL variant of 403 participants was
normalized to a template of the same participants.
"""

import os
import urllib.request
from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import COLUMNS, row_problems
from adrepro.cohort.tables.clinical_lookup import ClinicalLookup
from adrepro.cohort.tables.clinical_presets import CLINICAL, PRESETS
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING, sha256, write_text
from adrepro.core.tables import write_table
from adrepro.core.user_tables import read_rows

TERMS = "https://sites.wustl.edu/oasisbrains/"
CITATION = "Marcus et al. 2007, Journal of Cognitive Neuroscience 19:1498"
# The archives that nilearn downloads; used here for their size only.
ARCHIVES = {
    "archive": "https://www.nitrc.org/frs/download.php/6359/archive.tgz?i_agree=1&download_now=1",
    "archive_dartel": "https://www.nitrc.org/frs/download.php/6364/archive_dartel.tgz?i_agree=1&download_now=1",
}
SUMS = "SHA256SUMS"


def size_of(url: str) -> str:
    """Return the size of a download for a message, such as `120 MB`, from the header of its server.

    Parameters
    ----------
    url : str
        Address of a file.

    Returns
    -------
    str
        `unknown size` where the server does not answer or gives no length.
    """
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20) as answer:
            length = answer.headers.get("Content-Length")
    except (OSError, ValueError):
        return "unknown size"
    return f"{int(length) / 1e6:.0f} MB" if length else "unknown size"


def checksums(files: list[Path], folder: Path) -> str:
    """Return the lines of `sha256sum` for files below `folder`.

    Parameters
    ----------
    files : list of Path
        Files to read.
    folder : Path
        Folder that the paths in the lines are relative to.

    Returns
    -------
    str
        SHA-256 and path of each file, a line each.
    """
    return "".join(f"{sha256(f)}  {f.relative_to(folder).as_posix()}\n" for f in files)


def check_files(files: list[Path], folder: Path) -> None:
    """Compare files with the checksums of the first download, and add the checksums of new files.

    Parameters
    ----------
    files : list of Path
        Files below `folder`.
    folder : Path
        Folder with `SHA256SUMS`, which is written if it is missing.

    Raises
    ------
    UserError
        Lists every file that has changed.
    """
    sums, found = folder / SUMS, checksums(files, folder)
    known = dict(line.split("  ")[::-1] for line in sums.read_text().splitlines()) if sums.is_file() else {}
    raise_if_any(
        (
            f"{name}: differs from the downloaded file; delete it and fetch again"
            for digest, name in (line.split("  ") for line in found.splitlines())
            if known.get(name, digest) != digest
        ),
        str(folder),
    )
    every = known | {name: digest for digest, name in (line.split("  ") for line in found.splitlines())}
    write_text(sums, "".join(f"{digest}  {name}\n" for name, digest in sorted(every.items())))


def sheet_rows(
    table: list[dict[str, str]], maps: dict[str, Path], base: Path
) -> tuple[list[dict[str, str]], list[tuple[str, str, str]]]:
    """Return the rows of the cohort sheet and of the excluded table.

    Parameters
    ----------
    table : list of dict
        Rows of `oasis_cross-sectional.csv`.
    maps : dict of Path
        Gray-matter map of each OASIS id that has one; others are left out.
    base : Path
        Folder of the sheet; paths of maps are relative to it.

    Returns
    -------
    rows : list of dict
        Rows of the sheet.
    excluded : list of tuple of str
        Participant, session and reason.
    """
    rows: list[dict[str, str]] = []
    excluded: list[tuple[str, str, str]] = []
    for person in (row for row in table if row["ID"] in maps):
        name = f"sub-{person['ID'][:9].replace('_', '')}"
        values = ClinicalLookup(PRESETS["oasis1"], "0", person)
        if reason := values.exclusion_reason():
            excluded.append((name, MISSING, reason))
            continue
        t1w = Path(os.path.relpath(maps[person["ID"]].absolute(), base)).as_posix()
        row = {"participant_id": name, "session_id": MISSING, "dataset": "OASIS1", "role": "study", "t1w": t1w}
        rows.append(row | {kind: values(kind) for kind in CLINICAL} | {"diagnosis": values.diagnosis(), "months": "0"})
    return rows, excluded


def fetch_oasis(out: Path, dartel: bool, participants: int | None, mirror: str | None) -> str:
    """Download the maps of OASIS-1, unless they are present, and write their cohort sheet.

    Parameters
    ----------
    out : Path
        Folder for the maps (`oasis1/`), `cohort.tsv` and `cohort_excluded.tsv`.
    dartel : bool
        Whether to use the DARTEL variant, whose template was made of the same participants.
    participants : int or None
        Number of participants, for a trial; None for all.
    mirror : str or None
        URL of a folder with the same four files, in place of NITRC.

    Returns
    -------
    str
        Summary for the console.

    Raises
    ------
    UserError
        If the download fails, a file has changed since, or the table is faulty.
    """
    from nilearn.datasets import fetch_oasis_vbm

    archive = "archive_dartel" if dartel else "archive"
    url = f"{mirror}/{archive}.tgz" if mirror else ARCHIVES[archive]
    folder = out / "oasis1"
    if not folder.is_dir():
        print(f"OASIS-1 gray-matter maps: {size_of(url)} from {url.split('?')[0]} to {folder}", flush=True)
    print(f"Terms of use: {TERMS}\nTo cite: {CITATION}", flush=True)
    try:
        found = fetch_oasis_vbm(participants, dartel_version=dartel, data_dir=str(out), url=mirror, verbose=0)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(
            f"download failed ({' '.join(str(error).split())[:200]}); run this once on a machine with a network "
            f"and copy the folder {folder} to this machine, or set --mirror"
        ) from None
    files = [Path(path) for path in (*found.gray_matter_maps, *found.white_matter_maps)]
    check_files(files, folder)
    maps = {path.parent.name: path for path in map(Path, found.gray_matter_maps)}
    rows, excluded = sheet_rows(read_rows(folder / "oasis_cross-sectional.csv")[1], maps, out.absolute())
    sheet = pd.DataFrame(rows, columns=list(COLUMNS))
    problems = [f"{row['participant_id']}: {problem}" for row in rows for problem in row_problems(row)]
    raise_if_any(problems, str(folder / "oasis_cross-sectional.csv"))
    write_table(out / "cohort.tsv", sheet)
    columns = ["participant_id", "session_id", "reason"]
    write_table(out / "cohort_excluded.tsv", pd.DataFrame(excluded, columns=columns))
    counts = ", ".join(f"{n} {label}" for label, n in sheet["diagnosis"].value_counts().sort_index().items())
    summary = f"{out / 'cohort.tsv'}: {counts}; {len(excluded)} left out, see cohort_excluded.tsv"
    return summary + (
        "\nIn the study's configuration: derivatives: {kind: oasis_dartel, folder: oasis1}" if dartel else ""
    )
