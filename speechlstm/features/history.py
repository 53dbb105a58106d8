"""The past of every sample, laid beside it: what a forecast is made of."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.stage import Stage

__all__ = ["History", "fit_linear"]

# a block stays in the processor's cache
_BLOCK_FRAMES = 64
# of a row, whose differences are of normalised samples; 1e-4 to 1e-1 made no difference on ETTh1's validation
_PENALTY = 1e-2


class _Past(NamedTuple):
    """The last samples ``[n_history - 1, n_channels]``; ``[0, n_channels]`` before the first."""

    past: np.ndarray


class History(Stage[_Past]):
    """Samples ``[n, n_channels]`` -> frames ``[n, n_channels * (level + n_lags + n_means + horizon)]``, one a
    sample.

    Of every channel a frame holds the newest sample ``x[t]``; differences ``x[t - lag] - x[t]``; the means of
    the last ``n`` such differences; and a linear forecast ``x[t + 1] ... x[t + horizon]``. Parts follow one
    another, each with all channels, the forecast channel by channel. Of a series that wanders, differences
    from the newest sample tell of the future whatever its level, and the linear forecast is of these alone
    (the NLinear of Zeng et al., "Are Transformers Effective for Time Series Forecasting?", AAAI 2023), the
    same map for all channels. Before the first sample a series is taken to have stood still at it.

    Args:
        linear: ``[n_history - 1, horizon]``, as :func:`fit_linear` gives it; its first row is of the sample
            before the newest.
        n_channels: Channels of a sample.
        lags: Differences to lay into a frame, each from 1 to ``n_history - 1``.
        means: Numbers of differences to take the mean of, likewise.
        level: Whether a frame holds the newest sample itself; without it, a network hears differences alone.

    Example:
        >>> stage = History(np.array([[0.0], [-1.0]], np.float32), 1, lags=(1,))
        >>> frames, _ = stage.step(np.array([[1.0], [2.0], [4.0]], np.float32), stage.initial_state())
        >>> frames.tolist()
        [[1.0, 0.0, 1.0], [2.0, -1.0, 3.0], [4.0, -2.0, 7.0]]
    """

    latency = 0
    rate = Fraction(1)

    def __init__(
        self,
        linear: np.ndarray,
        n_channels: int,
        *,
        lags: Sequence[int] = (),
        means: Sequence[int] = (),
        level: bool = True,
    ) -> None:
        n_before, horizon = linear.shape
        require(
            all(1 <= lag <= n_before for lag in (*lags, *means)),
            f"lags and means must be from 1 to {n_before}, got {tuple(lags)} and {tuple(means)}",
        )
        self._linear, self._n_before, self._n_channels = linear, n_before, n_channels
        self._lags, self._means, self._level = [lag - 1 for lag in lags], tuple(means), level
        self._width = n_channels * (level + len(lags) + len(means) + horizon)

    def initial_state(self) -> _Past:
        return _Past(np.zeros((0, self._n_channels), np.float32))

    def step(self, x: np.ndarray, state: _Past) -> tuple[np.ndarray, _Past]:
        """Take samples, give as many frames."""
        if len(x) == 0:
            return self.flush(state), state
        past = state.past if len(state.past) else np.repeat(x[:1], self._n_before, axis=0)
        signal = np.concatenate([past, x])
        blocks = [
            self._frames(signal[i : i + self._n_before + _BLOCK_FRAMES])
            for i in range(0, len(x), _BLOCK_FRAMES)
        ]
        return np.concatenate(blocks), _Past(signal[len(signal) - self._n_before :].copy())

    def flush(self, state: _Past) -> np.ndarray:
        return np.zeros((0, self._width), np.float32)

    def _frames(self, signal: np.ndarray) -> np.ndarray:
        """Frames of samples that follow ``n_before`` others."""
        newest = signal[self._n_before :]
        differences = _differences(signal, self._n_before)
        forecast = newest[:, :, np.newaxis] + differences @ self._linear
        parts = [newest] if self._level else []
        parts += [differences[:, :, lag] for lag in self._lags]
        parts += [differences[:, :, :n].mean(axis=-1) for n in self._means]
        return np.concatenate([*parts, forecast.reshape(len(newest), -1)], axis=1)


def fit_linear(series: Sequence[np.ndarray], n_history: int, horizon: int) -> np.ndarray:
    """The linear map from history to future that all channels share, by least squares with a slight penalty.

    Args:
        series: Stretches ``[n, n_channels]`` without a gap, normalised.
        n_history: Samples that are looked at, the newest included; at least 2.
        horizon: Samples that are forecast.

    Returns:
        float32 ``[n_history - 1, horizon]``, from differences to differences, both from the newest sample;
        the nearest first. Zeros, which is the last value for ever, where no stretch is long enough.
    """
    n_before = n_history - 1
    gram, moments, n_rows = np.zeros((n_before, n_before)), np.zeros((n_before, horizon)), 0
    for part in series:
        for channel in part.T.astype(np.float64):
            if len(channel) < n_history + horizon:
                continue
            before = _differences(channel[: len(channel) - horizon, np.newaxis], n_before)[:, 0]
            after = np.lib.stride_tricks.sliding_window_view(channel[n_history:], horizon)
            after = after - channel[n_before : len(channel) - horizon, np.newaxis]
            gram += before.T @ before
            moments += before.T @ after
            n_rows += len(before)
    penalty = _PENALTY * max(1, n_rows) * np.eye(n_before)
    linear: np.ndarray = np.linalg.solve(gram + penalty, moments).astype(np.float32)
    return linear


def _differences(signal: np.ndarray, n_before: int) -> np.ndarray:
    """Of samples after the first ``n_before``, those before less each: ``[n, n_channels, n_before]``."""
    windows = np.lib.stride_tricks.sliding_window_view(signal, n_before + 1, axis=0)[..., ::-1]
    return np.asarray(windows[..., 1:] - windows[..., :1])
