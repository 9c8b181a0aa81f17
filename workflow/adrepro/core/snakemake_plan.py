"""Outputs that Snakemake would make anew under the current configuration."""

import subprocess
from pathlib import Path

from adrepro.core.errors import UserError

HEADER = "output_file\tdate\trule\t"


def pending_outputs(command: list[str], folder: Path) -> frozenset[str]:
    """Return the outputs that are missing or outdated: their settings, inputs or code have changed.

    Parameters
    ----------
    command : list of str
        Snakemake with all options of the study, without targets; `--summary` is added.
    folder : Path
        Folder in which the command was typed.

    Returns
    -------
    frozenset of str
        Paths relative to the folder of the run.

    Raises
    ------
    UserError
        If Snakemake cannot plan the study.
    """
    found = subprocess.run([*command, "--summary"], cwd=folder, capture_output=True, text=True)
    rows = found.stdout.splitlines()
    if found.returncode or not any(row.startswith(HEADER) for row in rows):
        said = next((line for line in reversed(found.stderr.splitlines()) if line.strip()), "nothing")
        raise UserError(f"the state of the study is unknown, as Snakemake cannot plan it: {said.strip()}")
    columns = [row.split("\t") for row in rows if row.count("\t") > 4]
    return frozenset(words[0] for words in columns if words[-1] == "update pending")
