"""Regional volumes of the visits of one person, by the regions of their mean and the change of each visit from it."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core import step
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table
from adrepro.imaging.spatial_transform import load_transform
from adrepro.imaging.volumes import load
from adrepro.preprocessing.regional_measures import label_image, tissue_in_regions


def visit_volumes(
    gm: Path,
    csf: Path,
    affine: Path,
    warp: Path,
    inverse_warp: Path,
    jacobians: Path,
    record: Path,
    atlas: Path,
    atlas_table: Path,
    volumes: Path,
) -> None:
    """Write the volume of every region at each visit.

    The tissue of the mean times the Jacobian determinant of a visit, summed over a region: borders of tissues and
    regions are the same at all visits, and the noise of their segmentation is not in the differences.

    Parameters
    ----------
    gm, csf : Path
        Mean tissue maps, halfway space (input).
    affine : Path
        JSON with the affine from template to halfway space (input).
    warp, inverse_warp : Path
        Displacement fields in mm, template space (input).
    jacobians : Path
        Volume of each visit per volume of the mean, halfway space, (X, Y, Z, visits) (input).
    record : Path
        JSON with the `visits` in the order of `jacobians` (input).
    atlas, atlas_table : Path
        Atlas labels, template space, and their TSV with the columns `name` and `tissue` (input).
    volumes : Path
        TSV to write: `scan index name volume_ml`, of gray matter or of CSF in ventricles (output).
    """
    maps = {"GM": load(gm), "CSF": load(csf)}
    table, changes = read_table(atlas_table), load(jacobians).data
    inside = (maps["GM"].data > 0) | (maps["CSF"].data > 0)
    points = load_transform(affine, warp, inverse_warp).to_template(maps["GM"].grid.points()[:, inside])
    labels = label_image(load(atlas), points, inside)
    rows = []
    for number, scan in enumerate(read_json(record)["visits"]):
        own = {name: volume.like(volume.data * changes[..., number]) for name, volume in maps.items()}
        ml = np.round(tissue_in_regions(labels, own, table), 5)
        index = range(1, len(table) + 1)
        rows.append(pd.DataFrame({"scan": scan, "index": index, "name": table["name"], "volume_ml": ml}))
    write_table(volumes, pd.concat(rows))


if __name__ == "__main__":
    step.run(visit_volumes)
