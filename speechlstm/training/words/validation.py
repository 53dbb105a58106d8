"""The error on recordings that training never hears, as it goes on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from speechlstm.data.manifest import read_manifest
from speechlstm.data.texts import in_vocabulary
from speechlstm.decode.decoder import make_decoder
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.errors import DataError
from speechlstm.evaluation.words import WordErrors, words_in
from speechlstm.features.frontend import FrontEnd
from speechlstm.model.config import NetworkConfig
from speechlstm.recognizer.parts import lead_of
from speechlstm.sources.files import AudioFile
from speechlstm.stage import concatenate, run
from speechlstm.training.answers import answered, running_engine
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Score

__all__ = ["WordsValidation"]

_MIN_CLIPS = 2


class WordsValidation:
    """Validation sets as feature frames, kept for the whole run.

    Args:
        recipe: The recipe.
        front_end: Turns sound into frames.
        data_dir: Where the sets lie.

    Raises:
        DataError: A manifest cannot be read, or lists one clip.
    """

    def __init__(self, recipe: Recipe, front_end: FrontEnd, data_dir: Path) -> None:
        self.recipe = recipe
        self._lead = lead_of(front_end)
        chain, rate = front_end.chain(), int(recipe.features.sample_rate_hz)
        self._sets: dict[str, list[tuple[str, np.ndarray]]] = {}
        for name, data_set in recipe.validation.items():
            clips = []
            for clip in read_manifest(data_dir / data_set.manifest, split=data_set.split or None):
                with AudioFile(clip.audio, rate) as chunks:
                    clips.append((clip.text, concatenate(list(run(chain, chunks)))))
            if len(clips) < _MIN_CLIPS:
                raise DataError(
                    f"the validation set {name} holds one clip, which tells nothing of other clips and would "
                    "choose the best weights by chance; give more, by speakers who are in no training set"
                )
            self._sets[name] = sorted(clips, key=lambda c: len(c[1]))

    def scores(self, network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> dict[str, Score]:
        """Score of each set at the ``balanced`` setting, by the engine and decoder that users run."""
        engine = running_engine(network, weights)
        return {name: self._score(engine, clips) for name, clips in self._sets.items()}

    def _score(self, engine: OnnxEngine, clips: list[tuple[str, np.ndarray]]) -> Score:
        r = self.recipe
        decoder = make_decoder(r.vocabulary, r.features.frame_samples, r.decoder)
        total, n_exact = WordErrors(0, 0, 0, 0), 0
        for text, answer in answered(engine, r.latency["balanced"], clips, lead=self._lead):
            entries = [word.text for ready in run(decoder, [answer]) for word in ready]
            errors = WordErrors.of(in_vocabulary(text, r.vocabulary), words_in(entries))
            total, n_exact = total + errors, n_exact + (errors.total == 0)
        exact = n_exact / max(1, len(clips))
        return Score(
            1 - exact, {"exact": exact, "wer": np.nan if total.wer is None else total.wer}, len(clips)
        )
