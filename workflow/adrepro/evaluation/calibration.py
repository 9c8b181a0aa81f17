"""Calibration of predicted probabilities, for many bootstrap replicates at once."""

import numpy as np
from scipy.special import expit

BINS = 10
CLIP = 1e-6  # a probability of 0 or 1 has no logit
MAX_SLOPE = 100.0  # beyond it, scores separate the classes and no slope exists
STEPS, TOLERANCE = 50, 1e-4  # of Newton's method


def calibration_fit(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return calibration slope and calibration-in-the-large of each replicate.

    The slope is that of a logistic regression of the target on the logit of the score, 1 if the spread of the scores is
    right and below 1 if they are too extreme. The intercept is fitted with the slope held at 1: above 0, risks are
    underestimated.

    Parameters
    ----------
    target, score : ndarray, shape (participants,)
        True class (0 or 1) and predicted probability of class 1.
    weights : ndarray, shape (replicates + 1, participants)
        Times that each participant was drawn. The first row holds ones; its fit initializes the others.

    Returns
    -------
    slope, intercept : ndarray, shape (replicates + 1,)
        NaN where a class is absent, where all scores are equal (slope), or where they separate the classes.

    References
    ----------
    Cox 1958; Van Calster et al. 2019
    """
    clipped = np.clip(score.astype(np.float64), CLIP, 1 - CLIP)
    logit = np.log(clipped / (1 - clipped))
    one_class = (weights[:, target == 1].sum(axis=1) == 0) | (weights[:, target == 0].sum(axis=1) == 0)
    fixed = _fit(target, logit, weights, slope=False)[0]
    slope = _fit(target, logit, weights, slope=True)[1]
    fixed[one_class] = slope[one_class] = np.nan
    return slope, fixed


def _fit(target: np.ndarray, logit: np.ndarray, weights: np.ndarray, slope: bool) -> np.ndarray:
    """Return intercept and slope of each replicate, shape (2, replicates + 1); the first fit initializes the others."""
    begin = np.array([[0.0], [0.0 if slope else 1.0]])
    whole = _newton(target, logit, weights[:1], begin, slope)
    start = np.repeat(whole if np.isfinite(whole).all() else begin, len(weights) - 1, axis=1)
    return np.concatenate([whole, _newton(target, logit, weights[1:], start, slope)], axis=1)


def _newton(target: np.ndarray, logit: np.ndarray, weights: np.ndarray, start: np.ndarray, slope: bool) -> np.ndarray:
    """Return weighted logistic regressions on one variable by Newton's method; without `slope` it stays fixed."""
    x, y = logit.astype(np.float32), target.astype(np.float32)
    powers = np.stack([np.ones_like(x), x, x * x], axis=1)
    found = np.full_like(start, np.nan)
    now, todo = start.copy(), np.arange(len(weights))
    for _ in range(STEPS):
        a, b = now[:, todo].astype(np.float32)
        risk = expit(a[:, None] + b[:, None] * x)
        drawn = weights[todo]
        g0, g1 = ((drawn * (y - risk)) @ powers[:, :2]).T.astype(np.float64)
        h0, h1, h2 = ((drawn * risk * (1 - risk)) @ powers).T.astype(np.float64)
        if slope:
            determinant = h0 * h2 - h1 * h1
            step = np.stack([h2 * g0 - h1 * g1, h0 * g1 - h1 * g0]) / determinant
        else:
            step = np.stack([g0 / h0, np.zeros_like(g0)])
        size = np.abs(step).max(axis=0)
        now[:, todo] += step * np.minimum(1, 2 / np.maximum(size, 1e-12))  # a longer step can diverge
        found[:, todo[size < TOLERANCE]] = now[:, todo[size < TOLERANCE]]
        todo = todo[np.isfinite(size) & (size >= TOLERANCE) & (np.abs(now[1, todo]) < MAX_SLOPE)]
        if not len(todo):
            break
    return found


def expected_calibration_error(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the expected calibration error of each replicate.

    It is the mean distance of score and outcome over `BINS` bins of equal width, weighted by the size of the bins.

    Parameters
    ----------
    target, score : ndarray, shape (participants,)
        True class (0 or 1) and predicted probability of class 1.
    weights : ndarray, shape (replicates + 1, participants)
        Times that each participant was drawn.

    Returns
    -------
    ndarray, shape (replicates + 1,)
    """
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    parts = (bins[:, None] == np.arange(BINS)) * (score - target)[:, None]
    return np.abs(weights @ parts.astype(np.float32)).sum(axis=1) / weights.sum(axis=1)
