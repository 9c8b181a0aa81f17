"""The `adrepro` command: what a person runs before the workflow."""

import argparse
import os
import sys
from pathlib import Path

import yaml

from adrepro.cohort.clinical_presets import CLINICAL, PRESETS
from adrepro.core.errors import UserError, in_words, raise_all
from adrepro.core.files import write_table


def _cohort(arguments: argparse.Namespace) -> None:
    from adrepro.cohort.build_sheet import Dataset, make_sheet

    mapping = {}
    if arguments.columns:
        mapping = yaml.safe_load(arguments.columns.read_text(encoding="utf-8")) or {}
        known = f"expected lines such as `diagnosis: group`, for {', '.join(CLINICAL)}"
        if (
            not isinstance(mapping, dict)
            or not set(mapping) <= set(CLINICAL)
            or not all(isinstance(column, str) for column in mapping.values())
        ):
            raise UserError(f"{arguments.columns}: {known}")
    mapping |= {name: value for name in CLINICAL if (value := getattr(arguments, name))}
    folders = [Path(folder) for folder in arguments.bids]
    datasets = arguments.dataset or [Path(os.path.realpath(folder)).name for folder in folders]
    prefixes = arguments.prefix or [""] * len(folders)
    presets = (
        arguments.preset if len(arguments.preset) > 1 else arguments.preset * len(folders) or ["generic"] * len(folders)
    )
    raise_all(
        (
            f"{len(values)} {flag} for {len(folders)} --bids; give one for each, in order"
            for flag, values in (("--dataset", datasets), ("--prefix", prefixes), ("--preset", presets))
            if len(values) != len(folders)
        ),
        "adrepro cohort",
    )
    raise_all(
        (f"--external {e} is none of {', '.join(datasets)}" for e in arguments.external if e not in datasets),
        "adrepro cohort",
    )
    every = [
        Dataset(folder, name, "external" if name in arguments.external else "study", PRESETS[preset], prefix)
        for folder, name, preset, prefix in zip(folders, datasets, presets, prefixes, strict=True)
    ]
    print(make_sheet(every, arguments.out, mapping, arguments.table, arguments.keep))


def _fetch(arguments: argparse.Namespace) -> None:
    from adrepro.cohort.fetch_oasis import fetch_oasis

    print(fetch_oasis(arguments.out, arguments.dartel, arguments.participants, arguments.mirror))


def _predict(arguments: argparse.Namespace) -> None:
    from adrepro.inference.predict import predict

    if (arguments.bids is None) == (arguments.sheet is None):
        raise UserError("adrepro predict: give --bids DATASET or --sheet COHORT.tsv")
    print(predict(arguments.model, arguments.bids, arguments.sheet, arguments.out, arguments.device, arguments.cores))


def _compare_runs(arguments: argparse.Namespace) -> None:
    from adrepro.report.compare_runs import compare_runs

    print(compare_runs(arguments.run_a, arguments.run_b, arguments.out))


def _simulate(arguments: argparse.Namespace) -> None:
    import pandas as pd

    from adrepro.config.validation import load_settings
    from adrepro.simulation.participants import simulated_sheet

    config = load_settings([Path("config/config.yaml"), *arguments.config])
    images = Path(os.path.relpath("resources/simulated", arguments.sheet.parent))
    write_table(arguments.sheet, simulated_sheet(config["simulate"], config["seed"], images))
    write_table(
        arguments.sheet.parent / "cohort_excluded.tsv", pd.DataFrame(columns=["participant_id", "session_id", "reason"])
    )
    print(arguments.sheet)


def main() -> None:
    """Entry point; a user's mistake ends in one message and exit code 1."""
    parser = argparse.ArgumentParser(prog="adrepro", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    cohort = commands.add_parser("cohort", help="make the cohort sheet of one or more BIDS datasets")
    cohort.add_argument("--bids", action="append", required=True, help="a BIDS dataset; repeat for more")
    cohort.add_argument("--dataset", action="append", help="its name, once for each --bids (default: the folder's)")
    cohort.add_argument("--external", action="append", default=[], metavar="NAME", help="a dataset for testing only")
    cohort.add_argument("--prefix", action="append", help="put before the ids, once for each --bids")
    cohort.add_argument("--out", type=Path, required=True, help="the sheet to write")
    cohort.add_argument(
        "--preset",
        action="append",
        default=[],
        choices=PRESETS,
        help="columns and rules of a study, for all or each --bids",
    )
    cohort.add_argument(
        "--table", type=Path, help="one more clinical table, such as ADNIMERGE.csv, joined by id and visit"
    )
    cohort.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="a further column for the sheet")
    cohort.add_argument("--columns", type=Path, help="YAML that maps diagnosis, age, sex, mmse, cdr to columns")
    for name in CLINICAL:
        cohort.add_argument(f"--{name}", metavar="COLUMN", help=f"the column that holds {name}")
    cohort.set_defaults(run=_cohort)
    fetch = commands.add_parser("fetch", help="download a public dataset and write its cohort sheet")
    fetch.add_argument("what", choices=["oasis-vbm"], help="grey-matter maps of OASIS-1, 415 people, by nilearn")
    fetch.add_argument(
        "--out", type=Path, required=True, help="the folder for maps and sheet; used again if it has them"
    )
    fetch.add_argument("--dartel", action="store_true", help="normalised to a template of the participants themselves")
    fetch.add_argument("--participants", type=int, help="only the first so many, for a trial")
    fetch.add_argument("--mirror", metavar="URL", help="a folder with the same files, in place of NITRC's")
    fetch.set_defaults(run=_fetch)
    predict = commands.add_parser("predict", help="apply an exported network to new scans, for research")
    predict.add_argument("--model", type=Path, required=True, help="a folder that `snakemake models` wrote")
    predict.add_argument("--bids", type=Path, help="a BIDS dataset with the scans")
    predict.add_argument("--sheet", type=Path, help="or a cohort sheet")
    predict.add_argument("--out", type=Path, required=True, help="the folder for everything that is made")
    predict.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    predict.add_argument("--cores", type=int, default=2)
    predict.set_defaults(run=_predict)
    runs = commands.add_parser("compare-runs", help="two finished studies side by side, as one page")
    runs.add_argument("run_a", type=Path, help="the folder of a run (Snakemake's --directory)")
    runs.add_argument("run_b", type=Path, help="that of another")
    runs.add_argument("--out", type=Path, default=Path("reports/runs.html"), help="the page to write")
    runs.set_defaults(run=_compare_runs)
    simulate = commands.add_parser("simulate", help="write the sheet of the simulated cohort, without images")
    simulate.add_argument("--sheet", type=Path, required=True, help="the sheet to write")
    simulate.add_argument("--config", type=Path, action="append", default=[], help="on top of config/config.yaml")
    simulate.set_defaults(run=_simulate)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except UserError as error:
        sys.exit(f"adrepro: {error}")
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        sys.exit(f"adrepro: {in_words(error)}")
