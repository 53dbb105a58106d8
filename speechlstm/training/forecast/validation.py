"""The error of forecasts of rows that training never sees, as it goes on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from speechlstm.data.corpus import DataSet
from speechlstm.decode.forecast import ForecastConfig, in_units
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import NetworkStage
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FrontEnd, statistics_of
from speechlstm.features.normalize import Normalize
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import Chain, concatenate, run
from speechlstm.training.answers import running_engine
from speechlstm.training.forecast.series import Series, load_series
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Score

__all__ = ["ForecastValidation"]

_BLOCK = 1000


class ForecastValidation:
    """Validation sets, kept for the whole run.

    The error is the mean square error of the mean over all steps of the horizon, all channels and every
    moment whose whole horizon lies in the set's rows, by that of the last value; the network hears the series
    from its beginning, as a live stream would.

    Args:
        recipe: The recipe.
        decoder: Horizon and quantiles.
        front_end: Turns samples into frames.
        data_dir: Where the sets lie.
    """

    def __init__(self, recipe: Recipe, decoder: ForecastConfig, front_end: FrontEnd, data_dir: Path) -> None:
        if not isinstance(recipe.features, SensorConfig):
            raise ConfigError(f"a forecast needs a sensor, got features of kind {recipe.features.kind!r}")
        self._recipe, self._decoder, self._chain = recipe, decoder, front_end.chain()
        self._normalize = Normalize(*statistics_of(front_end))
        self._targets = list(recipe.forecast_targets)
        self._sets = {
            name: load_series({name: DataSet(s.manifest, "series", rows=s.rows)}, data_dir, recipe.features)
            for name, s in recipe.validation.items()
        }

    def scores(self, network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> dict[str, Score]:
        """The skill on each set, against the last value."""
        engine = running_engine(network, weights)
        return {name: self._score(engine, parts) for name, parts in self._sets.items()}

    def _score(self, engine: OnnxEngine, parts: list[Series]) -> Score:
        squares = np.zeros(2)
        for part in parts:
            squares += self._squares(engine, part)
        error = float(squares[0] / squares[1]) if squares[1] else float("nan")
        return Score(error, {"skill": 1 - error}, len(parts))

    def _squares(self, engine: OnnxEngine, part: Series) -> np.ndarray:
        """Sums of square errors of the network and of the last value."""
        horizon, warm = self._decoder.horizon, self._decoder.warm_up_frames
        moments = np.arange(max(part.first, warm) - 1, len(part.samples) - horizon)
        if len(moments) == 0:
            return np.zeros(2)
        stage = Chain([self._chain, NetworkStage(engine, self._recipe.latency["balanced"])])
        blocks = (part.samples[i : i + _BLOCK] for i in range(0, len(part.samples), _BLOCK))
        values = concatenate(list(run(stage, blocks))).values[moments]
        n = len(self._targets)
        means, _ = in_units(values, self._decoder, mean=np.zeros(n), std=np.ones(n))
        series = concatenate(list(run(self._normalize, [part.samples])))[:, self._targets]
        truth = series[moments[:, None] + 1 + np.arange(horizon)]
        last = series[moments][:, None]
        return np.array([np.square(means.transpose(0, 2, 1) - truth).sum(), np.square(last - truth).sum()])
