"""Training examples of words: composed streams as feature frames and targets."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from speechlstm.data.compose import Composer, Composition
from speechlstm.data.pronunciations import Pronunciations
from speechlstm.features.mfcc import dct_matrix
from speechlstm.features.sound import SoundFrontEnd, sound_chain
from speechlstm.stage import concatenate, run
from speechlstm.training.recipe import Recipe

__all__ = ["Batch", "ExampleMaker"]

_SHARED_FRAMES = 8


class Batch(NamedTuple):
    """What one step trains on; ``B`` streams of ``T`` frames with at most ``W`` words.

    Attributes:
        x: float32 ``[B, T, n_features]``.
        labels: int32 ``[B, W]``, tokens in order, -1 behind the last.
        windows: int32 ``[B, W, 2]``, first frame in which the word may be answered and one past the last.
        bounds: float32 ``[B, W, 2]``, start and end of the word in frames; NaN where they are not known.
        phones: int32 ``[B, P]``, phones of all that is said, in order, 1 the first, -1 behind the last.
        phone_windows: int32 ``[B, P, 2]``, first frame of the speech they are in, and one past the last.
        unknown: bool ``[B, T]``, frames in which phones are spoken that nobody knows.
    """

    x: np.ndarray
    labels: np.ndarray
    windows: np.ndarray
    bounds: np.ndarray
    phones: np.ndarray
    phone_windows: np.ndarray
    unknown: np.ndarray


class ExampleMaker:
    """Makes examples from seeds.

    Args:
        recipe: The recipe.
        composer: Composes the streams.
        front_end: Turns them into frames.
        pronunciations: Of the words that are said, if phones are learnt beside them.
    """

    def __init__(
        self,
        recipe: Recipe,
        composer: Composer,
        front_end: SoundFrontEnd,
        pronunciations: Pronunciations | None = None,
    ) -> None:
        self.recipe, self.composer, self._pronunciations = recipe, composer, pronunciations
        self._chain = sound_chain(front_end)
        self._config = config = front_end.config
        dct = dct_matrix(config.n_mels)[:, : config.n_mfcc].astype(np.float32)
        # normalised cepstra -> decibels of each mel band, and back
        self._to_bands = front_end.std[:, None] * dct.T
        self._from_bands = dct / front_end.std

    def make(self, seeds: range) -> Batch:
        """One example a seed."""
        streams = [self.composer.compose(seed) for seed in seeds]
        x = [self._frames(s, seed) for s, seed in zip(streams, seeds, strict=True)]
        n_words = max(1, *(len(s.labels) for s in streams))
        labels = np.full((len(streams), n_words), -1, np.int32)
        windows = np.zeros((len(streams), n_words, 2), np.int32)
        bounds = np.full((len(streams), n_words, 2), np.nan, np.float32)
        for i, stream in enumerate(streams):
            for j, label in enumerate(stream.labels):
                start, stop = (
                    label.start / self._config.frame_samples,
                    label.stop / self._config.frame_samples,
                )
                labels[i, j] = label.token
                windows[i, j] = int(start), int(np.ceil(stop)) + self.recipe.training.late_frames
                if label.aligned:
                    bounds[i, j] = start, stop
        return Batch(np.stack(x), labels, windows, bounds, *self._phones(streams, len(x[0])))

    def join(self, parts: Sequence[Batch]) -> Batch:
        """One batch of several, as wide as the one with the most words."""
        # mostly one width: to trace the train step again takes as long as fifty steps
        n_words, n_phones = (
            -(-max(array.shape[1] for array in arrays) // width) * width
            for arrays, width in (([p.labels for p in parts], 32), ([p.phones for p in parts], 192))
        )
        return Batch(
            np.concatenate([p.x for p in parts]),
            np.concatenate([_widened(p.labels, n_words, -1) for p in parts]),
            np.concatenate([_widened(p.windows, n_words, 0) for p in parts]),
            np.concatenate([_widened(p.bounds, n_words, np.nan) for p in parts]),
            np.concatenate([_widened(p.phones, n_phones, -1) for p in parts]),
            np.concatenate([_widened(p.phone_windows, n_phones, 0) for p in parts]),
            np.concatenate([p.unknown for p in parts]),
        )

    def _phones(self, streams: Sequence[Composition], n_frames: int) -> tuple[np.ndarray, ...]:
        """Phones, their windows, and frames of which they are not known."""
        unknown = np.zeros((len(streams), n_frames), bool)
        rows: list[list[tuple[int, int, int]]] = [[] for _ in streams]
        for stream, row, frames in zip(streams, rows, unknown, strict=True):
            for said in stream.said:
                start = said.start // self._config.frame_samples
                stop = -(-said.stop // self._config.frame_samples) + self.recipe.training.late_frames
                phones = self._pronunciations.of_text(said.text) if self._pronunciations else None
                if phones is None or not _fits(phones, stop - start):
                    frames[start:stop] = True
                else:
                    row += [(phone + 1, start, min(stop, n_frames)) for phone in phones]
        n_phones = max(1, *map(len, rows))
        labels = np.full((len(streams), n_phones), -1, np.int32)
        windows = np.zeros((len(streams), n_phones, 2), np.int32)
        for i, row in enumerate(rows):
            if row:
                labels[i, : len(row)], windows[i, : len(row)] = np.array(row)[:, 0], np.array(row)[:, 1:]
        return labels, windows, unknown

    def _frames(self, stream: Composition, seed: int) -> np.ndarray:
        frames = concatenate(list(run(self._chain, [stream.samples])))
        return self._masked(frames, np.random.default_rng([seed, 1]))

    def _masked(self, frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """SpecAugment (Park et al., 2019): stretches of time and bands of frequency set to their mean."""
        c, width = self.recipe.training, self._config.n_mfcc
        x = frames.reshape(len(frames), -1, width).copy()
        for _ in range(int(rng.integers(c.n_band_masks + 1))):
            n = int(rng.integers(c.band_mask + 1))
            first = int(rng.integers(self._config.n_mels - n + 1))
            band = slice(first, first + n)
            x -= x @ self._to_bands[:, band] @ self._from_bands[band]
        for _ in range(int(rng.integers(c.n_time_masks + 1))):
            n = int(rng.integers(c.time_mask_frames + 1))
            first = int(rng.integers(len(x) - n + 1))
            x[first : first + n] = 0
        return x.reshape(len(frames), -1)


def _fits(phones: Sequence[int], n_frames: int) -> bool:
    """Whether CTC can spell phones in so many frames: one each, and a blank between two that are alike.

    Frames at the ends are shared with what is said before and after.
    """
    n_alike = sum(a == b for a, b in pairwise(phones))
    return len(phones) + n_alike <= n_frames - _SHARED_FRAMES


def _widened(x: np.ndarray, n_words: int, fill: float) -> np.ndarray:
    padding = [(0, 0), (0, n_words - x.shape[1])] + [(0, 0)] * (x.ndim - 2)
    return np.pad(x, padding, constant_values=fill)
