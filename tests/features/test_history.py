import numpy as np
import pytest
from contract import drive, verify_contract

from speechlstm.errors import ConfigError
from speechlstm.features.history import History, fit_linear

RNG = np.random.default_rng(1)
LINEAR = RNG.normal(size=(9, 4)).astype(np.float32)
X = RNG.normal(size=(150, 2)).astype(np.float32)


def stage() -> History:
    return History(LINEAR, 2, lags=(1, 9), means=(3,))


def test_contract() -> None:
    verify_contract(stage(), X[:60], atol=1e-5)


def test_a_frame_by_hand() -> None:
    frames = drive(stage(), [X])
    assert frames.shape == (150, 2 * (1 + 2 + 1 + 4))
    t, differences = 100, X[91:100][::-1] - X[100]  # the nearest first
    np.testing.assert_allclose(frames[t, :2], X[t])
    np.testing.assert_allclose(frames[t, 2:4], X[99] - X[t], atol=1e-6)
    np.testing.assert_allclose(frames[t, 4:6], X[91] - X[t], atol=1e-6)
    np.testing.assert_allclose(frames[t, 6:8], X[97:100].mean(axis=0) - X[t], atol=1e-6)
    np.testing.assert_allclose(frames[t, 8:].reshape(2, 4), (X[t] + LINEAR.T @ differences).T, atol=1e-5)


def test_before_the_first_sample_it_stood_still() -> None:
    still = np.repeat(X[:1], 9, axis=0)
    np.testing.assert_allclose(drive(stage(), [X]), drive(stage(), [still, X])[9:], atol=1e-6)


def test_without_the_level_the_rest_is_the_same() -> None:
    without = History(LINEAR, 2, lags=(1, 9), means=(3,), level=False)
    np.testing.assert_array_equal(drive(without, [X]), drive(stage(), [X])[:, 2:])
    verify_contract(without, X[:40], atol=1e-5, n_examples=5)


def test_a_level_goes_through_to_the_forecast() -> None:
    low, high = drive(stage(), [X]), drive(stage(), [X + np.float32(8)])
    np.testing.assert_allclose(high[:, 2:8], low[:, 2:8], atol=1e-5)
    np.testing.assert_allclose(high[:, 8:], low[:, 8:] + 8, atol=1e-4)


@pytest.mark.parametrize("lags", [(0,), (10,)])
def test_lags_that_cannot_be(lags: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"lags and means must be from 1 to 9, got"):
        History(LINEAR, 2, lags=lags)


def test_the_linear_map_is_that_of_least_squares() -> None:
    series = [np.cumsum(RNG.normal(size=(n, 2)), axis=0) for n in (300, 80, 5)]
    rows = [
        (x[t - 3 : t, c][::-1] - x[t, c], x[t + 1 : t + 3, c] - x[t, c])
        for x in series
        for c in range(2)
        for t in range(3, len(x) - 2)
    ]
    before, after = (np.array(column) for column in zip(*rows, strict=True))
    # ridge as least squares with rows of its own
    penalty = np.sqrt(1e-2 * len(before)) * np.eye(3)
    expected = np.linalg.lstsq(np.concatenate([before, penalty]), np.concatenate([after, np.zeros((3, 2))]))[
        0
    ]
    np.testing.assert_allclose(fit_linear(series, 4, 2), expected, atol=1e-5)


def test_a_season_is_found() -> None:
    x = np.sin(2 * np.pi * np.arange(400) / 24)[:, None]
    linear = fit_linear([x], 25, 24)
    frames = drive(History(linear, 1), [x[:200].astype(np.float32)])
    assert np.abs(frames[-1, 1:] - x[200:224, 0]).max() < 0.1


def test_too_short_a_series_gives_the_last_value() -> None:
    assert not fit_linear([X[:10]], 8, 4).any()
