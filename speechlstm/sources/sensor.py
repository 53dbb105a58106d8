"""What a model hears of a sensor."""

from dataclasses import dataclass
from fractions import Fraction

from speechlstm.config import require
from speechlstm.sources.regular import Regular
from speechlstm.sources.timestamps import MAX_TIME_S

__all__ = ["Sensor"]

# stamps are in microseconds
_MOST_HZ = 100_000


@dataclass(frozen=True, slots=True)
class Sensor:
    """What a model wants of its sensor.

    Attributes:
        channels: Names of the columns, in the order of the samples.
        sample_rate_hz: Rate of the samples; a fraction for less than one a second.
        max_gap_s: The longest step in time that is bridged; a longer one starts a new segment.
        limits: The lowest and the highest value of each channel that is not wild; none if nothing is known.
        units: The unit of each channel; none if nothing is known.
        levels: How much of each channel is steady in the training data; none if nothing is known.
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
        rate = self.untimed_rate_hz
        longest_s = Fraction(min(self.max_gap_s, MAX_TIME_S))
        require(
            rate is None or (rate * longest_s >= 1 and rate <= _MOST_HZ),
            f"records without times come at most {self.max_gap_s:g} s apart, which is the longest gap, and "
            f"at most {_MOST_HZ:,} times a second; got a rate of {rate} Hz",
        )
        self.regular()

    @property
    def record_rate_hz(self) -> int | Fraction:
        """The rate that records without times are taken to have."""
        return self.untimed_rate_hz or self.sample_rate_hz

    def regular(self) -> Regular:
        """The stage that brings its records to its rate."""
        return Regular(self.sample_rate_hz, max_gap_s=self.max_gap_s, n_channels=len(self.channels))
