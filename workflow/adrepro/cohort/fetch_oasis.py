"""`adrepro fetch oasis-vbm`: grey-matter maps of OASIS-1 that need no application, with their cohort sheet.

nilearn downloads what Varoquaux and colleagues made of 415 people with SPM8: modulated grey and white matter in MNI
millimetres, without a group template; the DARTEL variant of 403 people was normalised to a template of themselves.
"""

import hashlib
import os
import urllib.request
from pathlib import Path

import pandas as pd

from adrepro.cohort.clinical_presets import CLINICAL, PRESETS, Found
from adrepro.cohort.cohort_sheet import COLUMNS, row_problems
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import MISSING, write_table, write_text
from adrepro.core.user_tables import read_rows

TERMS = "https://sites.wustl.edu/oasisbrains/"
CITATION = "Marcus et al. 2007, Journal of Cognitive Neuroscience 19:1498"
# Where nilearn takes them from; here only to ask how large they are.
ARCHIVES = {
    "archive": "https://www.nitrc.org/frs/download.php/6359/archive.tgz?i_agree=1&download_now=1",
    "archive_dartel": "https://www.nitrc.org/frs/download.php/6364/archive_dartel.tgz?i_agree=1&download_now=1",
}
SUMS = "SHA256SUMS"


def size_of(url: str) -> str:
    """How large a download is, in words, as its server says."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20) as answer:
            length = answer.headers.get("Content-Length")
    except (OSError, ValueError):
        return "a size that the server does not tell"
    return f"{int(length) / 1e6:.0f} MB" if length else "a size that the server does not tell"


def checksums(files: list[Path], folder: Path) -> str:
    """Lines of `sha256sum` for files below `folder`."""
    return "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(folder).as_posix()}\n" for f in files)


def check_files(files: list[Path], folder: Path) -> None:
    """Compare with the checksums of the first download, or write them."""
    sums, found = folder / SUMS, checksums(files, folder)
    known = dict(line.split("  ")[::-1] for line in sums.read_text().splitlines()) if sums.is_file() else {}
    raise_all(
        (
            f"{name}: is not what was downloaded; delete it and fetch again"
            for digest, name in (line.split("  ") for line in found.splitlines())
            if known.get(name, digest) != digest
        ),
        str(folder),
    )
    every = known | {name: digest for digest, name in (line.split("  ") for line in found.splitlines())}
    write_text(sums, "".join(f"{digest}  {name}\n" for name, digest in sorted(every.items())))


def sheet_rows(table: list[dict], maps: dict[str, Path], base: Path) -> tuple[list[dict], list[tuple]]:
    """Rows of the sheet and of the excluded table; `maps` holds the grey-matter map of each OASIS id that has one."""
    rows, excluded = [], []
    for person in (row for row in table if row["ID"] in maps):
        name = f"sub-{person['ID'][:9].replace('_', '')}"
        look = Found(PRESETS["oasis1"], "0", person)
        if reason := look.left_out():
            excluded.append((name, MISSING, reason))
            continue
        t1w = Path(os.path.relpath(maps[person["ID"]].absolute(), base)).as_posix()
        row = {"participant_id": name, "session_id": MISSING, "dataset": "OASIS1", "role": "study", "t1w": t1w}
        rows.append(row | {kind: look(kind) for kind in CLINICAL} | {"diagnosis": look.diagnosis(), "months": "0"})
    return rows, excluded


def fetch_oasis(out: Path, dartel: bool, participants: int | None, mirror: str | None) -> str:
    """Download (or find) the maps below `out`, and write `out/cohort.tsv`; returns a summary for the console.

    Parameters
    ----------
    participants : int or None
        Only the first so many, for a trial.
    mirror : str or None
        A URL of a folder with the same four files, in place of NITRC's.
    """
    from nilearn.datasets import fetch_oasis_vbm

    archive = "archive_dartel" if dartel else "archive"
    url = f"{mirror}/{archive}.tgz" if mirror else ARCHIVES[archive]
    folder = out / "oasis1"
    if not folder.is_dir():
        print(f"OASIS-1 grey-matter maps: {size_of(url)} from {url.split('?')[0]} to {folder}", flush=True)
    print(f"Terms of use: {TERMS}\nTo cite: {CITATION}", flush=True)
    try:
        found = fetch_oasis_vbm(participants, dartel_version=dartel, data_dir=str(out), url=mirror, verbose=0)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(
            f"the maps cannot be had ({' '.join(str(error).split())[:200]}); run this once on a machine with a network "
            f"and copy the folder {folder} to here, or name a --mirror"
        ) from None
    files = [Path(path) for path in (*found.gray_matter_maps, *found.white_matter_maps)]
    check_files(files, folder)
    maps = {path.parent.name: path for path in map(Path, found.gray_matter_maps)}
    rows, excluded = sheet_rows(read_rows(folder / "oasis_cross-sectional.csv")[1], maps, out.absolute())
    sheet = pd.DataFrame(rows, columns=list(COLUMNS))
    problems = [f"{row['participant_id']}: {problem}" for row in rows for problem in row_problems(row)]
    raise_all(problems, str(folder / "oasis_cross-sectional.csv"))
    write_table(out / "cohort.tsv", sheet)
    left_out = pd.DataFrame(excluded, columns=["participant_id", "session_id", "reason"])
    write_table(out / "cohort_excluded.tsv", left_out)
    counts = ", ".join(f"{n} {label}" for label, n in sheet["diagnosis"].value_counts().sort_index().items())
    told = f"{out / 'cohort.tsv'}: {counts}; {len(excluded)} left out, see cohort_excluded.tsv"
    return told + ("\nIn the study's file: derivatives: {kind: oasis_dartel, folder: oasis1}" if dartel else "")
