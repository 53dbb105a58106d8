"""What is odd about the times, the values and the units of a sensor's records, counted as they come."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from speechlstm.sources.clock import ClockState
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import Records
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.timestamps import MAX_TIME_S
from speechlstm.sources.units import UnitCheck

__all__ = ["RecordWatch"]

# records before anything is said of their rate, and how many samples for each are too many
_N_JUDGED, _FAR_BELOW = 32, 2
# a step in time is a short gap where it is this many times as long as a sample, and as all of the last steps
_SHORT_GAP, _N_STEPS = 4, 16
_COUNTED = ("n_repeated", "n_backwards", "n_strays", "n_gaps", "n_restarts")


class RecordWatch:
    """Counts; the same however the records are cut.

    Args:
        sensor: What the model wants.
        problems: Where to count on, from what is in it.
    """

    def __init__(self, sensor: Sensor, problems: Problems) -> None:
        self._sensor, self._problems = sensor, problems
        self._units = UnitCheck(sensor.channels, sensor.units, sensor.levels)
        self._before = {name: getattr(problems, name) for name in _COUNTED}
        self._notice_before = problems.notice
        self._n_records = self._n_samples = 0
        self._last_us: int | None = None
        self._steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._longest_us = round(1e6 * min(sensor.max_gap_s, MAX_TIME_S))
        self._least_us = round(1e6 * _SHORT_GAP / sensor.sample_rate_hz)

    def see(self, records: Records, clock: ClockState, n_samples: int) -> None:
        """Take in records, the clock after them, and how many samples they made."""
        self._count_times(clock)
        self._count_short_gaps(records.time_s)
        self._units.add(records.values[~self._count_wild(records)])
        self._n_records += len(records.time_s)
        self._n_samples += n_samples
        found = "; ".join(filter(None, [self._rate_notice(), self._units.notice]))
        self._problems.notice = found or self._notice_before

    def finish(self, clock: ClockState) -> None:
        """Take in the clock at the end of the stream."""
        self._count_times(clock.at_the_end())

    def _count_times(self, clock: ClockState) -> None:
        for name in _COUNTED:
            setattr(self._problems, name, self._before[name] + getattr(clock, name))

    def _count_short_gaps(self, time_s: np.ndarray) -> None:
        """Count steps that are far longer than all of the last ones: of bursts the pause between is usual."""
        if not self._problems.is_timed or not len(time_s):
            return
        steps = self._forward_steps(np.rint(1e6 * time_s).astype(np.int64))
        known = np.concatenate([self._steps, steps])
        if len(known) > _N_STEPS:
            longest = sliding_window_view(known, _N_STEPS)[:-1].max(axis=1)
            is_short_gap = known[_N_STEPS:] > np.maximum(_SHORT_GAP * longest, self._least_us)
            self._problems.n_bridged += int(is_short_gap.sum())
        self._steps = known[-_N_STEPS:]

    def _forward_steps(self, stamps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """From each record to the next in time, in microseconds, but for leaps, which the clock counts."""
        if self._last_us is not None:
            steps = np.diff(stamps, prepend=self._last_us)
            if steps.min() > 0 and steps.max() <= self._longest_us:
                self._last_us = int(stamps[-1])
                return steps
        found = []
        for stamp in stamps.tolist():
            step = 0 if self._last_us is None else stamp - self._last_us
            if 0 < step <= self._longest_us:
                found.append(step)
            # who is late, or repeated, changes nothing
            if self._last_us is None or not -self._longest_us <= step <= 0:
                self._last_us = stamp
        return np.array(found, np.int64)

    def _count_wild(self, records: Records) -> np.ndarray:
        """Count the records with a value beyond the limits of its channel; which they are, ``[n]``."""
        sensor, problems = self._sensor, self._problems
        if not sensor.limits:
            return np.zeros(len(records.values), bool)
        low, high = np.array(sensor.limits).T
        wild = (records.values < low) | (records.values > high)
        is_wild = wild.any(axis=1)
        rows = np.flatnonzero(is_wild)
        if len(rows):
            problems.n_wild += len(rows)
            place = int(wild[rows[0]].argmax())
            first = f"{sensor.channels[place]} is {records.values[rows[0], place]:.4g}"
            problems.first_wild = problems.first_wild or first
        return np.asarray(is_wild)

    def _rate_notice(self) -> str:
        """What is to be known of the rate of the records."""
        rate = self._sensor.sample_rate_hz
        if not self._problems.is_timed and self._sensor.untimed_rate_hz is None:
            taken = f"records are taken to come at the model's rate, {_told(rate)}"
            cure = "add one (time_s), or give --record-rate to transcribe, listen or forecast"
            return f"no column of time: {taken}; if that is wrong, {cure}"
        n_gaps = self._problems.n_gaps - self._before["n_gaps"]
        if self._n_records >= _N_JUDGED and n_gaps > self._n_records / 2:
            return (
                f"most records are more than {self._sensor.max_gap_s:g} s apart, which is not bridged; if "
                "their times are not in seconds, name the column by the unit (time_ms, time_us, time_ns)"
            )
        if self._n_records < _N_JUDGED or self._n_samples < _FAR_BELOW * self._n_records:
            return ""
        found = _told(Fraction(rate) * self._n_records / self._n_samples)
        return (
            f"records come at about {found}, far below the model's rate, {_told(rate)}: most is interpolated"
        )


def _told(rate: int | Fraction) -> str:
    """A rate for a person: Hertz, or below one what lies between two records."""
    return f"{float(rate):.3g} Hz" if rate >= 1 else f"one every {float(1 / rate):.4g} s"
