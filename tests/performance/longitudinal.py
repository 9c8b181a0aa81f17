"""Change between visits, in halfway space and by visits on their own.

`python tests/performance/longitudinal.py [--people 4]`

Each simulated person is scanned twice at month 0 and twice at month 24, after atrophy of the medial temporal lobe and
growth of the ventricles, at 1.5 mm with the contrast, bias field, noise and poses of `config/study/truth.yaml`. Scans
go through align, segment and normalize; pairs of scans through `within_person` and `visit_volumes`. Of pairs of one
month it prints the mean absolute difference over regions of at least 0.5 ml (retest), of pairs of both months the
correlation and the standard deviation of the error of regional changes, and the change of hippocampi and lateral
ventricles beside the truth, in percent. The last line is JSON.
"""

import argparse
import contextlib
import io
import json
import tempfile
from itertools import product
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from preprocessing import REPOSITORY, real_settings, run_steps

from adrepro.config.loading import load_settings
from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE, DEFAULT_ATLAS
from adrepro.config.settings.longitudinal import LongitudinalSettings
from adrepro.core.tables import read_table
from adrepro.imaging.grids import Grid, shape_of
from adrepro.imaging.spatial_transform import load_transform
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.longitudinal.visit_volumes import visit_volumes
from adrepro.preprocessing.longitudinal.within_person import within_person
from adrepro.preprocessing.reference.atlas import atlas
from adrepro.preprocessing.reference.template import template
from adrepro.preprocessing.regional_measures import label_image, tissue_in_regions
from adrepro.simulation.anatomy import GRAY, TISSUES, make_head
from adrepro.simulation.deformation import Deformation, atrophy_velocity, integrate, random_velocity
from adrepro.simulation.scanner import acquire

RESOLUTION_MM, MIN_ML = 2.0, 0.5
LOSS = 0.08  # of the log-volume of the medial temporal lobe between the visits; ventricles grow by twice as much
PAIRS = {"same": (("0a", "0b"), ("24a", "24b")), "change": (("0a", "24a"), ("0b", "24b"))}
HIPPOCAMPI, VENTRICLES = "hippocampus", "lateral ventricle"


def simulate(folder: Path, person: int) -> dict[str, Deformation]:
    """Write four scans of a person, and return the deformation to the template at each month."""
    overlays = [REPOSITORY / "config" / name for name in ("config.yaml", "study/truth.yaml")]
    settings = load_settings(overlays).simulate
    rng = np.random.default_rng([person, 0])
    velocity = random_velocity(rng, settings.deformation_sd_mm, settings.deformation_smoothness_mm)
    scale = np.exp(rng.normal(0, settings.head_size_sd) + rng.normal(0, 0.01, 3))
    before, scanner = float(rng.uniform(0, 0.3)), settings.scanners[person % len(settings.scanners)]
    found = {}
    for month, loss in (("0", before), ("24", before + LOSS)):
        found[month] = integrate(velocity + atrophy_velocity(log_contraction=loss, log_expansion=2 * loss))
        for number, repeat in enumerate("ab"):
            image, _, _ = acquire(found[month], scale, scanner, np.random.default_rng([person, int(month), number]))
            (folder / f"{month}{repeat}").mkdir()
            nib.save(image, folder / f"{month}{repeat}" / "scan.nii.gz")
    return found


def true_volumes(deformation: Deformation, labels: Volume, table: pd.DataFrame) -> np.ndarray:
    """Return the true volume of each region, up to the size of the head, on a grid of 1 mm of the participant."""
    head = make_head()
    affine = head.tissue.affine
    grid = Grid(shape_of(head.tissue.data.shape), affine)
    points = deformation(grid.points())
    tissue, region = head.tissue.at(points, order=0), labels.at(points, order=0).astype(int)
    gray, csf = (
        np.bincount(region.ravel(), inside.ravel(), minlength=len(table) + 1)[1:] * grid.voxel_ml
        for inside in (np.isin(tissue, GRAY).astype(float), (tissue == TISSUES.index("CSF") + 1).astype(float))
    )
    return np.where(table["tissue"] == "GM", gray, csf)


def alone(folder: Path, labels: Volume, table: pd.DataFrame) -> np.ndarray:
    """Return the regional volumes of a scan on its own."""
    maps = {name: load(folder / f"{name}.nii.gz") for name in ("GM", "CSF")}
    inside = (maps["GM"].data > 0) | (maps["CSF"].data > 0)
    transform = load_transform(*(folder / name for name in ("affine.json", "warp.nii.gz", "inverse.nii.gz")))
    points = transform.to_template(maps["GM"].grid.points()[:, inside])
    return tissue_in_regions(label_image(labels, points, inside), maps, table)


def together(pair: tuple[str, str], folder: Path, reference: Path) -> list[np.ndarray]:
    """Return the regional volumes of two scans in their halfway space."""
    settings, out = real_settings(), folder / "_".join(pair)
    out.mkdir()
    inputs = [[folder / scan / f"{name}.nii.gz" for scan in pair] for name in ("corrected", "GM", "WM", "CSF")]
    names = ("GM.nii.gz", "WM.nii.gz", "CSF.nii.gz", "affine.json", "warp.nii.gz", "inverse.nii.gz", "change.nii.gz")
    gm, wm, csf, affine, warp, inverse, change = (out / name for name in names)
    within_person(
        list(pair), *inputs, [folder / scan / "affine.json" for scan in pair], reference / "working", gm, wm, csf,
        affine, warp, inverse, change, out / "record.json", out / "figure.jpg", LongitudinalSettings(),
        settings.registration, "cpu", settings.seed,
    )  # fmt: skip
    found = [reference / f"atlas.{ending}" for ending in ("nii.gz", "tsv")]
    visit_volumes(gm, csf, affine, warp, inverse, change, out / "record.json", *found, out / "volumes.tsv")
    rows = read_table(out / "volumes.tsv", numbers=("volume_ml",))
    return [rows.loc[rows["scan"] == scan, "volume_ml"].to_numpy() for scan in pair]


def compare(rows: pd.DataFrame, table: pd.DataFrame) -> dict[str, float]:
    """Return retest, and agreement of changes with the truth, of one method."""
    named = {key: table["name"].str.contains(key).to_numpy() for key in (HIPPOCAMPI, VENTRICLES)}
    large = (np.stack(rows["ml"].to_list()).min(axis=0) > MIN_ML) & (table["tissue"] == "GM").to_numpy()
    same, change = (rows[rows["kind"] == kind] for kind in PAIRS)
    noise = np.abs(np.stack(same["found"].to_list()))
    found, true = (np.stack(change[column].to_list()) for column in ("found", "true"))
    summary = {"retest": noise[:, large].mean(), "retest_hippocampus": noise[:, named[HIPPOCAMPI]].mean()}
    summary["change_r"] = np.corrcoef(found[:, large].ravel(), true[:, large].ravel())[0, 1]
    summary["change_error_sd"] = (found - true)[:, large].std()
    for key, where in named.items():
        word = key.replace(" ", "_")
        summary |= {word: found[:, where].mean(), f"{word}_true": true[:, where].mean()}
        summary[f"{word}_error_sd"] = (found - true)[:, where].std()
    return {key: round(float(value), 3) for key, value in summary.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=4)
    people, settings, rows = parser.parse_args().people, real_settings(), []
    with tempfile.TemporaryDirectory() as made, np.errstate(invalid="ignore", divide="ignore"):
        home = Path(made)
        template(home, home / "space.json", RESOLUTION_MM, RESOLUTION_MM, BUILT_IN_TEMPLATE, BUILT_IN_SPACE, [])
        names = [home / f"atlas.{ending}" for ending in ("nii.gz", "tsv", "json")]
        atlas(home / "fine", *names, DEFAULT_ATLAS, BUILT_IN_SPACE, BUILT_IN_SPACE, [])
        labels, table = load(names[0]), read_table(names[1])
        for person in range(people):
            folder = home / f"sub-{person}"
            folder.mkdir()
            truth = {month: true_volumes(d, labels, table) for month, d in simulate(folder, person).items()}
            with contextlib.redirect_stdout(io.StringIO()):
                for month, repeat in product(("0", "24"), "ab"):
                    scan = folder / f"{month}{repeat}"
                    run_steps(scan / "scan.nii.gz", scan, home / "working", settings, RESOLUTION_MM)
                for kind, pair in ((kind, pair) for kind, pairs in PAIRS.items() for pair in pairs):
                    true = 100 * np.log(truth[pair[1][:-1]] / truth[pair[0][:-1]])
                    for method, (first, last) in (
                        ("alone", [alone(folder / scan, labels, table) for scan in pair]),
                        ("together", together(pair, folder, home)),
                    ):
                        found = 100 * np.log(last / first)
                        rows.append({"method": method, "kind": kind, "ml": first, "found": found, "true": true})
            print(f"person {person} done", flush=True)
    table_of_rows = pd.DataFrame(rows)
    summary = {method: compare(own, table) for method, own in table_of_rows.groupby("method")}
    for method, values in summary.items():
        print(f"{method:9}", ", ".join(f"{key} {value:.2f}" for key, value in values.items()))
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
