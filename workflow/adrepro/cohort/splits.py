"""Partitions and folds of all participants of a study, in one table."""

from pathlib import Path

import pandas as pd

from adrepro.core import step
from adrepro.core.tables import read_table, write_table


def splits(drawn: list[Path], out: Path) -> None:
    """Write the partition and fold of every participant.

    Parameters
    ----------
    drawn : list of Path
        TSVs `participant_id dataset label partition fold`, from the step `draw_splits` (input).
    out : Path
        TSV to write, with the same columns, sorted by participant.
    """
    table = pd.concat([read_table(path) for path in drawn])
    write_table(out, table.sort_values("participant_id", ignore_index=True))


if __name__ == "__main__":
    step.run(splits)
