"""What a model hears of a sensor, and the way from its records to samples."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from speechlstm.config import require
from speechlstm.messages import Gap
from speechlstm.sources.clock import ClockState
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import Records
from speechlstm.sources.regular import Regular, RegularSamples, split_at_gaps
from speechlstm.sources.samples import Samples
from speechlstm.sources.units import UnitCheck

__all__ = ["Sensor", "SensorStream", "count_times", "count_wild"]

# records before anything is said of their rate, and how many samples for each are too many
_N_JUDGED, _FAR_BELOW = 32, 2
_COUNTED = ("n_repeated", "n_backwards", "n_strays", "n_gaps", "n_restarts")


@dataclass(frozen=True, slots=True)
class Sensor:
    """What a model wants of its sensor.

    Attributes:
        channels: Names of the columns, in the order of the samples.
        sample_rate_hz: Rate of the samples; a fraction for less than one a second.
        max_gap_s: The longest step in time that is bridged; a longer one starts a new segment.
        limits: The lowest and the highest value of each channel that is not wild; none if nothing is known.
        units: The unit of each channel; none if nothing is known.
        levels: Root mean square of each channel in the training data; none if nothing is known.
        untimed_rate_hz: Rate of records that carry no time; that of the samples where it is not known.

    Raises:
        ConfigError: No channel, one that is named twice, a rate or a gap that cannot be; limits, units or
            levels that are not of every channel.
    """

    channels: tuple[str, ...]
    sample_rate_hz: int | Fraction
    max_gap_s: float
    limits: tuple[tuple[float, float], ...] = ()
    units: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()
    untimed_rate_hz: int | Fraction | None = None

    def __post_init__(self) -> None:
        require(len(self.channels) > 0, "a sensor has at least one channel; name its columns")
        require(
            len(set(self.channels)) == len(self.channels),
            f"channels must differ, got {', '.join(self.channels)}",
        )
        for name in ("limits", "units", "levels"):
            n = len(getattr(self, name))
            require(
                n in (0, len(self.channels)),
                f"expected {name} of each of {len(self.channels)} channels, got {n}",
            )
        require(
            self.untimed_rate_hz is None or self.untimed_rate_hz > 0,
            f"untimed_rate_hz must be positive, got {self.untimed_rate_hz}",
        )
        self.regular()

    @property
    def record_rate_hz(self) -> int | Fraction:
        """The rate that records without times are taken to have."""
        return self.untimed_rate_hz or self.sample_rate_hz

    def regular(self) -> Regular:
        """The stage that brings its records to its rate."""
        return Regular(self.sample_rate_hz, max_gap_s=self.max_gap_s, n_channels=len(self.channels))

    def unit_check(self) -> UnitCheck:
        """What tells whether records come in its units."""
        return UnitCheck(self.channels, self.units, self.levels)


class SensorStream:
    """Records in, samples and gaps out; what is odd about their times and values is counted.

    Args:
        sensor: What the model wants.
        problems: Where to count.

    Attributes:
        start_us: The time of the first sample, in microseconds; None before there was one.
    """

    def __init__(self, sensor: Sensor, problems: Problems) -> None:
        self._sensor, self._stage = sensor, sensor.regular()
        self._state = self._stage.initial_state()
        self._problems, self._unit_check = problems, sensor.unit_check()
        self._point, self._segment = -1, 0
        self._n_records = self._n_samples = 0
        self.start_us: int | None = None

    def feed(self, records: Records) -> list[Samples | Gap]:
        """Take records; give samples ``[n, n_channels]``, and a gap wherever a new segment starts.

        A gap has 0 samples where the clock was set back: how long that took is not known.
        """
        samples, self._state = self._stage.step(records, self._state)
        count_times(self._problems, self._state.clock)
        is_wild = count_wild(self._problems, self._sensor, records)
        self._unit_check.add(records.values[~is_wild])
        self._n_records += len(records.time_s)
        self._n_samples += len(samples.point)
        self._problems.notice = "; ".join(filter(None, [self._notice(), self._unit_check.notice]))
        if self._state.clock.segment >= 0:
            self.start_us = self._state.clock.first
        return self._messages(samples)

    def finish(self) -> list[Samples | Gap]:
        """Give what is still owed; the stream is over."""
        count_times(self._problems, self._state.clock.at_the_end())
        return self._messages(self._stage.flush(self._state))

    def _notice(self) -> str:
        """What is to be known of the rate of the records."""
        rate = self._sensor.sample_rate_hz
        if not self._problems.is_timed and self._sensor.untimed_rate_hz is None:
            taken = f"records are taken to come at the model's rate, {_told(rate)}"
            return f"no column of time: {taken}; if that is wrong, say theirs (--record-rate)"
        if self._n_records >= _N_JUDGED and self._problems.n_gaps > self._n_records / 2:
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

    def _messages(self, samples: RegularSamples) -> list[Samples | Gap]:
        messages: list[Samples | Gap] = []
        for part in split_at_gaps(samples):
            first, segment = int(part.point[0]), int(part.segment[0])
            if segment != self._segment:
                messages.append(Gap(first - self._point - 1))
            messages.append(part.values)
            self._point, self._segment = int(part.point[-1]), segment
        return messages


def count_wild(problems: Problems, sensor: Sensor, records: Records) -> np.ndarray:
    """Count the records with a value beyond the limits of its channel; which they are, ``[n]``."""
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


def count_times(problems: Problems, clock: ClockState) -> None:
    """Enter what the clock has counted since the beginning of the stream."""
    for name in _COUNTED:
        setattr(problems, name, getattr(clock, name))


def _told(rate: int | Fraction) -> str:
    """A rate for a person: Hertz, or below one what lies between two records."""
    return f"{float(rate):.3g} Hz" if rate >= 1 else f"one every {float(1 / rate):.4g} s"
