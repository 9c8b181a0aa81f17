import numpy as np
import pandas as pd

from adrepro.models.classical.confounds import combat, design, residual_maker

RNG = np.random.default_rng(0)
TRAINING = np.arange(30)


def covariates(count=40):
    return pd.DataFrame({
        "age": [f"{60 + i % 20}" for i in range(count)],
        "sex": ["F" if i % 3 else "M" for i in range(count)],
    })  # fmt: skip


def test_a_planted_linear_effect_is_taken_out_of_everybody():
    table = covariates()
    age = table["age"].astype(float).to_numpy()
    features = np.outer(age, [1.0, -2]) + np.where(table["sex"] == "M", 5, 0)[:, None] + 7
    columns, told = design(table, TRAINING)
    residual, fit = residual_maker(columns, TRAINING)
    assert np.abs(residual @ features).max() < 1e-8 and told == []
    np.testing.assert_allclose(columns @ (fit @ features[TRAINING]), features)
    products = features @ features.T
    np.testing.assert_allclose(residual @ products @ residual.T, 0, atol=1e-6)


def test_an_intercept_alone_centres_on_the_training_mean():
    columns, _ = design(pd.DataFrame(index=range(40)), TRAINING)
    values = RNG.normal(size=(40, 3))
    residual, _ = residual_maker(columns, TRAINING)
    np.testing.assert_allclose(residual @ values, values - values[TRAINING].mean(axis=0), atol=1e-12)


def test_nothing_is_learnt_from_the_others():
    values, table = RNG.normal(size=(40, 3)), covariates()
    changed, other = values.copy(), table.copy()
    changed[30:] += 100
    other.loc[30:, "age"] = "90"
    found = [residual_maker(design(t, TRAINING)[0], TRAINING)[0] @ v for t, v in ((table, values), (other, changed))]
    np.testing.assert_allclose(found[0][:30], found[1][:30])


def test_what_is_missing_or_new_is_told_and_changes_nothing():
    table = covariates()
    table.loc[35, "age"], table.loc[36, "sex"] = "n/a", "O"
    columns, told = design(table, TRAINING)
    assert columns[35, 1] == 0 and columns[36, 2] == 0
    assert told == [
        "age: missing in 1 scans, taken as the training mean",
        "sex: O not seen in training, left as they are",
    ]


def test_combat_takes_out_a_sites_shift_and_scale_and_leaves_a_new_site():
    site = pd.Series(["a", "b"] * 40 + ["c"] * 5)
    true = RNG.normal(10, 1, (85, 12))
    seen = true.copy()
    seen[site == "b"] = seen[site == "b"] * 1.5 + 4
    training = np.arange(60)
    found, told = combat(seen, site, pd.DataFrame(index=range(85)), training)
    gap = lambda x: abs(x[60:80][site[60:80] == "a"].mean() - x[60:80][site[60:80] == "b"].mean())  # noqa: E731
    assert gap(seen) > 5 and gap(found) < 0.6
    np.testing.assert_array_equal(found[80:], seen[80:])
    assert told == ["ComBat: site c not seen in training, left unharmonised"]
    moved = seen.copy()
    moved[60:80] += 50
    np.testing.assert_allclose(combat(moved, site, pd.DataFrame(index=range(85)), training)[0][:60], found[:60])


def test_one_site_cannot_be_harmonised():
    site, values = pd.Series(["a"] * 10), RNG.normal(size=(10, 3))
    found, told = combat(values, site, pd.DataFrame(index=range(10)), np.arange(8))
    np.testing.assert_array_equal(found, values)
    assert told == ["ComBat: fewer than two sites in training, nothing harmonised"]
