"""Jacobians against a product of matrices, and against the equations with complex steps."""

import numpy as np
import pytest

from speechlstm.errors import ConfigError
from speechlstm.memory import gradient_norms, recurrent_layer

pytestmark = pytest.mark.train

X = np.random.default_rng(0).normal(size=(3, 6, 4)).astype(np.float32)
UNITS = 5


def test_plain_network_is_a_product_of_matrices() -> None:
    layer = recurrent_layer("rnn", UNITS, seed=1)
    norms = gradient_norms(layer, X)
    w, u, b = (np.asarray(v, np.float64) for v in layer.get_weights())
    expected = np.zeros((len(X), 6))
    for row, x in zip(expected, X.astype(np.float64), strict=True):
        h, slopes = np.zeros(UNITS), []
        for frame in x:
            h = np.tanh(frame @ w + h @ u + b)
            slopes.append(1 - h**2)
        back = np.eye(UNITS)  # [units of the last frame, units of the frame at hand]
        for distance in range(6):
            of_sums = back * slopes[5 - distance]
            row[distance] = np.linalg.norm(of_sums @ w.T)
            back = of_sums @ u.T
    np.testing.assert_allclose(norms, expected.mean(axis=0), rtol=1e-5)


def test_lstm_by_its_equations_with_complex_steps() -> None:
    layer = recurrent_layer("lstm", UNITS, seed=1)
    norms = gradient_norms(layer, X)
    weights = [np.asarray(v, np.float64) for v in layer.get_weights()]
    expected = [np.linalg.norm(_jacobian(x.astype(np.float64), weights), axis=(0, 2)) for x in X]
    np.testing.assert_allclose(norms, np.mean(expected, axis=0)[::-1], rtol=1e-5)


def _jacobian(x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """``[units, time, features]``, exact to rounding: no difference is taken."""
    step, jacobian = 1e-30, np.zeros((UNITS, *x.shape))
    for t, feature in np.ndindex(*x.shape):
        moved = x.astype(complex)
        moved[t, feature] += 1j * step
        jacobian[:, t, feature] = _last(moved, weights).imag / step
    return jacobian


def _last(x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    w, u, b = weights
    h, c = np.zeros(UNITS, complex), np.zeros(UNITS, complex)
    for frame in x:
        i, f, g, o = np.split(frame @ w + h @ u + b, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
    return h


def test_what_is_no_sequence() -> None:
    with pytest.raises(
        ConfigError, match=r"expected sequences \[batch, time, features\], got shape \(6, 4\)"
    ):
        gradient_norms(recurrent_layer("rnn", 3), X[0])
