import pandas as pd

from adrepro.cohort.random_order import components


def test_labels_that_share_a_unit_are_drawn_together():
    labels = pd.Series(["AD", "CN", "CN", "MCI"])
    assert components(labels, pd.Series(list("aabc"))) == [["AD", "CN"], ["MCI"]]
    assert components(labels, pd.Series(list("abcd"))) == [["AD"], ["CN"], ["MCI"]]
