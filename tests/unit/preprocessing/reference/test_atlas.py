import numpy as np

from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.reference.atlas import atlas


def test_a_users_atlas_lands_on_the_template_by_world_coordinates(tmp_path, gray, brain, halves):
    save(tmp_path / "GM.nii.gz", gray)
    save(tmp_path / "mask.nii.gz", brain)
    out = [tmp_path / f"out{end}" for end in (".nii.gz", ".tsv", ".json")]
    atlas(tmp_path, *out, "halves", "S", "MNI152NLin6Asym", list(halves))
    found, table = load(out[0]), read_table(out[1])
    assert table["name"].tolist() == ["left", "right", "unassigned"]
    x, inside = found.grid.points()[0], found.data > 0
    assert set(np.unique(found.data[inside & (x < -4)])) == {1} and set(np.unique(found.data[inside & (x > 4)])) == {2}
    assert read_json(out[2])["space"] == "MNI152NLin6Asym" and read_json(out[2])["note"] == ""


def test_the_anatomical_atlas_has_ventricles_and_names_its_source(tmp_path, maps):
    for name, volume in maps.items():
        save(tmp_path / f"{name}.nii.gz", volume)
    out = [tmp_path / f"out{end}" for end in (".nii.gz", ".tsv", ".json")]
    atlas(tmp_path, *out, "desikan-killiany", "S", "S", [])
    table, origin = read_table(out[1]).set_index("name"), read_json(out[2])
    assert table["tissue"]["Left lateral ventricle"] == "CSF" and table["tissue"]["Right hippocampus"] == "GM"
    assert origin["license"].startswith("BSD-3") and origin["regions"] == len(table) - 1


def test_the_atlas_of_seeds_names_its_source(tmp_path, gray, brain):
    save(tmp_path / "GM.nii.gz", gray)
    save(tmp_path / "mask.nii.gz", brain)
    out = [tmp_path / f"out{end}" for end in (".nii.gz", ".tsv", ".json")]
    atlas(tmp_path, *out, "seeds", "S", "S", [])
    table, origin = read_table(out[1]), read_json(out[2])
    assert table["name"].iloc[-1] == "unassigned" and origin["regions"] == len(table) - 1
    assert origin["name"] == "seeds" and origin["space"] == "S" and "Seitzman" in origin["citation"]
