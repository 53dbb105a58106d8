"""The numbers of a calibration, fitted to words of which it is known whether they are right."""

import numpy as np
from numpy.typing import NDArray

from speechlstm.decode.confidence import Calibration

__all__ = ["fit_calibration"]

# words that the prior is worth: that the search's belief is right as it stands
_PRIOR = 1.0
_BELIEF = np.array([0.0, 1.0, 0.0])
_N_STEPS = 50
_DIGITS = 4


def fit_calibration(evidence: NDArray[np.float64], right: NDArray[np.float64]) -> Calibration:
    """Logistic regression by Newton's method (Platt, 1999), drawn a little towards what the search believes.

    Args:
        evidence: Log-odds of the posterior and of the peak, ``[n, 2]``, as
            :meth:`~speechlstm.decode.confidence.Calibration.of` takes them.
        right: 1 for a word that is right, else 0, ``[n]``.

    Returns:
        The numbers, to four digits; neither weight is below 0, so that a surer word is never trusted less.

    Example:
        >>> evidence = np.array([[-2.0, 0.0]] * 40 + [[2.0, 0.0]] * 40)
        >>> right = np.array([0.0] * 30 + [1.0] * 50)
        >>> fit_calibration(evidence, right).of(0.5, 0.5) > 0.5
        True
    """
    inputs = np.column_stack([np.ones(len(evidence)), evidence])
    weights = _fitted(inputs, right, np.array([True, True, True]))
    if (weights[1:] < 0).any():
        weights = _fitted(inputs, right, np.array([True, *(weights[1:] >= 0)]))
    offset, posterior, peak = np.round(weights, _DIGITS).tolist()
    return Calibration(offset, max(0.0, posterior), max(0.0, peak))


def _fitted(
    inputs: NDArray[np.float64], right: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Of the weights that are free; the others are 0."""
    x, prior = inputs[:, free], _BELIEF[free]
    weights = prior.copy()
    for _ in range(_N_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - right) + _PRIOR * (weights - prior)
        curvature = (x.T * (p * (1 - p))) @ x + _PRIOR * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        # far from the minimum a whole step may overshoot
        weights = weights - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            break
    everything = np.zeros(len(free))
    everything[free] = weights
    return everything
