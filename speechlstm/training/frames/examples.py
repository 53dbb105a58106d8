"""Training examples of classes of frames: excerpts of recordings, spliced and altered."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from speechlstm.data.augment_sensor import augment
from speechlstm.features.frontend import FrontEnd
from speechlstm.stage import concatenate, run
from speechlstm.training.frames.corpus import UNLABELLED, LabelledRecording
from speechlstm.training.part_pool import PartPool
from speechlstm.training.recipe import Recipe

__all__ = ["Batch", "ExampleMaker", "classes_of_frames"]


class Batch(NamedTuple):
    """What one step trains on; ``B`` streams of ``T`` frames.

    Attributes:
        x: float32 ``[B, T, n_features]``.
        classes: int32 ``[B, T]``, -1 where nothing is known.
    """

    x: np.ndarray
    classes: np.ndarray


class ExampleMaker:
    """Makes examples from seeds; every recording is drawn in proportion to its length and its weight.

    Args:
        recipe: The recipe.
        recordings: What to cut out of.
        front_end: Turns samples into frames.
    """

    def __init__(self, recipe: Recipe, recordings: Sequence[LabelledRecording], front_end: FrontEnd) -> None:
        self.recipe, self._recordings = recipe, recordings
        self._chain = front_end.chain()
        self._pool = PartPool([len(r.samples) for r in recordings], [r.weight for r in recordings])
        every = np.concatenate([r.samples for r in recordings])
        self._mean, self._std = every.mean(axis=0), every.std(axis=0)

    def make(self, seeds: range) -> Batch:
        """One example a seed."""
        return self.join([self._example(np.random.default_rng(seed)) for seed in seeds])

    def join(self, parts: Sequence[Batch]) -> Batch:
        """One batch of several."""
        return Batch(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _example(self, rng: np.random.Generator) -> Batch:
        n_frames, frame_samples = self.recipe.n_stream_frames, self.recipe.features.frame_samples
        n_samples = n_frames * frame_samples
        pieces = list(self._pieces(n_samples, rng))
        x = np.concatenate([x for x, _ in pieces])[:n_samples]
        classes = np.concatenate([classes for _, classes in pieces])[:n_samples]
        frames = concatenate(list(run(self._chain, [x])))
        return Batch(frames[None], classes_of_frames(classes, frame_samples)[None])

    def _pieces(self, n_samples: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Pieces of at least ``n_samples`` in all."""
        c, rate_hz = self.recipe.excerpts, self.recipe.features.sample_rate_hz
        while n_samples > 0:
            n_piece = n_samples
            if c.splice_s:
                n_piece = max(1, int(rng.uniform(c.splice_s[0], c.splice_s[1]) * rate_hz))
            x, classes = self._excerpt(n_piece, rng)
            n_samples -= len(x)
            yield x, classes

    def _excerpt(self, n_samples: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        drawn, _ = self._pool.draw(rng)
        r = self._recordings[drawn]
        # a warp may make it shorter
        n = min(len(r.samples), n_samples + n_samples // 4)
        start = int(rng.integers(len(r.samples) - n + 1))
        part = slice(start, start + n)
        x, classes = augment(
            r.samples[part],
            r.classes[part],
            rng,
            config=self.recipe.augment,
            mean=self._mean,
            std=self._std,
        )
        return x[:n_samples], classes[:n_samples]


def classes_of_frames(classes: np.ndarray, frame_samples: int) -> np.ndarray:
    """The class of each frame: that of its middle sample; one that the end cuts off has its last.

    Args:
        classes: Of the samples ``[n]``.
        frame_samples: Samples from one frame to the next.

    Returns:
        ``[ceil(n / frame_samples)]``.
    """
    n_frames = -(-len(classes) // frame_samples)
    middle = np.arange(n_frames) * frame_samples + frame_samples // 2
    found: np.ndarray = classes[np.minimum(middle, len(classes) - 1)]
    return found.astype(np.int32) if len(classes) else np.full(0, UNLABELLED, np.int32)
