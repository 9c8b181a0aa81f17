"""Command line of adrepro: cohort sheets, preprocessing, simulation, prediction and tools around the workflow."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from adrepro.cohort.tables.clinical_presets import CLINICAL, PRESETS
from adrepro.core.errors import UserError, describe_os_error
from adrepro.core.tables import write_table

if TYPE_CHECKING:  # modules of one command are imported when it runs, so that the others start fast
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ENTITIES = ("acq", "rec", "run")  # of BIDS file names, that choose between scans of a session
FILTER = "only images with this entity in their names, such as acq=mprage; repeat for more"


def add_cohort_parser(commands: "Commands") -> None:
    """Add `adrepro cohort` to the commands."""
    parser = commands.add_parser("cohort", help="make the cohort sheet of one or more BIDS datasets")
    add = parser.add_argument
    add("--bids", action="append", required=True, help="a BIDS dataset; repeat for more")
    add("--dataset", action="append", help="its name, once for each --bids (default: name of the folder)")
    add("--external", action="append", default=[], metavar="NAME", help="a dataset for external testing only")
    add("--prefix", action="append", help="prefix of its participant ids, once for each --bids")
    add("--out", type=Path, required=True, help="the sheet to write")
    presets = "columns and rules of a study, for all or each --bids"
    add("--preset", action="append", default=[], choices=PRESETS, help=presets)
    table = "a clinical table, such as ADNI=DXSUM.csv, joined by id and visit; repeat for more"
    add("--table", action="append", default=[], metavar="[NAME=]FILE", help=table)
    prefer = (
        "which counts where they disagree on a visit or a constant value: tables of the datasets (default), or --table"
    )
    add("--prefer", choices=("dataset", "table"), default="dataset", help=prefer)
    add("--keep", action="append", default=[], metavar="COLUMN", help="a further column for the sheet")
    add("--filter", action="append", default=[], metavar="ENTITY=VALUE", help=FILTER)
    constant = "a value that holds at every visit though a table gives it once for a participant, such as diagnosis"
    add("--constant", action="append", default=[], metavar="NAME", help=constant)
    add("--columns", type=Path, help="YAML that maps diagnosis, age, sex, mmse, cdr to columns")
    for name in CLINICAL:
        add(f"--{name}", metavar="COLUMN", help=f"the column with {name}")
    parser.set_defaults(run=_cohort)


def _cohort(arguments: argparse.Namespace) -> None:
    from adrepro.cohort.bids.build_sheet import make_sheet
    from adrepro.cohort.bids.dataset_list import list_datasets, read_columns

    given = arguments
    if given.columns and given.columns.resolve() == given.out.resolve():
        raise UserError(f"--out {given.out} is the file of --columns; choose another name")
    mapping = read_columns(given.columns) if given.columns else {}
    mapping |= {name: value for name in CLINICAL if (value := getattr(given, name))}
    datasets = list_datasets(
        given.bids, given.dataset, given.prefix, given.preset, given.external, given.table, given.filter
    )
    print(make_sheet(datasets, given.out, mapping, given.keep, given.prefer == "table", given.constant))


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


def add_predict_parser(commands: "Commands") -> None:
    """Add `adrepro predict` to the commands."""
    parser = commands.add_parser("predict", help="apply an exported model to new scans, for research")
    add = parser.add_argument
    add("--model", type=Path, required=True, help="a folder that `snakemake models` wrote")
    add("--bids", type=Path, help="a BIDS dataset with the scans")
    add("--sheet", type=Path, help="or a cohort sheet")
    add("--filter", action="append", default=[], metavar="ENTITY=VALUE", help=FILTER)
    add("--out", type=Path, required=True, help="folder for all files of the prediction")
    add("--device", choices=["auto", "cpu", "cuda"], default="auto", help="device of networks (default: auto)")
    add("--cores", type=int, default=2, help="cores for preprocessing (default: 2)")
    parser.set_defaults(run=_predict)


def _predict(arguments: argparse.Namespace) -> None:
    from adrepro.cohort.bids.dataset_list import read_filters
    from adrepro.inference.predict import predict

    if (arguments.bids is None) == (arguments.sheet is None):
        raise UserError("adrepro predict: give --bids DATASET or --sheet COHORT.tsv")
    given, entities = arguments, read_filters(arguments.filter)
    print(predict(given.model, given.bids, given.sheet, given.out, given.device, given.cores, entities))


def add_preprocess_parser(commands: "Commands") -> None:
    """Add `adrepro preprocess` to the commands."""
    parser = commands.add_parser("preprocess", help="maps and regional volumes of a BIDS dataset, as BIDS derivatives")
    add = parser.add_argument
    level = "participant"
    add("level", nargs="?", choices=[level], default=level, metavar=level, help="the level of analysis of BIDS apps")
    add("--bids", type=Path, required=True, help="a BIDS dataset")
    add("--out", type=Path, required=True, help="folder for the derivatives")
    add("--work", type=Path, help="folder for logs and reports (default: that of --out with _work)")
    labels = "labels of {}s with or without {}-; all by default"
    for name, prefix in (("participant", "sub"), ("session", "ses")):
        flags = (f"--{name}-label", f"--{name}_label")
        add(*flags, nargs="+", default=[], metavar="LABEL", help=labels.format(name, prefix))
    for entity in ENTITIES:
        add(
            f"--{entity}", dest=f"bids_{entity}", metavar="LABEL", help=f"only scans with {entity}-LABEL in their names"
        )
    add("--config", type=Path, action="append", default=[], help="configuration on top of that for real scans")
    add("--resolution-mm", type=float, default=1.5, help="voxel size of maps in template space (default: 1.5)")
    add("--cores", type=int, default=2, help="cores to use (default: 2)")
    parser.set_defaults(run=_preprocess)


def _preprocess(arguments: argparse.Namespace) -> None:
    from adrepro.inference.preprocess import preprocess

    given, out = arguments, arguments.out.resolve()
    work = given.work or out.parent / f"{out.name}_work"
    participants = [label for label in given.participant_label if label != "participant"]  # the level, named last
    entities = {name: value for name in ENTITIES if (value := getattr(given, f"bids_{name}"))}
    chosen = (participants, given.session_label, entities)
    print(preprocess(given.bids, out, work, *chosen, given.config, given.resolution_mm, given.cores))


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
