"""Outputs that are up to date under the current configuration, as Snakemake plans."""

import subprocess
from pathlib import Path

from adrepro.core.errors import UserError

HEADER = "output_file\tdate\trule\t"


def current_outputs(command: list[str], folder: Path) -> frozenset[str]:
    """Return the outputs that exist and are not outdated by a change of settings, inputs or code.

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
    return frozenset(words[0] for words in columns if words[-1] == "no update")
