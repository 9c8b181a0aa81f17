"""Commands on new scans: `adrepro predict` and `adrepro preprocess`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from adrepro.cohort.commands import FILTER
from adrepro.core.errors import UserError

if TYPE_CHECKING:  # modules of one command are imported when it runs, so that the others start fast
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ENTITIES = ("acq", "rec", "run")  # of BIDS file names, that choose between scans of a session


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
