from adrepro.features.regional_table import TOTALS, region_columns


def test_identifiers_and_totals_are_no_regions():
    columns = ["participant_id", "session_id", *TOTALS, "Left insula", "unassigned"]
    assert region_columns(columns) == ["Left insula", "unassigned"]
