"""The time of a record: under which names it comes, in which units, and turned into seconds."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["MAX_TIME_S", "TimeColumn", "find_time", "to_seconds"]

# what fits 64 bits in microseconds, to be safe from overflow: 285,000 years
MAX_TIME_S = 9e12
_NAMES = ("time", "timestamp", "t", "date", "datetime")
_PER_S = {"_s": 1.0, "": 1.0, "_ms": 1e3, "_us": 1e6, "_ns": 1e9}
_KNOWN = {f"{name}{unit}": per_s for unit, per_s in _PER_S.items() for name in _NAMES}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


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

    Each may end in ``_s``, ``_ms``, ``_us`` or ``_ns``; plain ones are in seconds, or dates. A column that
    is wanted as a channel is no time.

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
        return float(cell) / per_s
    except ValueError:
        date = datetime.fromisoformat(cell.strip())
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return (date - _EPOCH) / _SECOND
