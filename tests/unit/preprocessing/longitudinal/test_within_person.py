import numpy as np
import pytest

from adrepro.config.settings.longitudinal import LongitudinalSettings
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.imaging.spatial_transform import save_affine
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.longitudinal.visit_volumes import visit_volumes
from adrepro.preprocessing.longitudinal.within_person import reason, within_person

SHRINK = 0.06  # of each axis around the left hippocampus
OUT = ("gm", "wm", "csf", "warp", "inverse", "jacobians")


@pytest.fixture(scope="module")
def shrunk(maps):
    """Field of a visit with a smaller left hemisphere."""
    points = maps["GM"].grid.points()
    center = np.array([-35.0, -20, 0]).reshape(3, 1, 1, 1)
    near = np.exp(-((points - center) ** 2).sum(axis=0) / (2 * 30**2))
    return ((points - center) * near * SHRINK).astype(np.float32)


def run(folder, visits, reference, settings):
    inputs = {name: [] for name in ("T1w", "GM", "WM", "CSF", "affine")}
    for visit in visits:
        for name, volume in {"T1w": visit.image(4), **visit.tissues}.items():
            inputs[name].append(folder / f"{visit.name}_{name}.nii.gz")
            save(inputs[name][-1], volume)
        inputs["affine"].append(folder / f"{visit.name}.json")
        save_affine(inputs["affine"][-1], visit.affine)
    made = {name: folder / f"{name}.nii.gz" for name in OUT}
    within_person(
        [visit.name for visit in visits], inputs["T1w"], inputs["GM"], inputs["WM"], inputs["CSF"], inputs["affine"],
        reference, made["gm"], made["wm"], made["csf"], folder / "affine.json", made["warp"], made["inverse"],
        made["jacobians"], folder / "record.json", folder / "figure.jpg", LongitudinalSettings(voxel_mm=4),
        settings.registration, "cpu", 1,
    )  # fmt: skip
    visit_volumes(
        made["gm"], made["csf"], folder / "affine.json", made["warp"], made["inverse"], made["jacobians"],
        folder / "record.json", reference / "atlas.nii.gz", reference / "atlas.tsv", folder / "volumes.tsv",
    )  # fmt: skip
    table = read_table(folder / "volumes.tsv", numbers=("volume_ml",)).pivot(
        index="name", columns="scan", values="volume_ml"
    )
    return table, read_json(folder / "record.json")


def test_change_of_one_side_is_found_whatever_the_pose(maps, visit, poses, shrunk, reference, settings, tmp_path):
    visits = [visit("a", poses[0]), visit("b", poses[1], shrunk)]
    table, record = run(tmp_path, visits, reference, settings)
    labels, points = load(reference / "atlas.nii.gz"), maps["GM"].grid.points()
    found = np.log(table["b"] / table["a"])
    for number, side in enumerate(("left", "right"), start=1):
        a, b = (
            one.tissues["GM"].data[labels.at(points + field, order=0) == number].sum()
            for one, field in zip(visits, (0, shrunk), strict=True)
        )
        assert found[side] == pytest.approx(np.log(b / a), rel=0.3, abs=0.009)
    assert found["left"] < -0.015
    assert list(record["visits"]) == ["a", "b"] and record["left_out"] == {}
    assert load(tmp_path / "jacobians.nii.gz").data.shape[-1] == 2
    assert (tmp_path / "figure.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_the_reason_of_a_visit_that_agrees_is_the_lack_of_a_majority():
    assert "no head is shown by more than half" in reason(0.9, 0.75)
    assert "is 0.60, expected 0.75 or more" in reason(0.6, 0.75)


def test_two_scans_of_one_state_do_not_differ(visit, poses, reference, settings, tmp_path):
    table, _ = run(tmp_path, [visit("a", poses[0]), visit("b", poses[1])], reference, settings)
    assert np.abs(np.log(table["b"] / table["a"])).max() < 0.01


def test_a_stranger_is_left_out_in_words_and_a_single_visit_remains(
    visit, poses, stranger, reference, settings, tmp_path
):
    table, record = run(tmp_path, [visit("a", poses[0]), visit("b", poses[1], stranger)], reference, settings)
    assert list(record["visits"]) == ["a"] and list(table.columns) == ["a"]
    assert "may show someone else; compare their QC figures" in record["left_out"]["b"]
