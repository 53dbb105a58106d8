"""The time of a record: under which names it comes, in which units, and turned into seconds."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_TIME_S", "TimeColumn", "all_seconds_of", "find_time", "seconds_of", "to_seconds", "zone_of"]

# what fits 64 bits in microseconds, to be safe from overflow: 285,000 years
MAX_TIME_S = 9e12
_NAMES = ("time", "timestamp", "t", "date", "datetime")
_PER_S = {"_s": 1.0, "": 1.0, "_ms": 1e3, "_us": 1e6, "_ns": 1e9}
_KNOWN = {f"{name}{unit}": per_s for unit, per_s in _PER_S.items() for name in _NAMES}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_NO_SECONDS = 1e11
_BY_SIZE = ((1e14, 1e3), (1e17, 1e6))


class TimeColumn(NamedTuple):
    """A column that holds time.

    Attributes:
        name: Its name.
        per_s: Its units in a second: 1000 for milliseconds.
    """

    name: str
    per_s: float


def find_time(columns: Sequence[str], channels: Iterable[str]) -> TimeColumn | None:
    """The column of time: ``time_s`` before all, else ``time``, ``timestamp``, ``t``, ``date``, ``datetime``.

    Each may end in ``_s``, ``_ms``, ``_us`` or ``_ns``; plain ones are in seconds, or dates, or since 1970 in
    the unit that their size tells. A column that is wanted as a channel is no time.

    Args:
        columns: The names that there are.
        channels: The names of the channels.

    Returns:
        The column; None where the records have no time.

    Example:
        >>> find_time(["acc_x", "timestamp_ms"], ["acc_x"])
        TimeColumn(name='timestamp_ms', per_s=1000.0)
    """
    there = set(columns) - set(channels)
    return next((TimeColumn(name, per_s) for name, per_s in _KNOWN.items() if name in there), None)


def seconds_of(stamp: float, per_s: float = 1.0) -> float:
    """Seconds of a number.

    Clocks count from 1970 in milli-, micro- or nanoseconds under names that say nothing of it. What would be
    the year 5000 or later in seconds is one of these.

    Args:
        stamp: The number.
        per_s: How many of its units are in a second, by its name.

    Example:
        >>> seconds_of(1_700_000_000_250)
        1700000000.25
    """
    size = abs(stamp)
    if per_s == 1 and _NO_SECONDS <= size < math.inf:
        per_s = next((per for limit, per in _BY_SIZE if size < limit), 1e9)
    return stamp / per_s


def all_seconds_of(stamps: npt.NDArray[np.float64], per_s: float) -> npt.NDArray[np.float64]:
    """The same of many numbers ``[n]``."""
    with np.errstate(invalid="ignore"):
        if per_s == 1 and (np.abs(stamps) >= _NO_SECONDS).any():
            return np.array([seconds_of(stamp) for stamp in stamps.tolist()])
    return stamps / per_s


def to_seconds(cell: str, per_s: float = 1.0) -> float:
    """Seconds of a cell: a number, or a date as in ISO 8601 (in UTC where it names no zone).

    Args:
        cell: The text.
        per_s: The units of a number in a second.

    Raises:
        ValueError: It is neither.

    Example:
        >>> to_seconds("1970-01-02 00:00:01")
        86401.0
    """
    try:
        return seconds_of(float(cell), per_s)
    except ValueError:
        date = datetime.fromisoformat(cell.strip())
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return (date - _EPOCH) / _SECOND


def zone_of(cell: str) -> tzinfo | None:
    """The zone that a date names; None where it names none, or the cell holds no date.

    Example:
        >>> zone_of("2016-07-01 00:00:00+02:00")
        datetime.timezone(datetime.timedelta(seconds=7200))
    """
    try:
        return datetime.fromisoformat(cell.strip()).tzinfo
    except ValueError:
        return None
