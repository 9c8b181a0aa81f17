import pytest

from adrepro.labels import label_participant


@pytest.mark.parametrize(
    ("months", "diagnoses", "label"),
    [
        ([0], ["CN"], "CN"),
        ([0, 12], ["AD", "AD"], "AD"),
        ([0, 12], ["CN", "MCI"], "n/a"),
        ([0, 12, 24, 36], ["MCI"] * 4, "sMCI"),
        ([36, 0], ["MCI", "MCI"], "sMCI"),
        ([0, 12, 24], ["MCI"] * 3, "uMCI"),
        ([0, 12], ["MCI", "AD"], "pMCI"),
        ([0, 36], ["LMCI", "AD"], "pMCI"),
        ([0, 36, 48], ["MCI", "MCI", "AD"], "sMCI"),
        ([0, 24, 48], ["MCI", "MCI", "AD"], "uMCI"),
        ([0, 12], ["MCI", "CN"], "rMCI"),
        ([0, 12, 24], ["MCI", "AD", "MCI"], "n/a"),
        ([0, 12, 24], ["MCI", "n/a", "AD"], "pMCI"),
        ([0], ["n/a"], "n/a"),
        ([0], ["control"], "control"),
    ],
)
def test_rules(months, diagnoses, label):
    assert label_participant(months, diagnoses, 36) == label
