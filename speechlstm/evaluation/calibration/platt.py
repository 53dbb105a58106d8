"""The numbers of a calibration, fitted to words of which it is known whether they are right."""

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from speechlstm.decode.confidence import Calibration
from speechlstm.odds import Joint

__all__ = ["fit_calibration", "fit_joint"]

# words that the prior is worth: that the search's belief is right as it stands
_PRIOR = 1.0
_BELIEF = np.array([0.0, 1.0, 0.0])
_N_STEPS = 50
_SMALL = 1e-10
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
    # the best with both weights above 0, or one of them at 0, or both: one of these is the best of all
    fits = [_fitted(inputs, right, np.array([True, *free])) for free in product([True, False], repeat=2)]
    allowed = [weights for weights in fits if (weights >= 0)[1:].all()]
    offset, posterior, peak = np.round(min(allowed, key=partial(_loss, inputs, right)), _DIGITS).tolist()
    return Calibration(offset, posterior, peak)


def fit_joint(utterances: Sequence[Sequence[float]], right: Sequence[bool]) -> Joint:
    """The same of whole utterances, drawn a little towards words that are right or wrong by themselves.

    Args:
        utterances: The confidences of the words of each, at least one.
        right: Whether all words of an utterance are right.

    Returns:
        The numbers, to four digits; ``product`` is neither below 0 nor below ``length``.

    Example:
        >>> joint = fit_joint([[0.9] * 4] * 100, [True] * 90 + [False] * 10)
        >>> round(joint.of([0.9] * 4), 1)
        0.9
    """
    evidence = [(1.0, *Joint.evidence(words)) for words in utterances]
    inputs, truth = np.array(evidence).reshape(-1, 3), np.array(right, np.float64)
    # the best with all of them free, or with some at 0: those that are allowed
    fits = [_fitted(inputs, truth, np.array([True, *free])) for free in product([True, False], repeat=2)]
    allowed = [weights for weights in fits if weights[1] >= max(0, weights[2])]
    return Joint(*np.round(min(allowed, key=partial(_loss, inputs, truth)), _DIGITS).tolist())


def _fitted(
    inputs: NDArray[np.float64], right: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Of the weights that are free; the others are 0."""
    x = inputs[:, free]
    weights = np.where(free, _BELIEF, 0.0)
    for _ in range(_N_STEPS):
        p = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        gradient = x.T @ (p - right) + _PRIOR * (weights - _BELIEF)[free]
        curvature = (x.T * (p * (1 - p))) @ x + _PRIOR * np.eye(x.shape[1])
        step = np.zeros(len(free))
        step[free] = np.linalg.solve(curvature, gradient)
        # far from the minimum a whole step may overshoot
        before = _loss(inputs, right, weights)
        while _loss(inputs, right, weights - step) > before and np.abs(step).max() > _SMALL:
            step /= 2
        weights = weights - step
        if np.abs(step).max() <= _SMALL:
            break
    return weights


def _loss(inputs: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The words' surprise, and the prior's."""
    odds = inputs @ weights
    surprise = np.logaddexp(0, odds) - right * odds
    return float(surprise.sum() + _PRIOR * ((weights - _BELIEF) ** 2).sum() / 2)
