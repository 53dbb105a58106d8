"""The error on handwriting of people whom training never sees, as it goes on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from speechlstm.data.strokes import read_strokes
from speechlstm.decode.decoder import make_decoder
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.evaluation.words import WordErrors
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.strokes import pen_points
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import concatenate, run
from speechlstm.training.answers import answered, running_engine
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Score

__all__ = ["StrokesValidation"]


class StrokesValidation:
    """Validation sets as feature frames, kept for the whole run.

    Args:
        recipe: The recipe.
        front_end: Turns points into frames.
        data_dir: Where the sets lie.
    """

    def __init__(self, recipe: Recipe, front_end: FrontEnd, data_dir: Path) -> None:
        self.recipe, chain = recipe, front_end.chain()
        self._sets: dict[str, list[tuple[str, np.ndarray]]] = {}
        for name, s in recipe.validation.items():
            samples = [
                (sample.label, concatenate(list(run(chain, [pen_points(sample.strokes)]))))
                for sample in read_strokes(data_dir / s.manifest, split=s.split or None)
            ]
            self._sets[name] = sorted(samples, key=lambda pair: len(pair[1]))

    def scores(self, network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> dict[str, Score]:
        """Errors of characters and samples at ``balanced``, by the engine and decoder that users run."""
        engine = running_engine(network, weights)
        return {name: self._score(engine, samples) for name, samples in self._sets.items()}

    def _score(self, engine: OnnxEngine, samples: list[tuple[str, np.ndarray]]) -> Score:
        r, total, n_exact = self.recipe, WordErrors(), 0
        decoder = make_decoder(r.vocabulary, r.features.frame_samples, r.decoder)
        for label, answer in answered(engine, r.latency["balanced"], samples):
            text = "".join(word.text for ready in run(decoder, [answer]) for word in ready)
            total, n_exact = total + WordErrors.of(label, text), n_exact + (text == label)
        cer = total.wer or 0.0
        return Score(min(1.0, cer), {"cer": cer, "exact": n_exact / max(1, len(samples))}, len(samples))
