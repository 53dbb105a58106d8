"""What a model hears of a sensor, and the way from its records to samples."""

from dataclasses import dataclass
from fractions import Fraction

from speechlstm.config import require
from speechlstm.messages import Gap
from speechlstm.sources.clock import ClockState
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import Records
from speechlstm.sources.regular import Regular, RegularSamples, split_at_gaps
from speechlstm.sources.samples import Samples

__all__ = ["Sensor", "SensorStream", "count_times"]

_COUNTED = ("n_repeated", "n_backwards", "n_strays", "n_gaps", "n_restarts")


@dataclass(frozen=True, slots=True)
class Sensor:
    """What a model wants of its sensor.

    Attributes:
        channels: Names of the columns, in the order of the samples.
        sample_rate_hz: Rate of the samples; a fraction for less than one a second.
        max_gap_s: The longest step in time that is bridged; a longer one starts a new segment.

    Raises:
        ConfigError: No channel, one that is named twice, a rate or a gap that cannot be.
    """

    channels: tuple[str, ...]
    sample_rate_hz: int | Fraction
    max_gap_s: float

    def __post_init__(self) -> None:
        require(len(self.channels) > 0, "a sensor has at least one channel; name its columns")
        require(
            len(set(self.channels)) == len(self.channels),
            f"channels must differ, got {', '.join(self.channels)}",
        )
        self.regular()

    def regular(self) -> Regular:
        """The stage that brings its records to its rate."""
        return Regular(self.sample_rate_hz, max_gap_s=self.max_gap_s, n_channels=len(self.channels))


class SensorStream:
    """Records in, samples and gaps out; what is odd about their times is counted.

    Args:
        sensor: What the model wants.
        problems: Where to count.

    Attributes:
        start_us: The time of the first sample, in microseconds; None before there was one.
    """

    def __init__(self, sensor: Sensor, problems: Problems) -> None:
        self._stage = sensor.regular()
        self._state = self._stage.initial_state()
        self._problems = problems
        self._point, self._segment = -1, 0
        self.start_us: int | None = None

    def feed(self, records: Records) -> list[Samples | Gap]:
        """Take records; give samples ``[n, n_channels]``, and a gap wherever a new segment starts.

        A gap has 0 samples where the clock was set back: how long that took is not known.
        """
        samples, self._state = self._stage.step(records, self._state)
        count_times(self._problems, self._state.clock)
        if self._state.clock.segment >= 0:
            self.start_us = self._state.clock.first
        return self._messages(samples)

    def finish(self) -> list[Samples | Gap]:
        """Give what is still owed; the stream is over."""
        return self._messages(self._stage.flush(self._state))

    def _messages(self, samples: RegularSamples) -> list[Samples | Gap]:
        messages: list[Samples | Gap] = []
        for part in split_at_gaps(samples):
            first, segment = int(part.point[0]), int(part.segment[0])
            if segment != self._segment:
                messages.append(Gap(first - self._point - 1))
            messages.append(part.values)
            self._point, self._segment = int(part.point[-1]), segment
        return messages


def count_times(problems: Problems, clock: ClockState) -> None:
    """Enter what the clock has counted since the beginning of the stream."""
    for name in _COUNTED:
        setattr(problems, name, getattr(clock, name))
