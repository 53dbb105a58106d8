"""Training examples of forecasts: excerpts of series, each with what came after it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from speechlstm.errors import DataError
from speechlstm.features.frontend import FrontEnd, statistics_of
from speechlstm.features.normalize import Normalize
from speechlstm.stage import concatenate, run
from speechlstm.training.forecast.series import Series
from speechlstm.training.part_pool import PartPool
from speechlstm.training.recipe import Recipe

__all__ = ["Batch", "ExampleMaker"]


class Batch(NamedTuple):
    """What one step trains on; ``B`` streams of ``T`` frames.

    Attributes:
        x: float32 ``[B, T, n_features]``.
        series: float32 ``[B, T + horizon, n_targets]``, what is forecast, normalised, from the first frame on
            to the horizon of the last one.
    """

    x: np.ndarray
    series: np.ndarray


class ExampleMaker:
    """Makes examples from seeds; a place is as likely as the weight of its series says.

    Args:
        recipe: The recipe.
        parts: What to cut out of.
        front_end: Turns samples into frames.
        targets: Places, among the channels, of what is forecast.
        horizon: Frames that are forecast.

    Raises:
        DataError: No series is long enough for a single example.
    """

    def __init__(
        self,
        recipe: Recipe,
        parts: Sequence[Series],
        front_end: FrontEnd,
        *,
        targets: Sequence[int],
        horizon: int,
    ) -> None:
        self._chain, self._targets, self._horizon = front_end.chain(), list(targets), horizon
        self._normalize = Normalize(*statistics_of(front_end))
        self._n_frames, self._n_before = recipe.n_stream_frames, recipe.n_history_frames - 1
        # an example is what its first frame looks back to, its frames, and the horizon of the last one
        self._n_samples = self._n_before + self._n_frames + horizon
        self._parts = [part.samples[part.first :] for part in parts]
        places = [max(0, len(samples) - self._n_samples + 1) for samples in self._parts]
        if not sum(places):
            raise DataError(
                f"an example needs {self._n_samples} samples without a gap, the longest stretch has "
                f"{max(map(len, self._parts))}; shorten excerpts.length_s, features.win_length or "
                "decoder.horizon, or allow longer gaps (features.max_gap_s)"
            )
        self._pool = PartPool(places, [part.weight for part in parts])

    def make(self, seeds: range) -> Batch:
        """One example a seed."""
        return self.join([self._example(np.random.default_rng(seed)) for seed in seeds])

    def join(self, parts: Sequence[Batch]) -> Batch:
        """One batch of several."""
        return Batch(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _example(self, rng: np.random.Generator) -> Batch:
        drawn, start = self._pool.draw(rng)
        samples = self._parts[drawn][start : start + self._n_samples]
        frames = concatenate(list(run(self._chain, [samples[: self._n_before + self._n_frames]])))
        after = concatenate(list(run(self._normalize, [samples[self._n_before :]])))
        return Batch(frames[None, self._n_before :], after[None, :, self._targets])
