"""The command `adrepro cohort`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from adrepro.cohort.tables.clinical_presets import CLINICAL, PRESETS
from adrepro.core.errors import UserError

if TYPE_CHECKING:  # modules of one command are imported when it runs, so that the others start fast
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

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
