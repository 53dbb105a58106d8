"""Training examples: composed streams as feature frames and targets, made in worker processes."""

import os
import signal
import threading
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import NamedTuple

import numpy as np

from speechlstm.data.compose import Composer, Composition
from speechlstm.data.corpus import load_corpus
from speechlstm.errors import DataError
from speechlstm.features.frontend import FrontEnd, sound_chain
from speechlstm.features.mfcc import dct_matrix
from speechlstm.stage import concatenate, run
from speechlstm.training.recipe import Recipe

__all__ = ["Batch", "ExampleMaker", "batches"]

_AHEAD = 4


class Batch(NamedTuple):
    """What one step trains on; ``B`` streams of ``T`` frames with at most ``W`` words.

    Attributes:
        x: float32 ``[B, T, n_features]``.
        labels: int32 ``[B, W]``, tokens in order, -1 behind the last.
        windows: int32 ``[B, W, 2]``, first frame in which the word may be answered and one past the last.
        bounds: float32 ``[B, W, 2]``, start and end of the word in frames; NaN where they are not known.
    """

    x: np.ndarray
    labels: np.ndarray
    windows: np.ndarray
    bounds: np.ndarray


class ExampleMaker:
    """Makes examples from seeds.

    Args:
        recipe: The recipe.
        composer: Composes the streams.
        front_end: Turns them into frames.
    """

    def __init__(self, recipe: Recipe, composer: Composer, front_end: FrontEnd) -> None:
        self.recipe, self.composer = recipe, composer
        self._chain = sound_chain(front_end)
        self._frame_samples = recipe.features.frame_samples
        dct = dct_matrix(recipe.features.n_mels)[:, : recipe.features.n_mfcc].astype(np.float32)
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
                start, stop = label.start / self._frame_samples, label.stop / self._frame_samples
                labels[i, j] = label.token
                windows[i, j] = int(start), int(np.ceil(stop)) + self.recipe.training.late_frames
                if label.aligned:
                    bounds[i, j] = start, stop
        return Batch(np.stack(x), labels, windows, bounds)

    def _frames(self, stream: Composition, seed: int) -> np.ndarray:
        frames = concatenate(list(run(self._chain, [stream.samples])))
        return self._masked(frames, np.random.default_rng([seed, 1]))

    def _masked(self, frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """SpecAugment (Park et al., 2019): stretches of time and bands of frequency set to their mean."""
        c, width = self.recipe.training, self.recipe.features.n_mfcc
        x = frames.reshape(len(frames), -1, width).copy()
        for _ in range(int(rng.integers(c.n_band_masks + 1))):
            n = int(rng.integers(c.band_mask + 1))
            first = int(rng.integers(self.recipe.features.n_mels - n + 1))
            band = slice(first, first + n)
            x -= x @ self._to_bands[:, band] @ self._from_bands[band]
        for _ in range(int(rng.integers(c.n_time_masks + 1))):
            n = int(rng.integers(c.time_mask_frames + 1))
            first = int(rng.integers(len(x) - n + 1))
            x[first : first + n] = 0
        return x.reshape(len(frames), -1)


@dataclass(frozen=True)
class _Origin:
    """What a worker builds its maker from; small enough to send."""

    recipe: Recipe
    front_end: FrontEnd
    data_dir: Path
    cache_dir: Path

    def maker(self) -> ExampleMaker:
        r = self.recipe
        corpus = load_corpus(tuple(r.data.values()), self.data_dir, r.features.sample_rate_hz, self.cache_dir)
        return ExampleMaker(r, Composer(corpus, r.vocabulary, r.compose), self.front_end)


def batches(
    recipe: Recipe, front_end: FrontEnd, data_dir: Path, cache_dir: Path, *, first_step: int = 0
) -> Generator[Batch]:
    """Batches without end, a few made ahead; batch ``n`` is the same however the run got there.

    Args:
        recipe: The recipe.
        front_end: Turns sound into frames.
        data_dir: Where the recipe's sets lie.
        cache_dir: Where the corpus is kept.
        first_step: The step to begin at.

    Raises:
        DataError: A worker process has died.
    """
    size = recipe.training.batch_size
    n_workers = recipe.training.n_workers or max(1, (os.cpu_count() or 2) - 1)
    share = -(-size // n_workers)
    origin = _Origin(recipe, front_end, data_dir, cache_dir)
    with ProcessPoolExecutor(
        n_workers, mp_context=get_context("spawn"), initializer=_start, initargs=(origin,)
    ) as pool:
        queue: deque[list[Future[Batch]]] = deque()
        step = first_step
        try:
            while True:
                while len(queue) < _AHEAD:
                    first = recipe.seed * 2**32 + step * size
                    ends = range(first, first + size)
                    parts = [ends[i : i + share] for i in range(0, size, share)]
                    queue.append([pool.submit(_make, part) for part in parts])
                    step += 1
                yield _join([part.result() for part in queue.popleft()])
        except BrokenProcessPool as error:
            raise DataError(
                f"one of {n_workers} processes that compose streams has died; if memory was short, "
                "use fewer (--set training.n_workers=1), and go on with --resume"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_maker: ExampleMaker


def _start(origin: _Origin) -> None:
    global _maker  # a worker process serves one run; its corpus is loaded once
    # Ctrl+C goes to every process of a terminal; the run ends its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _maker = origin.maker()


def _die_with_parent() -> None:
    """A run killed with ``kill -9`` leaves no workers behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _make(seeds: range) -> Batch:
    return _maker.make(seeds)


def _join(parts: list[Batch]) -> Batch:
    # few widths, so that the train step is seldom traced again
    n_words = -(-max(part.labels.shape[1] for part in parts) // 16) * 16

    def widened(x: np.ndarray, fill: float) -> np.ndarray:
        padding = [(0, 0), (0, n_words - x.shape[1])] + [(0, 0)] * (x.ndim - 2)
        return np.pad(x, padding, constant_values=fill)

    return Batch(
        np.concatenate([p.x for p in parts]),
        np.concatenate([widened(p.labels, -1) for p in parts]),
        np.concatenate([widened(p.windows, 0) for p in parts]),
        np.concatenate([widened(p.bounds, np.nan) for p in parts]),
    )
