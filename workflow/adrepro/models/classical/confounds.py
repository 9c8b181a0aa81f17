"""Confound regression and ComBat, fitted on the training part."""

import contextlib
import io
from collections.abc import Collection

import numpy as np
import pandas as pd

from adrepro.core.errors import UserError
from adrepro.core.files import MISSING

SMALLEST_SITE = 2  # training scans; with fewer, ComBat cannot estimate a variance


def design(
    values: pd.DataFrame, training: np.ndarray, categorical: Collection[str] = ()
) -> tuple[np.ndarray, list[str]]:
    """Return the design matrix of confounds, and notes for the report.

    Numbers are centered on the mean of the training part, which also replaces missing ones. Other values become one
    indicator column for each level of the training part but the first; the most frequent one replaces missing ones.
    Levels that the training part lacks have zeros only, so that their scans are not adjusted.

    Parameters
    ----------
    values : DataFrame of str, shape (scans, covariates)
        Covariates of all scans; `n/a` where missing.
    training : ndarray of int
        Rows of the training part.
    categorical : collection of str
        Covariates whose values are names even if they look like numbers.

    Returns
    -------
    columns : ndarray, shape (scans, 1 + columns)
        The first column is the intercept.
    notes : list of str
        Missing values and levels not seen in training.

    Raises
    ------
    UserError
        If no training scan has a value of a covariate.
    """
    columns, notes = [np.ones(len(values))], []
    for name in values:
        numbers = pd.to_numeric(values[name].replace(MISSING, None), errors="coerce")
        known = values[name] != MISSING
        if not known.iloc[training].any():
            raise UserError(f"{name}: no training scan has a value; complete the column, or remove it from confounds")
        absent = f"{name}: missing in {int((~known).sum())} scans, replaced by the"
        if name not in categorical and numbers[known].notna().all():
            mean = numbers.iloc[training].mean()
            columns.append((numbers - mean).fillna(0).to_numpy(dtype=float))
            notes += [] if known.all() else [f"{absent} training mean"]
            continue
        usual = values[name].iloc[training][known.iloc[training]].mode()[0]
        notes += [] if known.all() else [f"{absent} most frequent value in training, {usual}"]
        filled = values[name].where(known, usual)
        levels = sorted(set(filled.iloc[training]))
        unseen = sorted(set(filled) - set(levels))
        notes += [f"{name}: {', '.join(unseen)} not in the training part, not adjusted"] if unseen else []
        columns += [(filled == level).to_numpy(dtype=float) for level in levels[1:]]
    return np.stack(columns, axis=1), notes


def residual_maker(columns: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix that removes a linear fit from features: `residual @ features`.

    The fit is by least squares on the training rows. With an intercept alone it centers features on the training mean.
    A linear kernel K becomes `residual @ K @ residual.T`.

    Parameters
    ----------
    columns : ndarray, shape (scans, columns)
        Design matrix, see `design`.
    training : ndarray of int
        Rows of the training part.

    Returns
    -------
    residual : ndarray, shape (scans, scans)
        Residual maker.
    fit : ndarray, shape (columns, training scans)
        Coefficients of the fit are `fit @ features[training]`.
    """
    fit = np.linalg.pinv(columns[training])
    residual = np.eye(len(columns))
    residual[:, training] -= columns @ fit
    return residual, fit


def combat(
    features: np.ndarray,
    site: pd.Series,
    covariates: pd.DataFrame,
    training: np.ndarray,
    categorical: Collection[str] = (),
) -> tuple[np.ndarray, list[str]]:
    """Return features harmonized over sites by ComBat, and notes for the report.

    Location and scale of each site are estimated on the training part. Scans of sites with fewer than `SMALLEST_SITE`
    training scans stay as they are.

    Parameters
    ----------
    features : ndarray, shape (scans, features)
        Regional features of all scans.
    site : Series of str, shape (scans,)
        Batch of each scan, such as its site.
    covariates : DataFrame of str, shape (scans, covariates)
        Covariates whose effects the model includes and ComBat leaves in the features, such as age.
    training : ndarray of int
        Rows of the training part.
    categorical : collection of str
        As in `design`.

    Returns
    -------
    features : ndarray, shape (scans, features)
        Harmonized features.
    notes : list of str
        Sites that were not harmonized; missing and unseen values of the covariates.

    References
    ----------
    Fortin et al. 2018, NeuroImage 167:104-120.
    """
    from neuroCombat import neuroCombat
    from neuroCombat.neuroCombat import neuroCombatFromTraining

    counts = site.iloc[training].value_counts()
    known = sorted(name for name in counts.index[counts >= SMALLEST_SITE] if name != MISSING)
    unseen = sorted(set(site) - set(known))
    notes = (
        [f"ComBat: site {', '.join(unseen)} with fewer than {SMALLEST_SITE} training scans, not harmonized"]
        if unseen
        else []
    )
    if len(known) < 2:
        return features, [*notes, "ComBat: fewer than two sites in the training part, nothing harmonized"]
    rows = training[site.iloc[training].isin(known).to_numpy()]
    columns, covariate_notes = design(covariates, training, categorical)
    batches = pd.DataFrame({"site": site.iloc[rows].to_numpy()})
    names = [f"c{i}" for i in range(1, columns.shape[1])]
    batches[names] = columns[rows, 1:]
    varying = features[rows].std(axis=0) > 1e-9
    changed, every = features.copy(), np.flatnonzero(site.isin(known))
    with contextlib.redirect_stdout(io.StringIO()):  # neuroCombat prints its progress
        model = neuroCombat(features[rows][:, varying].T, batches, "site", continuous_cols=names or None)
        new = neuroCombatFromTraining(features[every][:, varying].T, site.iloc[every].to_numpy(), model["estimates"])
    changed[np.ix_(every, np.flatnonzero(varying))] = new["data"].T
    return changed, [*notes, *covariate_notes]
