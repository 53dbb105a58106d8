"""Records out of lines of JSON."""

import json
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from speechlstm.sources.problems import Problems, shown
from speechlstm.sources.records import (
    LABEL,
    LARGEST,
    MOST_BEFORE,
    Records,
    extra_columns,
    of_rows,
    require_columns,
    row_times,
)
from speechlstm.sources.timestamps import MAX_TIME_S, TimeColumn, find_time, seconds_of, to_seconds, zone_of

__all__ = ["JsonDecoder"]

_Row = tuple[float, list[float], str]


class JsonDecoder:
    """One object a line, whose keys are the channels, ``time_s`` and ``label``; both of these may be absent.

    The first object says whether there is time. Lines without time are taken to follow each other at
    ``sample_rate_hz``, dropped ones included.

    Args:
        channels: Names of the wanted keys, in the wanted order.
        sample_rate_hz: Rate of lines that carry no time.
        problems: Where to count what is odd.
        name: What to call the stream in errors.

    Raises:
        DataError: On decoding: the first object lacks a channel.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        sample_rate_hz: int | Fraction,
        problems: Problems,
        name: str = "the stream",
    ) -> None:
        self._channels = tuple(channels)
        self._rate = Fraction(sample_rate_hz)
        self._problems = problems
        self._name = name
        self._begun = self._has_date = False
        self._time: TimeColumn | None = None
        self._n_lines = self._n_rows = 0

    @property
    def is_laid_out(self) -> bool:
        return True

    def decode(self, lines: list[str]) -> Records:
        rows = []
        for line in lines:
            self._n_lines += 1
            if line.strip():
                row = self._row(line, f"line {self._n_lines}")
                self._n_rows += 1
                self._problems.n_records += 1
                if row is not None:
                    rows.append(row)
        return of_rows(rows, len(self._channels))

    def _row(self, line: str, where: str) -> _Row | None:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self._problems.drop("n_broken_json", f"{where} is {shown(line.strip())}")
            return None
        if not self._begun and not self._begins(found):
            self._problems.drop("n_short", f"{where} has no {self._channels[0]}")
            return None
        try:
            values = [self._number(found[channel], LARGEST) for channel in self._channels]
            label = found.get(LABEL)
            return self._seconds(found), values, "" if label is None else str(label).strip()
        except KeyError as error:
            self._problems.drop("n_short", f"{where} has no {error.args[0]}")
        except _EmptyError:
            self._problems.drop("n_empty", f"{where} holds null")
        except (ValueError, OverflowError) as error:
            self._problems.drop("n_not_a_number", f"{where} holds {error}")
        return None

    def _begins(self, found: Mapping[str, Any]) -> bool:
        """Whether an object is the first record; those before it, such as a device's state, are counted."""
        if self._n_rows < MOST_BEFORE and not set(self._channels) & set(found):
            return False
        columns = list(found)
        require_columns(self._channels, columns, self._name)
        self._time = find_time(columns, self._channels)
        self._problems.is_timed = self._time is not None
        wanted = (*self._channels, LABEL, self._time.name if self._time else "")
        self._problems.extra_columns = extra_columns(columns, wanted)
        self._begun = True
        return True

    def _seconds(self, found: Mapping[str, Any]) -> float:
        if self._time is None:
            return float(row_times(self._n_rows, 1, self._rate)[0])
        value = found[self._time.name]
        if isinstance(value, str):
            time_s = self._number(to_seconds(value, self._time.per_s), MAX_TIME_S)
            if not self._has_date:
                self._has_date, self._problems.zone = True, zone_of(value)
            return time_s
        return self._number(seconds_of(self._number(value, math.inf), self._time.per_s), MAX_TIME_S)

    def _number(self, value: Any, limit: float) -> float:
        if value is None:
            raise _EmptyError
        if type(value) not in (int, float) or not abs(float(value)) < limit:
            raise ValueError(shown(value) if isinstance(value, str) else f"{value!r:.40}")
        return float(value)


class _EmptyError(ValueError):
    """A ``null`` where a number should be."""
