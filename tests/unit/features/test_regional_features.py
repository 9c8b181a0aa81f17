import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from adrepro.features.regional_features import regional_features
from adrepro.features.regional_table import TOTALS

SCANS = pd.DataFrame(
    {"participant_id": ["sub-2", "sub-1"], "session_id": ["ses-a", "n/a"], "scan": ["sub-2_ses-a", "sub-1"]}
)


@pytest.fixture
def derivatives(tmp_path):
    """Regional measures of two scans."""
    for number, scan in enumerate(SCANS["scan"]):
        stem = tmp_path / scan.replace("_", "/") / "anat" / f"{scan}_atlas-seeds_desc-volume_morph"
        rows = [(1, "insula_l", 1.5 + number, 0.25), (2, "insula_r", 2.5 + number, 0.75)]
        write_table(stem.with_suffix(".tsv"), pd.DataFrame(rows, columns=["index", "name", "volume_ml", "density"]))
        write_json(
            stem.with_suffix(".json"),
            {"tiv_ml": 1500.5 + number, **({"wmh_ml": 2.5, "left_hippocampus_ml": 3.5} if number else {})},
        )
    write_table(tmp_path / "included.tsv", SCANS)
    return tmp_path


def run(folder, atlas="seeds"):
    volumes, densities = folder / "volumes.tsv", folder / "densities.tsv"
    regional_features(folder / "included.tsv", folder, atlas, volumes, densities)
    return read_table(volumes), read_table(densities)


def test_tables_have_a_row_per_scan_and_a_column_per_region(derivatives):
    volumes, densities = run(derivatives)
    assert list(volumes.columns) == ["participant_id", "session_id", *TOTALS, "insula_l", "insula_r"]
    assert volumes.to_numpy().tolist() == [
        ["sub-2", "ses-a", "1500.5", "n/a", "n/a", "n/a", "n/a", "1.5", "2.5"],
        ["sub-1", "n/a", "1501.5", "2.5", "3.5", "n/a", "n/a", "2.5", "3.5"],
    ]  # fmt: skip
    assert list(densities.columns) == ["participant_id", "session_id", "insula_l", "insula_r"]
    assert densities.iloc[1].tolist() == ["sub-1", "n/a", "0.25", "0.75"]


def test_measures_of_another_atlas_are_not_taken(derivatives):
    with pytest.raises((UserError, OSError), match="atlas-aal"):
        run(derivatives, "aal")


def test_a_table_without_its_measures_is_refused(derivatives):
    path = derivatives / "sub-1/anat/sub-1_atlas-seeds_desc-volume_morph.tsv"
    write_table(path, read_table(path).drop(columns="density"))
    with pytest.raises(UserError, match="morph.tsv: not a readable table .*density"):
        run(derivatives)


def test_scans_of_different_regions_and_no_scan_at_all_are_told(derivatives):
    path = derivatives / "sub-1/anat/sub-1_atlas-seeds_desc-volume_morph.tsv"
    write_table(path, read_table(path).replace("insula_r", "insula_x"))
    with pytest.raises(UserError, match="1 of 2 scans have no insula_r, such as sub-1 n/a; use one tool"):
        run(derivatives)
    write_table(derivatives / "included.tsv", SCANS.head(0))
    with pytest.raises(UserError, match="all scans were excluded"):
        run(derivatives)
