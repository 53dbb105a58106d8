"""Records at any times, brought to a regular rate as they come."""

import copy
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from speechlstm.sources.clock import Clock, ClockState, Ordered
from speechlstm.sources.records import Records
from speechlstm.stage import Stage, concatenate

__all__ = ["Regular", "RegularSamples", "RegularState", "carry_labels", "split_at_gaps"]

# records over which the rate of the input is judged
_N_JUDGED = 32
# an input that is faster than the grid by less than this part is only interpolated
_UNNOTICED = 0.1

Floats = npt.NDArray[np.float64]
T = TypeVar("T", "Ordered", "RegularSamples")


class RegularSamples(NamedTuple):
    """Samples at a regular rate.

    Attributes:
        point: Number of the point of the grid ``[n]``, int64; points in a gap are counted, not given.
        segment: Number of the segment ``[n]``, int64; where it changes, nothing connects two neighbours.
        record: Number, in the stream, of the last record at or before the point ``[n]``, int64.
        values: ``[n, n_channels]``, float32.
    """

    point: npt.NDArray[np.int64]
    segment: npt.NDArray[np.int64]
    record: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]


class RegularState(NamedTuple):
    """The clock, the next point of the grid, and the records that points to come may need."""

    clock: ClockState
    next: int
    held: Ordered


class Regular(Stage[RegularState]):
    """Records in, samples at a regular rate out: causal, and the same however the records are cut.

    The points of the grid lie at multiples of ``1 / sample_rate_hz`` from the first record on; time is in
    whole microseconds, and a record within one of a point is on it. A point is given as soon as a record at
    or after it has come.

    - Between two records values lie on a straight line; a record on a point passes untouched.
    - An input faster than the grid would be aliased by that. So the straight lines are averaged over the
      part ``1 / sample_rate_hz - spacing`` before the point, ``spacing`` being the mean distance of the last
      32 records: over half a sample at twice the rate, over nearly a whole one far above it. That delays by
      half of this part, at most half a sample. An input less than 10 % faster is not averaged.
    - Of records with the same stamp, the line before ends at the first, the line after starts at the last.
    - Steps back, gaps and a clock that was set: see :class:`~speechlstm.sources.clock.Clock`. Nothing is
      drawn across a gap. Points are counted through it, so that times stay right.

    How many samples come out is up to the stamps: ``rate`` and ``latency`` say nothing here.

    Args:
        sample_rate_hz: Rate of the samples; a fraction for less than one a second.
        max_gap_s: The longest step in time that is bridged.
        n_channels: Values in a record.

    Raises:
        ConfigError: A rate or a gap that cannot be.

    Example:
        >>> from speechlstm.sources.records import to_records
        >>> stage = Regular(10, max_gap_s=1, n_channels=1)
        >>> samples, _ = stage.step(to_records([0, 0.15, 0.25], [[0, 15, 25]]), stage.initial_state())
        >>> samples.values[:, 0].tolist()
        [0.0, 10.0, 20.0]
    """

    latency = 1

    def __init__(self, sample_rate_hz: int | Fraction, *, max_gap_s: float, n_channels: int) -> None:
        self._clock = Clock(sample_rate_hz, max_gap_s=max_gap_s, n_channels=n_channels)
        self._grid, self._n_channels = self._clock.grid, n_channels

    def initial_state(self) -> RegularState:
        none = np.zeros(0, np.int64)
        held = Ordered(none, none, none, np.zeros((0, self._n_channels), np.float32))
        return RegularState(self._clock.initial_state(), 0, held)

    def step(self, x: Records, state: RegularState) -> tuple[RegularSamples, RegularState]:
        """Take records, any number of them; give the samples that are ready, and the state."""
        ordered, clock = self._clock.step(x, state.clock)
        return self._draw_all(ordered, state._replace(clock=clock))

    def flush(self, state: RegularState) -> RegularSamples:
        """The sample at a record whose time was still in doubt, if there is one."""
        return self._draw_all(self._clock.flush(state.clock), state)[0]

    def _draw_all(self, ordered: Ordered, state: RegularState) -> tuple[RegularSamples, RegularState]:
        cuts = np.flatnonzero(np.diff(ordered.segment)) + 1
        edges = [0, *cuts.tolist(), len(ordered.segment)]
        parts = []
        for a, b in pairwise(edges):
            samples, state = self._draw(_cut(ordered, a, b), state)
            parts.append(samples)
        return concatenate(parts), state

    def _draw(self, new: Ordered, state: RegularState) -> tuple[RegularSamples, RegularState]:
        """The points that some records of one segment make ready."""
        held, first = state.held, state.next
        if len(new.ticks) == 0:
            return RegularSamples(*new), state
        if not (len(held.segment) and held.segment[-1] == new.segment[0]):
            held = _cut(held, 0, 0)
            first = self._grid.after(int(new.ticks[0]) - 2)  # a microsecond late is on the point
        lines = _Lines(concatenate([held, new]))
        n = self._grid.after(int(lines.ticks[-1]) + 1) - first
        samples = lines.samples(first, self._grid.ticks(first, n), self._grid.interval)
        return samples, RegularState(state.clock, first + n, lines.last(self._grid.interval))


class _Lines:
    """The straight lines between records of one segment, and the areas below them."""

    def __init__(self, records: Ordered) -> None:
        self.ticks, self._records = records.ticks, records
        self._values = records.values.astype(np.float64)

    def samples(self, first: int, points: npt.NDArray[np.int64], interval: float) -> RegularSamples:
        """The samples at ``points`` (ticks ``[n]``), of which the first has the number ``first``."""
        after = np.searchsorted(self.ticks, points - 1)
        before = np.maximum(after - 1, 0)
        on = np.abs(self.ticks[after] - points) <= 1
        ends = np.where(on, self.ticks[after], points)
        values = self._at(ends, after)
        width = self._widths(ends, after, interval)
        wide = np.flatnonzero(width >= _UNNOTICED * interval)
        if len(wide):
            values[wide] = self._means(ends[wide], width[wide], after[wide])
        n = np.arange(first, first + len(points))
        segment = self._records.segment[after]
        return RegularSamples(
            n, segment, self._records.record[np.where(on, after, before)], values.astype(np.float32)
        )

    def last(self, interval: float) -> Ordered:
        """Copies of the records that later points may need."""
        n = len(self.ticks)
        within = int(np.searchsorted(self.ticks, self.ticks[-1] - int(interval) - 2))
        first = max(0, min(within - 1, n - _N_JUDGED - 1))
        return copy.deepcopy(_cut(self._records, first, n))

    def _widths(self, ends: npt.NDArray[np.int64], after: npt.NDArray[np.intp], interval: float) -> Floats:
        """How far back from each end to average, in ticks ``[n]``."""
        n_judged = np.minimum(after, _N_JUDGED)
        span = self.ticks[after] - self.ticks[after - n_judged]
        width = interval - span / np.maximum(n_judged, 1)
        return np.where(n_judged > 0, np.minimum(width, ends - self.ticks[0]), 0.0)

    def _means(self, ends: npt.NDArray[np.int64], width: Floats, after: npt.NDArray[np.intp]) -> Floats:
        """The mean of the lines over ``width`` before ``ends`` (ticks ``[n]``), ``[n, n_channels]``.

        Each is summed by itself. As differences of one running sum, all that follow a wild value would be
        lost in its rounding.
        """
        starts, before = ends - width, after - 1
        first = np.searchsorted(self.ticks, starts, side="right") - 1
        value, end_value = self._at(starts, first + 1), self._at(ends, after)
        head = (self.ticks[first + 1] - starts)[:, None] * (value + self._values[first + 1])
        tail = (ends - self.ticks[before])[:, None] * (self._values[before] + end_value)
        doubled = np.where(
            (first == before)[:, None],
            width[:, None] * (value + end_value),
            head + self._whole(first + 1, before) + tail,
        )
        means: Floats = doubled / (2 * width[:, None])
        return means

    def _whole(self, first: npt.NDArray[np.intp], stop: npt.NDArray[np.intp]) -> Floats:
        """Twice the areas from records ``first`` to records ``stop``, both ``[n]``."""
        areas = np.diff(self.ticks)[:, None] * (self._values[:-1] + self._values[1:])
        edges = np.stack([np.minimum(first, stop), stop], axis=1).ravel()
        return np.where((first < stop)[:, None], np.add.reduceat(areas, edges)[::2], 0)

    def _at(self, at: npt.NDArray[Any], after: npt.NDArray[np.intp]) -> Floats:
        """The values at moments (ticks ``[n]``), each on the line that ends at the record ``after``."""
        before = np.maximum(after - 1, 0)
        lengths = np.maximum(self.ticks[after] - self.ticks[before], 1)
        left = ((self.ticks[after] - at) / lengths)[:, None]
        values: Floats = left * self._values[before] + (1 - left) * self._values[after]
        return values


def carry_labels(labels: Sequence[str] | npt.NDArray[np.str_], samples: RegularSamples) -> tuple[str, ...]:
    """The label of each sample: that of the last record at or before it.

    Args:
        labels: Of every record of the stream, ``[n_records]``, from its first on.
        samples: What :class:`Regular` made of the stream.

    Returns:
        Labels ``[n]``.
    """
    return tuple(str(label) for label in np.asarray(labels, np.str_)[samples.record])


def split_at_gaps(samples: RegularSamples) -> list[RegularSamples]:
    """The parts of one segment each, in order; none where there are no samples."""
    if len(samples.point) == 0:
        return []
    edges = [0, *(np.flatnonzero(np.diff(samples.segment)) + 1).tolist(), len(samples.point)]
    return [_cut(samples, a, b) for a, b in pairwise(edges)]


def _cut(columns: T, first: int, stop: int) -> T:
    parts: list[Any] = [column[first:stop] for column in columns]
    return type(columns)(*parts)
