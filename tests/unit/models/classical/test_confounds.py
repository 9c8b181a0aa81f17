import numpy as np
import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.models.classical.confounds import combat, design, residual_maker

RNG = np.random.default_rng(0)
TRAINING = np.arange(30)


def covariates(count=40):
    return pd.DataFrame({
        "age": [f"{60 + i % 20}" for i in range(count)],
        "sex": ["F" if i % 3 else "M" for i in range(count)],
    })  # fmt: skip


def test_a_known_linear_effect_is_removed_from_all_scans():
    table = covariates()
    age = table["age"].astype(float).to_numpy()
    features = np.outer(age, [1.0, -2]) + np.where(table["sex"] == "M", 5, 0)[:, None] + 7
    columns, notes = design(table, TRAINING)
    residual, fit = residual_maker(columns, TRAINING)
    assert np.abs(residual @ features).max() < 1e-8 and notes == []
    np.testing.assert_allclose(columns @ (fit @ features[TRAINING]), features)
    kernel = features @ features.T
    np.testing.assert_allclose(residual @ kernel @ residual.T, 0, atol=1e-6)


def test_an_intercept_alone_centers_on_the_training_mean():
    columns, _ = design(pd.DataFrame(index=range(40)), TRAINING)
    values = RNG.normal(size=(40, 3))
    residual, _ = residual_maker(columns, TRAINING)
    np.testing.assert_allclose(residual @ values, values - values[TRAINING].mean(axis=0), atol=1e-12)


def test_nothing_is_estimated_on_other_scans():
    values, table = RNG.normal(size=(40, 3)), covariates()
    changed, other = values.copy(), table.copy()
    changed[30:] += 100
    other.loc[30:, "age"] = "90"
    found = [residual_maker(design(t, TRAINING)[0], TRAINING)[0] @ v for t, v in ((table, values), (other, changed))]
    np.testing.assert_allclose(found[0][:30], found[1][:30])


def test_missing_and_unseen_values_are_reported_and_change_nothing():
    table = covariates()
    table.loc[35, "age"], table.loc[36, "sex"] = "n/a", "O"
    columns, notes = design(table, TRAINING)
    assert columns[35, 1] == 0 and columns[36, 2] == 0
    assert notes == [
        "age: missing in 1 scans, replaced by the training mean",
        "sex: O not in the training part, not adjusted",
    ]


def test_a_missing_word_is_the_most_frequent_one_and_told():
    table = covariates()
    table.loc[[2, 36], "sex"] = "n/a"  # most are F
    columns, notes = design(table[["sex"]], TRAINING)
    assert notes == ["sex: missing in 2 scans, replaced by the most frequent value in training, F"]
    assert columns[[2, 36], 1].tolist() == [0, 0] and columns[0, 1] == 1


def test_numbers_that_are_names_become_indicators():
    sites = pd.DataFrame({"site": ["941", "007", "023", "941"] * 10})
    assert design(sites, TRAINING)[0].shape == (40, 2) and design(sites, TRAINING, ["site"])[0].shape == (40, 3)


def test_a_covariate_that_no_training_scan_has_is_never_left_out_silently():
    table = covariates()
    table.loc[TRAINING, "age"] = "n/a"
    with pytest.raises(UserError, match="age: no training scan has a value"):
        design(table, TRAINING)


def test_combat_removes_shift_and_scale_of_a_site_and_leaves_a_new_site():
    site = pd.Series(["a", "b"] * 40 + ["c"] * 5)
    true = RNG.normal(10, 1, (85, 12))
    seen = true.copy()
    seen[site == "b"] = seen[site == "b"] * 1.5 + 4
    training = np.arange(60)
    found, notes = combat(seen, site, pd.DataFrame(index=range(85)), training)
    gap = lambda x: abs(x[60:80][site[60:80] == "a"].mean() - x[60:80][site[60:80] == "b"].mean())  # noqa: E731
    assert gap(seen) > 5 and gap(found) < 0.6
    np.testing.assert_array_equal(found[80:], seen[80:])
    assert notes == ["ComBat: site c with fewer than 2 training scans, not harmonized"]
    moved = seen.copy()
    moved[60:80] += 50
    np.testing.assert_allclose(combat(moved, site, pd.DataFrame(index=range(85)), training)[0][:60], found[:60])


def test_one_site_cannot_be_harmonized():
    site, values = pd.Series(["a"] * 10), RNG.normal(size=(10, 3))
    found, notes = combat(values, site, pd.DataFrame(index=range(10)), np.arange(8))
    np.testing.assert_array_equal(found, values)
    assert notes == ["ComBat: fewer than two sites in the training part, nothing harmonized"]


def test_notes_of_combat_name_unseen_sites_and_missing_covariates_once():
    site = pd.Series(["a", "b"] * 19 + ["c", "c"])
    covariates = pd.DataFrame({"age": ["70", "71", "72", "75"] * 9 + ["n/a"] * 4})
    _, notes = combat(RNG.normal(size=(40, 6)), site, covariates, TRAINING)
    assert notes == [
        "ComBat: site c with fewer than 2 training scans, not harmonized",
        "age: missing in 4 scans, replaced by the training mean",
    ]
