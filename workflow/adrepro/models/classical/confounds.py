"""What is taken out of features before a machine sees them, estimated on the training part of a fold alone."""

import contextlib
import io

import numpy as np
import pandas as pd

from adrepro.core.files import MISSING

SMALLEST_SITE = 2  # training scans; with fewer, ComBat has no variance to estimate


def design(values: pd.DataFrame, training: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Columns to regress out, an intercept first, and what to tell of them.

    Numbers are centred on the training part's mean, which stands in for missing ones; other values become one column
    for each but the first that the training part has. What the training part has not seen changes nothing.

    Parameters
    ----------
    values : DataFrame of str, shape (scans, covariates)
    training : ndarray of int
        Rows of the training part.
    """
    columns, told = [np.ones(len(values))], []
    for name in values:
        numbers = pd.to_numeric(values[name].replace(MISSING, None), errors="coerce")
        known = values[name] != MISSING
        if numbers[known].notna().all() and known.any():
            mean = numbers.iloc[training].mean()
            columns.append((numbers - mean).fillna(0).to_numpy(dtype=float))
            if (~known).any():
                told.append(f"{name}: missing in {int((~known).sum())} scans, taken as the training mean")
            continue
        levels = sorted(set(values[name].iloc[training]) - {MISSING})
        unseen = sorted(set(values[name]) - set(levels) - {MISSING})
        if unseen:
            told.append(f"{name}: {', '.join(unseen)} not seen in training, left as they are")
        columns += [(values[name] == level).to_numpy(dtype=float) for level in levels[1:]]
    return np.stack(columns, axis=1), told


def residual_maker(columns: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matrices that take a linear fit out of features of any number: `residual @ features`.

    The fit is by least squares on the training rows. With an intercept alone this centres features on the training
    mean; a Gram matrix G becomes `residual @ G @ residual.T`.

    Returns
    -------
    residual : ndarray, shape (scans, scans)
    fit : ndarray, shape (columns, training scans)
        Coefficients of the fit are `fit @ features[training]`.
    """
    fit = np.linalg.pinv(columns[training])
    residual = np.eye(len(columns))
    residual[:, training] -= columns @ fit
    return residual, fit


def combat(
    features: np.ndarray, site: pd.Series, kept: pd.DataFrame, training: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Features (scans, p) harmonised over sites by ComBat (Fortin et al. 2018), and what to tell of it.

    Location and scale of each site are estimated on the training part, with the effects of `kept` (numbers, such as
    age) in the model. Scans of a site that the training part does not have stay as they are.
    """
    from neuroCombat import neuroCombat
    from neuroCombat.neuroCombat import neuroCombatFromTraining

    counts = site.iloc[training].value_counts()
    known = sorted(name for name in counts.index[counts >= SMALLEST_SITE] if name != MISSING)
    unseen = sorted(set(site) - set(known))
    told = [f"ComBat: site {', '.join(unseen)} not seen in training, left unharmonised"] if unseen else []
    if len(known) < 2:
        return features, [*told, "ComBat: fewer than two sites in training, nothing harmonised"]
    rows = training[site.iloc[training].isin(known).to_numpy()]
    columns, notes = design(kept, training)
    described = pd.DataFrame({"site": site.iloc[rows].to_numpy()})
    names = [f"c{i}" for i in range(1, columns.shape[1])]
    described[names] = columns[rows, 1:]
    varying = features[rows].std(axis=0) > 1e-9
    changed, every = features.copy(), np.flatnonzero(site.isin(known))
    with contextlib.redirect_stdout(io.StringIO()):  # it tells of its own progress
        learnt = neuroCombat(features[rows][:, varying].T, described, "site", continuous_cols=names or None)
        new = neuroCombatFromTraining(features[every][:, varying].T, site.iloc[every].to_numpy(), learnt["estimates"])
    changed[np.ix_(every, np.flatnonzero(varying))] = new["data"].T
    return changed, [*told, *notes]
