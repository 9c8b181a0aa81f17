"""Label images and region names of external atlases, and their resampling to the template."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.user_tables import read_rows
from adrepro.imaging.volumes import Volume

MIN_COVERED = 0.1  # fraction of the template's gray matter that an atlas must label
MAX_OUTSIDE = 0.3  # fraction of the labels that may lie outside of the template's brain
ONE_SIDED = 0.1  # coverage of one hemisphere relative to the other
INDEX, MAX_LABEL = re.compile("[0-9]{1,7}"), 9_999_999


def integer_labels(volume: Volume, name: str) -> Volume:
    """Return a label image as integers.

    Parameters
    ----------
    volume : Volume
        Label image.
    name : str
        File or atlas name for errors.

    Returns
    -------
    Volume
        int32 labels on the same grid.

    Raises
    ------
    UserError
        If the image is not three-dimensional or has values other than integers from 0.
    """
    labels = np.rint(volume.data)
    if (
        volume.data.ndim != 3
        or not np.isfinite(labels).all()
        or labels.max() > MAX_LABEL
        or np.abs(labels - volume.data).max() > 1e-3
        or labels.max() < 1
        or labels.min() < 0
    ):
        raise UserError(f"{name}: expected a three-dimensional image of integer labels from 0; provide a label image")
    return volume.like(labels.astype(np.int32))


def read_names(table: Path | None, labels: Volume) -> pd.DataFrame:
    """Read the names of the regions of an atlas.

    Parameters
    ----------
    table : Path or None
        TSV with the columns `index name`. Without it, regions are named `region_<label>`.
    labels : Volume
        Label image.

    Returns
    -------
    DataFrame
        Columns `index name`, in the order of the table, without label 0.

    Raises
    ------
    UserError
        If the table is unreadable, ambiguous, or lacks labels of the image.
    """
    present = set(np.unique(labels.data).tolist()) - {0}
    if table is None:
        digits = len(str(max(present)))
        return pd.DataFrame([(k, f"region_{k:0{digits}d}") for k in sorted(present)], columns=["index", "name"])
    header, lines = read_rows(table)
    rows = pd.DataFrame(lines, columns=header)
    missing = [column for column in ("index", "name") if column not in rows]
    if missing:
        raise UserError(f"{table.name}: no column {', '.join(missing)}; expected tab-separated index and name")
    problems = [
        f"index {value!r} is not an integer from 0 to 9999999" for value in rows["index"] if not INDEX.fullmatch(value)
    ]
    problems += [f"index {value} appears twice" for value in sorted(set(rows["index"][rows["index"].duplicated()]))]
    problems += [f"index {value}: has no name" for value in rows["index"][rows["name"] == ""]]
    problems += [f"name {value!r} appears twice" for value in sorted(set(rows["name"][rows["name"].duplicated()]))]
    raise_if_any(problems, table.name)
    rows = rows.assign(index=rows["index"].astype(int))
    unnamed = sorted(present - set(rows["index"]))
    if unnamed:
        raise UserError(f"{table.name}: the image also has the labels {', '.join(map(str, unnamed[:10]))}; name them")
    return rows.loc[rows["index"] > 0, ["index", "name"]]


def to_template_grid(
    labels: Volume, names: pd.DataFrame, gray_matter: Volume, brain: Volume, source: str
) -> tuple[Volume, pd.DataFrame]:
    """Resample an atlas to the grid of the template, by nearest neighbor in world coordinates.

    Parameters
    ----------
    labels : Volume
        int32 labels, template space.
    names : DataFrame
        Columns `index name`.
    gray_matter : Volume
        Gray-matter probability of the template, 0 to 1.
    brain : Volume
        Brain mask of the template, on the same grid.
    source : str
        File or atlas name for errors.

    Returns
    -------
    labels : Volume
        Regions numbered 1, 2, ... in the order of `names`, int16, on the grid of `gray_matter`. The last region,
        `unassigned`, is gray matter without a label.
    table : DataFrame
        Columns `index name label`; `label` is that of the original atlas.

    Raises
    ------
    UserError
        If the atlas labels less than 10 % of the template's gray matter, or lies outside of its brain by more than
        30 %, as an atlas in another space does.
    """
    number = np.zeros(max(int(labels.data.max()), int(names["index"].max())) + 1, dtype=np.int16)
    number[names["index"]] = np.arange(1, len(names) + 1)
    found = labels.like(number[labels.data]).on(gray_matter.grid, order=0).data
    gray = gray_matter.data > 0.5
    covered = float((found[gray] > 0).mean())
    if covered < MIN_COVERED:
        raise UserError(
            f"{source}: labels {covered:.0%} of the template's gray matter; provide an atlas in MNI millimeters"
        )
    outside = float((brain.data[found > 0] < 0.5).mean())
    if outside > MAX_OUTSIDE:
        raise UserError(
            f"{source}: {outside:.0%} of its labels lie outside of the template's brain; provide an atlas in MNI "
            "millimeters"
        )
    found = np.where(gray & (found == 0), len(names) + 1, found).astype(np.int16)
    table = pd.DataFrame({"index": range(1, len(names) + 1), "name": names["name"], "label": names["index"]})
    rest = pd.DataFrame([{"index": len(names) + 1, "name": "unassigned", "label": 0}])
    print(f"{source}: {len(names)} regions, {covered:.0%} of the template's gray matter")
    return gray_matter.like(found), pd.concat([table, rest], ignore_index=True)


def hemisphere_note(labels: Volume, gray_matter: Volume, unassigned: int) -> str:
    """Return a sentence about an atlas that labels one hemisphere alone, or an empty string.

    Parameters
    ----------
    labels : Volume
        Regions on the grid of `gray_matter`.
    gray_matter : Volume
        Gray-matter probability of the template, 0 to 1.
    unassigned : int
        Label of gray matter without a region.
    """
    gray, x = gray_matter.data > 0.5, gray_matter.grid.points()[0]
    known = (labels.data > 0) & (labels.data != unassigned)
    left, right = (float(known[gray & side].mean()) for side in (x < 0, x > 0))
    if min(left, right) > ONE_SIDED * max(left, right):
        return ""
    return f"It labels the {'left' if left > right else 'right'} hemisphere alone."
