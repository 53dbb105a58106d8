"""The task of telling what a sensor is doing, frame by frame."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import concatenate, run
from speechlstm.training.frames.corpus import load_recordings
from speechlstm.training.frames.examples import ExampleMaker
from speechlstm.training.recipe import Recipe

if TYPE_CHECKING:
    from speechlstm.training.frames.validation import FramesValidation

__all__ = ["FramesTask"]

# a channel that hardly changes must not be blown up
_LEAST_STD = 1e-3


class FramesTask:
    """See :class:`speechlstm.training.task.Task`.

    Args:
        recipe: The recipe.
        data_dir: Where its sets lie.

    Raises:
        ConfigError: Features that are not of a sensor.
    """

    def __init__(self, recipe: Recipe, data_dir: Path) -> None:
        if not isinstance(recipe.features, SensorConfig):
            raise ConfigError(
                f"classes are told from a sensor; the features are of kind {recipe.features.kind!r}"
            )
        self.recipe, self._config, self._data_dir = recipe, recipe.features, data_dir
        self._recordings = load_recordings(recipe.data, data_dir, recipe.features, recipe.vocabulary)

    @property
    def network(self) -> NetworkConfig:
        return self.recipe.network_config

    @property
    def phones(self) -> tuple[str, ...]:
        return ()

    def front_end(self) -> FrontEnd:
        config, n = self._config, self._config.n_features
        bands = sensor_bands(config)
        raw = SensorFrontEnd(config, bands, np.zeros(n, np.float32), np.ones(n, np.float32)).chain()
        frames = [concatenate(list(run(raw, [r.samples]))).reshape(-1, n) for r in self._recordings]
        every = np.concatenate(frames)
        std = np.maximum(every.std(axis=0), _LEAST_STD)
        return SensorFrontEnd(config, bands, every.mean(axis=0).astype("f"), std.astype("f"))

    def maker(self, front_end: FrontEnd) -> ExampleMaker:
        return ExampleMaker(self.recipe, self._recordings, front_end)

    @staticmethod
    def losses(outputs: Any, batch: Any) -> dict[str, Any]:
        # the workers that make batches need no Keras
        from speechlstm.training.frames.losses import losses

        return losses(outputs.logits, batch)

    def validation(self, front_end: FrontEnd) -> "FramesValidation":
        from speechlstm.training.frames.validation import FramesValidation

        return FramesValidation(self.recipe, self._config, front_end, self._data_dir)
