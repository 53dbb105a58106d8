"""Training examples of handwriting: samples, altered, as padded feature frames."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from speechlstm.data.augment_strokes import augment_strokes
from speechlstm.errors import DataError
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.strokes import pen_points
from speechlstm.stage import concatenate, run
from speechlstm.training.recipe import Recipe
from speechlstm.training.strokes.corpus import LabelledStrokes

__all__ = ["Batch", "ExampleMaker"]

# what altered samples do not fit is given up after so many draws
_N_TRIES = 100


class Batch(NamedTuple):
    """What one step trains on; ``B`` pieces of writing of at most ``T`` frames and ``W`` characters.

    Attributes:
        x: float32 ``[B, T, n_features]``, zeros behind the end, as the end of a stream is.
        n_frames: int32 ``[B]``, frames of each.
        labels: int32 ``[B, W]``, tokens in order, -1 behind the last; or the class alone.
    """

    x: np.ndarray
    n_frames: np.ndarray
    labels: np.ndarray


class ExampleMaker:
    """Makes examples from seeds.

    Args:
        recipe: The recipe.
        samples: What to alter.
        front_end: Turns points into frames.
    """

    def __init__(self, recipe: Recipe, samples: Sequence[LabelledStrokes], front_end: FrontEnd) -> None:
        self.recipe, self._samples, self._chain = recipe, samples, front_end.chain()
        self._cumulative = np.cumsum([sample.weight for sample in samples])
        self._n_labels = max(len(sample.tokens) for sample in samples)

    def make(self, seeds: range) -> Batch:
        """One example a seed."""
        n_frames, width = self.recipe.n_stream_frames, self.recipe.features.width
        x = np.zeros((len(seeds), n_frames, width), np.float32)
        labels = np.full((len(seeds), self._n_labels), -1, np.int32)
        lengths = np.zeros(len(seeds), np.int32)
        for i, seed in enumerate(seeds):
            frames, tokens = self._example(np.random.default_rng(seed))
            x[i, : len(frames)], labels[i, : len(tokens)], lengths[i] = frames, tokens, len(frames)
        return Batch(x, lengths, labels)

    def join(self, parts: Sequence[Batch]) -> Batch:
        """One batch of several."""
        return Batch(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _example(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        for _ in range(_N_TRIES):
            place = rng.random() * self._cumulative[-1]
            sample = self._samples[int(np.searchsorted(self._cumulative, place, side="right"))]
            strokes = augment_strokes(sample.strokes, rng, self.recipe.pen)
            frames = concatenate(list(run(self._chain, [pen_points(strokes)])))
            if _n_needed(sample.tokens) <= len(frames) <= self.recipe.n_stream_frames:
                return frames, sample.tokens
        raise DataError(
            f"of {_N_TRIES} samples none fits into {self.recipe.n_stream_frames} frames; "
            "raise pen.n_frames, or features.step"
        )


def _n_needed(tokens: np.ndarray) -> int:
    """Frames that CTC needs at least: one a character, and a blank between its like."""
    return len(tokens) + int((tokens[1:] == tokens[:-1]).sum())
