import pytest

from adrepro.cohort.bids.likely_names import likely, plain


@pytest.mark.parametrize(
    ("name", "found"),
    [("1", "1"), ("sub-0001", "1"), ("SUB-01", "1"), ("ses-M012", "m12"), ("ses-M12", "m12"), ("ses-a", "a"),
     ("1.0", "1"), ("sub-ADNI002S0001", "adni002s0001"), ("sub-000", "0")],
)  # fmt: skip
def test_names_are_compared_without_prefix_and_zeros(name, found):
    assert plain(name) == found


def test_the_folder_of_the_name_comes_before_others_of_the_same_number():
    assert likely("sub-1", ["sub-1", "sub-01"]) == ["sub-1"]
    assert likely("1", ["sub-1", "sub-01", "sub-2"]) == ["sub-01", "sub-1"]
    assert likely("3", ["sub-1"]) == []
