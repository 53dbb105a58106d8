"""The error of classes of frames on recordings that training never sees, as it goes on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from speechlstm.data.corpus import DataSet
from speechlstm.decode.segments import SegmentConfig, labels_of
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import concatenate, run
from speechlstm.training.answers import answered, running_engine
from speechlstm.training.frames.corpus import load_recordings
from speechlstm.training.frames.examples import classes_of_frames
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Score

__all__ = ["FramesValidation"]

# recordings last minutes
_N_TOGETHER = 32


class FramesValidation:
    """Validation sets as feature frames, kept for the whole run.

    Args:
        recipe: The recipe.
        config: Its front end's settings.
        front_end: Turns samples into frames.
        data_dir: Where the sets lie.
    """

    def __init__(self, recipe: Recipe, config: SensorConfig, front_end: FrontEnd, data_dir: Path) -> None:
        if not isinstance(recipe.decoder, SegmentConfig):
            raise ConfigError(f"decoder.method must be segments for classes, got {recipe.decoder.method!r}")
        self.recipe, self._decoder, chain = recipe, recipe.decoder, front_end.chain()
        self._sets = {}
        for name, s in recipe.validation.items():
            sets = {name: DataSet(s.manifest, "recordings", s.split)}
            self._sets[name] = [
                (
                    classes_of_frames(r.classes, config.frame_samples),
                    concatenate(list(run(chain, [r.samples]))),
                )
                for r in load_recordings(sets, data_dir, config, recipe.vocabulary)
            ]

    def scores(self, network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> dict[str, Score]:
        """Frame accuracy of each set at ``balanced``, of the segments that a live stream would have given."""
        engine = running_engine(network, weights)
        return {name: self._score(engine, pairs) for name, pairs in self._sets.items()}

    def _score(self, engine: OnnxEngine, pairs: list[tuple[np.ndarray, np.ndarray]]) -> Score:
        n_right, n_known, latency = 0, 0, self.recipe.latency["balanced"]
        for classes, answer in answered(engine, latency, pairs, n_together=_N_TOGETHER):
            known = classes >= 0
            n_right += int((labels_of(answer, self._decoder)[known] == classes[known]).sum())
            n_known += int(known.sum())
        accuracy = n_right / n_known if n_known else float("nan")
        return Score(1 - accuracy, {"accuracy": accuracy}, len(pairs))
