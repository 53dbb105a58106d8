"""The time stamps of a sensor, put in order: what to make of repeats, steps back, and gaps."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from speechlstm.config import require
from speechlstm.sources.records import Records
from speechlstm.sources.timestamps import MAX_TIME_S
from speechlstm.stage import Stage

__all__ = ["TICKS_PER_S", "Clock", "ClockState", "Grid", "Ordered"]

TICKS_PER_S = 1_000_000
# 146,000 years, far from where 64 bits end
_MOST_TICKS = 1 << 62
# a live stream may not fill the memory with what a wrong time stamp asks for
_MAX_GRID_HZ = 100_000

Ints = npt.NDArray[np.int64]


class Ordered(NamedTuple):
    """Records whose time never goes back.

    Attributes:
        ticks: Microseconds since the first record ``[n]``, int64; a clock that was set back goes on.
        segment: Number of the segment ``[n]``, int64, from 0; within one, no step is longer than a gap.
        record: Number of the record in the stream ``[n]``, int64, from 0.
        values: ``[n, n_channels]``, float32.
    """

    ticks: Ints
    segment: Ints
    record: Ints
    values: npt.NDArray[np.float32]


class ClockState(NamedTuple):
    """Where the clock stands; the counts are of :class:`~speechlstm.sources.problems.Problems`."""

    n_records: int = 0
    segment: int = -1
    first: int = 0  # stamp of the first record in order
    offset: int = 0  # what turns stamps into ticks
    last: int = 0  # stamp of the last record in order
    doubtful: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)  # values of none or one
    doubtful_stamp: int = 0
    doubtful_record: int = 0
    n_repeated: int = 0
    n_backwards: int = 0
    n_strays: int = 0
    n_gaps: int = 0
    n_restarts: int = 0

    def at_the_end(self) -> "ClockState":
        """The same, and counted the segment that :meth:`Clock.flush` starts at a record in doubt."""
        if not len(self.doubtful):
            return self
        kind = "n_gaps" if self.doubtful_stamp > self.last else "n_restarts"
        return self._replace(**{kind: getattr(self, kind) + 1})


class Grid:
    """The moments of a regular rate, in ticks: point ``k`` is ``k / rate``, rounded to a microsecond.

    Args:
        sample_rate_hz: The rate.

    Raises:
        ConfigError: A rate that is not above 0 and at most 100,000.
    """

    def __init__(self, sample_rate_hz: int | Fraction) -> None:
        rate = Fraction(sample_rate_hz)
        require(
            0 < rate <= _MAX_GRID_HZ,
            f"expected 0 < sample_rate_hz <= {_MAX_GRID_HZ} for a sensor, got {sample_rate_hz}",
        )
        self.interval = float(TICKS_PER_S / rate)
        # k / rate in ticks is k * step / den; half of den rounds
        self._step, self._den = 2 * TICKS_PER_S * rate.denominator, 2 * rate.numerator

    def ticks(self, first: int, n: int) -> Ints:
        """Ticks of the points ``first`` to ``first + n``, ``[n]``."""
        whole, rest = divmod(first * self._step + self._den // 2, self._den)
        return whole + (rest + np.arange(n, dtype=np.int64) * self._step) // self._den

    def after(self, ticks: int) -> int:
        """The first point that is later than ``ticks``."""
        return -((self._den // 2 - (ticks + 1) * self._den) // self._step)


class Clock(Stage[ClockState]):
    """Records in, records in order of time out, in segments.

    - A repeated stamp is kept and counted.
    - A stamp before the last one, by at most ``max_gap_s``, is dropped and counted.
    - A step of more than ``max_gap_s``, either way, is in doubt until the next record has come. If that one
      goes on from before the step, the doubtful record was a stray: it is dropped. Else a new segment starts
      at it. After a step forward time goes on as stamped; after a step back, or one that no count of ticks
      holds, the clock was set, and the new segment starts at the point of the grid after the last record, as
      if no time had passed.

    How many records come out is not fixed: ``rate`` and ``latency`` say nothing here.

    Args:
        sample_rate_hz: Rate of the grid.
        max_gap_s: The longest step that is bridged.
        n_channels: Values in a record.

    Raises:
        ConfigError: A rate or a gap that cannot be.
    """

    latency = 1

    def __init__(self, sample_rate_hz: int | Fraction, *, max_gap_s: float, n_channels: int) -> None:
        self.grid = Grid(sample_rate_hz)
        self.max_gap = int(min(max_gap_s, MAX_TIME_S) * TICKS_PER_S) if max_gap_s > 0 else 0
        require(
            self.max_gap >= self.grid.interval,
            f"expected max_gap_s of at least a sample, {self.grid.interval / TICKS_PER_S:g} s, "
            f"got {max_gap_s}",
        )
        self.n_channels = n_channels

    def initial_state(self) -> ClockState:
        return ClockState(doubtful=np.zeros((0, self.n_channels), np.float32))

    def step(self, x: Records, state: ClockState) -> tuple[Ordered, ClockState]:
        """Take records, any number of them; give those whose place in time is known."""
        stamps, known = _stamps(x.time_s)
        first, state = state.n_records, state._replace(n_records=state.n_records + len(stamps))
        steps = np.diff(stamps, prepend=state.last)
        plain = state.segment >= 0 and len(state.doubtful) == 0 and bool(known.all())
        if not (plain and len(steps) and steps.min() >= 0 and steps.max() <= self.max_gap):
            return self._one_by_one(x, first, state)
        n_repeated = state.n_repeated + int(np.count_nonzero(steps == 0))
        segment, record = np.full(len(stamps), state.segment), np.arange(first, first + len(stamps))
        ordered = Ordered(stamps + state.offset, segment, record, x.values)
        return ordered, state._replace(last=int(stamps[-1]), n_repeated=n_repeated)

    def flush(self, state: ClockState) -> Ordered:
        walk = _Walk(self, state)
        if walk.doubt:
            walk.begin(*walk.doubt)
        return walk.ordered(state.doubtful)

    def _one_by_one(self, x: Records, first: int, state: ClockState) -> tuple[Ordered, ClockState]:
        walk, n_before = _Walk(self, state), len(state.doubtful)
        values = np.concatenate([state.doubtful, x.values])
        stamps, known = _stamps(x.time_s)
        for i, stamp in enumerate(stamps.tolist()):
            if known[i]:
                walk.take(stamp, n_before + i, first + i)
        return walk.ordered(values), walk.state(values)


class _Walk:
    """The rule of :class:`Clock`, one record after the other."""

    def __init__(self, clock: Clock, state: ClockState) -> None:
        self._grid, self._max_gap, self._before = clock.grid, clock.max_gap, state
        self._segment, self._offset, self._last = state.segment, state.offset, state.last
        self._first = state.first
        self._counts = dict.fromkeys(("n_repeated", "n_backwards", "n_strays", "n_gaps", "n_restarts"), 0)
        self._kept: list[tuple[int, int, int, int]] = []
        self.doubt: tuple[int, int, int] | None = None
        if len(state.doubtful):
            self.doubt = state.doubtful_stamp, 0, state.doubtful_record

    def take(self, stamp: int, row: int, record: int) -> None:
        """The next record: its stamp, its row among the values at hand, its number in the stream."""
        step = stamp - self._last
        if self._segment < 0:
            self.begin(stamp, row, record)
        elif self.doubt is None and abs(step) > self._max_gap:
            self.doubt = stamp, row, record
        elif self.doubt is None and step < 0:
            self._counts["n_backwards"] += 1
        elif self.doubt is None:
            self._keep(stamp, row, record)
        elif 0 <= step <= self._max_gap:
            self._counts["n_strays"] += 1
            self.doubt = None
            self._keep(stamp, row, record)
        else:
            self.begin(*self.doubt)
            self.take(stamp, row, record)

    def begin(self, stamp: int, row: int, record: int) -> None:
        """Start a segment."""
        if self._segment < 0:
            self._first, self._offset = stamp, -stamp
        elif stamp > self._last and stamp + self._offset < _MOST_TICKS:
            self._counts["n_gaps"] += 1
        else:
            self._counts["n_restarts"] += 1
            # points up to a microsecond after the last record have been given
            free = self._grid.after(self._last + self._offset + 1)
            self._offset = int(self._grid.ticks(free, 1)[0]) - stamp
        self.doubt = None
        self._segment += 1
        self._append(stamp, row, record)

    def ordered(self, values: npt.NDArray[np.float32]) -> Ordered:
        """What is in order, with the ``values`` of its rows."""
        kept = np.array(self._kept, np.int64).reshape(-1, 4)
        return Ordered(kept[:, 1], kept[:, 2], kept[:, 3], values[kept[:, 0]])

    def state(self, values: npt.NDArray[np.float32]) -> ClockState:
        """Where the clock stands now."""
        counts = {name: getattr(self._before, name) + n for name, n in self._counts.items()}
        stamp, row, record = self.doubt or (0, 0, 0)
        return self._before._replace(
            segment=self._segment,
            first=self._first,
            offset=self._offset,
            last=self._last,
            doubtful=values[row : row + 1].copy() if self.doubt else values[:0].copy(),
            doubtful_stamp=stamp,
            doubtful_record=record,
            **counts,
        )

    def _keep(self, stamp: int, row: int, record: int) -> None:
        self._counts["n_repeated"] += stamp == self._last
        self._append(stamp, row, record)

    def _append(self, stamp: int, row: int, record: int) -> None:
        self._last = stamp
        self._kept.append((row, stamp + self._offset, self._segment, record))


def _stamps(time_s: npt.NDArray[np.float64]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Whole microseconds ``[n]``, and whether each is a time at all."""
    known = np.abs(time_s) < MAX_TIME_S
    return np.floor(np.where(known, time_s, 0) * TICKS_PER_S + 0.5).astype(np.int64), known
