"""Run the workflow of the package on a cohort sheet, by Snakemake."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from adrepro.core.errors import UserError

REPOSITORY = Path(__file__).parents[3]


def run_workflow(targets: list[str], sheet: Path, folder: Path, configurations: list[Path], cores: int) -> None:
    """Run Snakemake for some targets on the scans of a cohort sheet.

    Parameters
    ----------
    targets : list of str
        Rules, or files relative to `folder`.
    sheet : Path
        Cohort sheet of the scans.
    folder : Path
        Folder in which Snakemake runs.
    configurations : list of Path
        Configuration files on top of `config/config.yaml`.
    cores : int
        Cores to use.

    Raises
    ------
    UserError
        If the workflow is not installed, or fails.
    """
    words = [sys.executable, "-m", "snakemake", *targets, "--snakefile", REPOSITORY / "Snakefile"]
    words += ["--directory", folder, "--cores", cores, "--keep-going", "--rerun-incomplete"]
    words += ["--configfile", *(path.absolute() for path in configurations)]
    words += ["--config", f"cohort={sheet.absolute()}", "allow_exclusions=true"]
    if find_spec("snakemake") is None or not (REPOSITORY / "Snakefile").is_file():
        raise UserError("the workflow is not beside the package; install from a clone with `make` or pip install -e .")
    if subprocess.run(list(map(str, words))).returncode:
        raise UserError(f"preprocessing failed; see the messages above and the logs in {folder / 'logs'}")
