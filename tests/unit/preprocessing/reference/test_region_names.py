import pytest

from adrepro.preprocessing.reference.region_names import NAMES, region_name


def test_names_are_those_of_anatomy_with_their_side():
    assert region_name("superiorfrontal", "L") == "Left superior frontal gyrus"
    assert region_name("brainstem", "B") == "Brain stem"
    assert len(set(NAMES.values())) == len(NAMES)


def test_an_unknown_label_is_an_error():
    with pytest.raises(KeyError):
        region_name("region 7", "L")
