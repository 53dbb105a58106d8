"""The task of telling how a series goes on."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.decode.forecast import ForecastConfig
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.history import fit_linear
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.model.config import NetworkConfig
from speechlstm.training.forecast.examples import ExampleMaker
from speechlstm.training.forecast.series import load_series
from speechlstm.training.recipe import Recipe

if TYPE_CHECKING:
    from speechlstm.training.forecast.validation import ForecastValidation

__all__ = ["ForecastTask"]

# of a channel's largest deviation: one that never changes must not be divided by 0
_LEAST_STD = 1e-6


class ForecastTask:
    """See :class:`speechlstm.training.task.Task`.

    Args:
        recipe: The recipe.
        data_dir: Where its sets lie.

    Raises:
        ConfigError: Features that are not samples of a sensor, or another decoder.
    """

    def __init__(self, recipe: Recipe, data_dir: Path) -> None:
        features, decoder = recipe.features, recipe.decoder
        if not isinstance(features, SensorConfig) or not isinstance(decoder, ForecastConfig):
            raise ConfigError(
                "a forecast is made from a sensor's samples by a decoder of method forecast; got features of "
                f"kind {features.kind!r} and the method {decoder.method!r}"
            )
        self.recipe, self._config, self._decoder, self._data_dir = recipe, features, decoder, data_dir
        self._parts = load_series(recipe.data, data_dir, features)

    @property
    def network(self) -> NetworkConfig:
        return self.recipe.network_config

    @property
    def phones(self) -> tuple[str, ...]:
        return ()

    def front_end(self) -> FrontEnd:
        every = np.concatenate([part.samples[part.first :] for part in self._parts]).astype(np.float64)
        mean, std = every.mean(axis=0), every.std(axis=0)
        least = np.maximum(_LEAST_STD * np.abs(every).max(axis=0), np.finfo(np.float32).tiny)
        mean, std = mean.astype(np.float32), np.maximum(std, least).astype(np.float32)
        bands = sensor_bands(self._config)
        if self._config.kind != "history":
            return SensorFrontEnd(self._config, bands, mean, std)
        normalized = [(part.samples[part.first :] - mean) / std for part in self._parts]
        linear = fit_linear(normalized, self._config.win_length, self._config.horizon)
        return SensorFrontEnd(self._config, bands, mean, std, linear)

    def maker(self, front_end: FrontEnd) -> ExampleMaker:
        return ExampleMaker(
            self.recipe,
            self._parts,
            front_end,
            targets=self.recipe.forecast_targets,
            horizon=self._decoder.horizon,
        )

    def losses(self, outputs: Any, batch: Any) -> dict[str, Any]:
        # the workers that make batches need no Keras
        from speechlstm.training.forecast.losses import losses

        c = self._decoder
        return losses(outputs.values, batch, horizon=c.horizon, quantiles=c.quantiles)

    def validation(self, front_end: FrontEnd) -> "ForecastValidation":
        from speechlstm.training.forecast.validation import ForecastValidation

        return ForecastValidation(self.recipe, self._decoder, front_end, self._data_dir)
