import numpy as np
import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.reference.atlas_sources import hemisphere_note, integer_labels, read_names, to_template_grid


def test_gray_matter_without_a_label_is_unassigned(gray, brain, halves):
    labels = integer_labels(load(halves[0]), "own")
    only_left = labels.like(np.where(labels.data == 7, 7, 0))
    found, table = to_template_grid(only_left, pd.DataFrame({"index": [7], "name": ["left"]}), gray, brain, "own")
    right = (gray.data > 0.5) & (gray.grid.points()[0] > 4)
    assert set(np.unique(found.data[right])) == {len(table)}
    assert hemisphere_note(found, gray, len(table)) == "It labels the left hemisphere alone."
    both, table = to_template_grid(labels, read_names(halves[1], labels), gray, brain, "own")
    assert hemisphere_note(both, gray, len(table)) == ""


def test_what_cannot_be_an_atlas_is_refused(tmp_path, gray, brain, halves):
    with pytest.raises(UserError, match="integer labels"):
        integer_labels(gray, "GM.nii.gz")
    labels = integer_labels(load(halves[0]), "own")
    (tmp_path / "short.tsv").write_text("index\tname\n7\tleft\n")
    with pytest.raises(UserError, match="labels 3; name them"):
        read_names(tmp_path / "short.tsv", labels)
    (tmp_path / "twice.tsv").write_text("index\tname\n7\ta\n3\ta\n")
    with pytest.raises(UserError, match="appears twice"):
        read_names(tmp_path / "twice.tsv", labels)
    away = labels.affine.copy()
    away[:3, 3] += 500
    with pytest.raises(UserError, match="MNI millimeters"):
        to_template_grid(Volume(labels.data, away), read_names(halves[1], labels), gray, brain, "own")
    away[:3, 3] -= (455, 500, 500)
    with pytest.raises(UserError, match=r"own: \d+% of its labels lie outside of the template's brain"):
        to_template_grid(Volume(labels.data, away), read_names(halves[1], labels), gray, brain, "own")


def test_without_a_table_regions_are_numbered(halves):
    assert read_names(None, integer_labels(load(halves[0]), "own"))["name"].tolist() == ["region_3", "region_7"]
