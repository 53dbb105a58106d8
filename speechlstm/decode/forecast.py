"""From what a network says of the frames to come to forecasts in units."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.engine.engine import Answer
from speechlstm.messages import Forecast
from speechlstm.stage import Stage

__all__ = ["ForecastConfig", "ForecastDecoder", "in_units"]


@dataclass(frozen=True, slots=True)
class ForecastConfig:
    """Settings of a forecast.

    Attributes:
        horizon: Frames that are forecast, the next one first.
        quantiles: Which quantiles of each value, above 0 and below 1, rising; the median, 0.5, is one.
        warm_up_frames: Frames that must have come, since the beginning or the last gap, before the first
            forecast is given; as many as the front end's history has.
        method: ``forecast``, which tells these settings from those of other decoders.
    """

    horizon: int = 24
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    warm_up_frames: int = 1
    method: Literal["forecast"] = "forecast"

    def __post_init__(self) -> None:
        require(self.method == "forecast", f"method must be forecast, got {self.method!r}")
        require(self.horizon >= 1, f"horizon must be 1 or more, got {self.horizon}")
        require(self.warm_up_frames >= 1, f"warm_up_frames must be 1 or more, got {self.warm_up_frames}")
        require(
            all(a < b for a, b in pairwise((0.0, *self.quantiles, 1.0))) and 0.5 in self.quantiles,
            f"quantiles must rise from above 0 to below 1, with 0.5 among them, got {self.quantiles}",
        )


class _State(NamedTuple):
    n_frames: int


class ForecastDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` with ``values`` -> a :class:`Forecast` a frame, once warmed up.

    Values are brought back to units by the stored mean and deviation. Quantiles that cross are put in order,
    which only brings them nearer to the truth (Chernozhukov, Fernández-Val and Galichon, Econometrica 2010).

    Args:
        channels: Names of what is forecast.
        frame_samples: Samples from one frame to the next.
        config: Horizon, quantiles and warm-up.
        mean: ``[n_channels]``, of each channel, in its unit.
        std: ``[n_channels]``.
    """

    latency = 0

    def __init__(
        self,
        channels: tuple[str, ...],
        frame_samples: int,
        config: ForecastConfig,
        *,
        mean: np.ndarray,
        std: np.ndarray,
    ) -> None:
        self.channels, self.frame_samples, self.config = channels, frame_samples, config
        self._mean, self._std = mean, std

    def initial_state(self) -> _State:
        return _State(0)

    def step(self, x: Answer, state: _State) -> tuple[tuple[Forecast, ...], _State]:
        """Take answers of further frames, give their forecasts."""
        n_cold = min(len(x.values), max(0, self.config.warm_up_frames - 1 - state.n_frames))
        means, values = in_units(x.values[n_cold:], self.config, mean=self._mean, std=self._std)
        first = state.n_frames + n_cold + 1
        forecasts = tuple(
            Forecast(at * self.frame_samples, self.channels, self.config.quantiles, one, mean)
            for at, (one, mean) in enumerate(zip(values, means, strict=True), first)
        )
        return forecasts, _State(state.n_frames + len(x.values))

    def flush(self, state: _State) -> tuple[Forecast, ...]:
        return ()


def in_units(
    values: np.ndarray, config: ForecastConfig, *, mean: np.ndarray, std: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values of an answer in the units of their channels, quantiles in order.

    Args:
        values: ``[n, n_channels * horizon * (1 + n_quantiles)]``, normalised, the mean before the quantiles.
        config: Horizon and quantiles.
        mean: ``[n_channels]``; zeros to stay normalised.
        std: ``[n_channels]``; ones to stay normalised.

    Returns:
        The means ``[n, n_channels, horizon]`` and the quantiles ``[n, n_channels, horizon, n_quantiles]``,
        float64.
    """
    shape = (len(values), len(mean), config.horizon, 1 + len(config.quantiles))
    scaled = values.reshape(shape).astype(np.float64) * std[:, None, None] + mean[:, None, None]
    return scaled[..., 0], np.sort(scaled[..., 1:], axis=-1)
