"""Time is counted in integers, in samples; seconds are made once, at the sink."""

from datetime import tzinfo
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Rate", "Start", "milliseconds", "seconds"]

# samples per second; less than one a second as a fraction: 1/3600 is one an hour
Rate = int | Fraction


class Start(NamedTuple):
    """When a stream of records began, as they have it.

    Attributes:
        us: The time of the first sample, in microseconds.
        zone: The zone of its date; None where the date names none, or is a number.
    """

    us: int
    zone: tzinfo | None = None


def seconds(n_samples: int, sample_rate_hz: Rate) -> float:
    """Turn a count of samples into seconds, rounded to the millisecond.

    Args:
        n_samples: Count of samples, 0 or more.
        sample_rate_hz: Samples per second, positive.

    Returns:
        Seconds, to three decimals.

    Example:
        >>> seconds(12_345, 8_000)
        1.543
    """
    return round(float(n_samples / sample_rate_hz), 3)


def milliseconds(n_samples: int, sample_rate_hz: Rate) -> int:
    """Turn a count of samples into whole milliseconds, rounded to the nearest.

    Example:
        >>> milliseconds(12_345, 8_000)
        1543
    """
    return (2000 * n_samples + sample_rate_hz) // (2 * sample_rate_hz)
