"""Records of a sensor: what came at one time, before it is brought to a regular rate."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from speechlstm.errors import DataError
from speechlstm.sources.timestamps import MAX_TIME_S

__all__ = [
    "LABEL",
    "LARGEST",
    "MOST_BEFORE",
    "Decoder",
    "Records",
    "are_sound",
    "extra_columns",
    "no_records",
    "of_rows",
    "require_columns",
    "require_once",
    "row_times",
    "to_records",
]

LABEL = "label"
# lines or objects that hold no channel, as of a device that reports its start, before the records begin
MOST_BEFORE = 10
# the smallest number that float32 rounds to infinity
LARGEST = 3.4028235677973366e38


class Records(NamedTuple):
    """Some records of a sensor, one after the other.

    Attributes:
        time_s: Seconds ``[n]``, float64.
        values: The channels that were asked for, in that order: ``[n, n_channels]``, float32, all finite.
        labels: Texts ``[n]``; empty where there is none.
    """

    time_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]
    labels: npt.NDArray[np.str_]


class Decoder(Protocol):
    """Lines of text in, records out; what is odd is counted on the way."""

    @property
    def is_laid_out(self) -> bool:
        """Whether it knows by now where the channels stand in a line."""

    def decode(self, lines: list[str]) -> Records:
        """The records of some lines, which may be blank."""


def no_records(n_channels: int) -> Records:
    """No record at all, of ``n_channels`` channels."""
    return Records(np.zeros(0), np.zeros((0, n_channels), np.float32), np.zeros(0, np.str_))


def to_records(time_s: Any, columns: Sequence[Any], labels: Sequence[str] | None = None) -> Records:
    """Lay columns side by side; too large a number becomes infinite.

    Args:
        time_s: Seconds ``[n]``.
        columns: For each channel its numbers ``[n]``.
        labels: Texts ``[n]``; None where there are none.
    """
    times = np.asarray(time_s, np.float64)
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(np.asarray(columns, np.float64).T, np.float32)
    texts = np.zeros(len(times), np.str_) if labels is None else np.array(labels, np.str_)
    return Records(times, values, texts)


def of_rows(rows: Sequence[tuple[float, list[float], str]], n_channels: int) -> Records:
    """Records of rows: seconds, the numbers of the channels, the label."""
    if not rows:
        return no_records(n_channels)
    times, values, labels = zip(*rows, strict=True)
    return to_records(times, list(zip(*values, strict=True)), labels)


def are_sound(records: Records) -> bool:
    """Whether all values and times are finite, and no time is too large."""
    return bool(np.isfinite(records.values).all() and (np.abs(records.time_s) < MAX_TIME_S).all())


def row_times(first: int, n: int, rate: Fraction) -> npt.NDArray[np.float64]:
    """Seconds ``[n]`` of rows that carry no time, from row ``first`` on, at the nominal ``rate``."""
    times: npt.NDArray[np.float64] = np.arange(first, first + n) * rate.denominator / rate.numerator
    return times


def require_columns(
    channels: Sequence[str], found: Sequence[str], name: str, *, cure: str = "rename its columns"
) -> None:
    """Raise unless every channel is among the columns found.

    Raises:
        DataError: With the names of both, and the ``cure``.
    """
    missing = [channel for channel in channels if channel not in found]
    if missing:
        raise DataError(
            f"{name}: has no column {', '.join(missing)}; it has {_some(found) or 'none'}; {cure}"
        )


def require_once(channels: Sequence[str], found: Sequence[str], name: str) -> None:
    """Raise if a channel is the name of several columns, of which nobody knows which is meant.

    Raises:
        DataError: With that name.
    """
    for channel in channels:
        if (n := list(found).count(channel)) > 1:
            raise DataError(f"{name}: has {n} columns {channel}; leave that name to the one that is meant")


def extra_columns(found: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The names found that nobody wants, in order."""
    return tuple(column for column in found if column and column not in wanted)


def _some(names: Sequence[str]) -> str:
    text = ", ".join(name or "''" for name in names)
    return text if len(text) <= 200 else f"{text[:197]}..."
