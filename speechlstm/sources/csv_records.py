"""Records out of lines of CSV."""

import csv
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from speechlstm.errors import DataError
from speechlstm.sources.problems import Problems, shown
from speechlstm.sources.records import (
    LABEL,
    LARGEST,
    MOST_BEFORE,
    Records,
    are_sound,
    extra_columns,
    no_records,
    of_rows,
    require_columns,
    require_once,
    row_times,
    to_records,
)
from speechlstm.sources.timestamps import MAX_TIME_S, all_seconds_of, find_time, to_seconds, zone_of

__all__ = ["CsvDecoder", "cells_in", "delimiter_of"]

_CURE = "rename its columns, or name them in their order with --columns"


class _Layout(NamedTuple):
    """Where the cells of a row are; ``delimiter`` None is any white space."""

    delimiter: str | None
    columns: tuple[str, ...]
    channels: tuple[int, ...]
    time: int | None
    per_s: float
    label: int | None


class CsvDecoder:
    """Lines with commas (or semicolons, tabs, spaces) between the cells, below a header or of known columns.

    Blocks without a fault are read column by column; any other block line by line, to the same result.
    Rows without time are taken to follow each other at ``sample_rate_hz``, dropped ones included.

    Args:
        channels: Names of the wanted columns, in the wanted order.
        sample_rate_hz: Rate of rows that carry no time.
        problems: Where to count what is odd.
        columns: Names of the columns, where there is no header.
        name: What to call the stream in errors.

    Raises:
        DataError: On decoding: a column that is missing or there twice, no header, or cells that are more or
            less than the columns that were named.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        sample_rate_hz: int | Fraction,
        problems: Problems,
        columns: Sequence[str] | None = None,
        name: str = "the stream",
    ) -> None:
        self._channels = tuple(channels)
        self._rate = Fraction(sample_rate_hz)
        self._problems = problems
        self._given = None if columns is None else tuple(columns)
        self._name = name
        self._layout: _Layout | None = None
        self._n_lines = self._n_rows = self._n_otherwise = 0
        self._preamble: tuple[str, ...] = ()
        self._has_begun = False

    @property
    def is_laid_out(self) -> bool:
        return self._layout is not None

    def decode(self, lines: list[str]) -> Records:
        if self._layout is None:
            lines = self._begin(lines)
        if self._layout is None or not lines:
            return no_records(len(self._channels))
        records = self._block(lines, self._layout) or self._lines(lines, self._layout)
        self._n_lines += len(lines)
        return records

    def _begin(self, lines: list[str]) -> list[str]:
        """Learn the layout from the first line that tells it; give the lines after the header."""
        for i, line in enumerate(lines):
            first = line.strip().removeprefix("#").strip()
            delimiter = delimiter_of(first, len(self._given or self._channels))
            header = tuple(cell.strip() for cell in cells_in(first, delimiter))
            if first and self._tells(header, first, delimiter):
                self._layout = self._lay_out(self._given or header, delimiter)
                n_before = i + (self._given in (None, header))
                self._n_lines += n_before
                return lines[n_before:]
            if first:
                self._pass_over(header, first, f"line {self._n_lines + i + 1}")
        self._n_lines += len(lines)
        return []

    def _tells(self, header: tuple[str, ...], first: str, delimiter: str | None) -> bool:
        """Whether a line is the header, or has as many cells as there are columns.

        Loggers and microcontrollers begin with a line or two of their own.
        """
        n_numbers = _n_numbers(header)
        if self._given is not None:
            # a few words have spaces between them too
            looks_right = delimiter is not None or n_numbers >= len(self._channels)
            return len(header) == len(self._given) and (looks_right or header == self._given)
        if any(channel in header for channel in self._channels):
            return True
        if n_numbers < len(self._channels):
            return False
        if self._preamble:
            require_columns(self._channels, self._preamble, self._name, cure=_CURE)
        time = ("time_s",) if len(header) > len(self._channels) else ()
        # a cell that nobody wants has no name
        known = (*time, *self._channels)
        names = ",".join((*known, *[""] * (len(header) - len(known))))
        named = f"--columns {names}, one for each of {len(header)} cells"
        raise DataError(
            f"{self._name}: has no header, its first line is {first[:60]!r}; "
            f"name its columns with --columns, as {named}"
        )

    def _pass_over(self, header: tuple[str, ...], first: str, where: str) -> None:
        self._preamble = self._preamble or header
        self._problems.n_records += 1
        n, n_named = len(header), len(self._given or header)
        told = (
            "which has not the columns" if n == n_named else f"{n} cells, where {n_named} columns are named"
        )
        self._problems.drop("n_long" if n > n_named else "n_short", f"{where} is {shown(first)}, {told}")
        # what is said before the records is no row of numbers
        is_data = n != n_named and _n_numbers(header) >= max(len(self._channels), n - 1)
        self._n_otherwise += self._given is None or is_data
        if self._n_otherwise > MOST_BEFORE:
            self._give_up()

    def _give_up(self) -> None:
        """Raise: so many lines are no preamble."""
        if self._given is None:
            require_columns(self._channels, self._preamble, self._name, cure=_CURE)
        raise DataError(
            f"{self._name}: no line has the columns that --columns names ({self._problems.first}); "
            "name one for each cell, in their order"
        )

    def _lay_out(self, columns: tuple[str, ...], delimiter: str | None) -> _Layout:
        require_columns(self._channels, columns, self._name, cure=_CURE)
        require_once(self._channels, columns, self._name)
        time = find_time(columns, self._channels)
        self._problems.is_timed = time is not None
        label = LABEL if LABEL in columns and LABEL not in self._channels else None
        wanted = (*self._channels, time.name if time else "", label or "")
        self._problems.extra_columns = extra_columns(columns, wanted)
        return _Layout(
            delimiter,
            columns,
            tuple(columns.index(channel) for channel in self._channels),
            columns.index(time.name) if time else None,
            time.per_s if time else 1.0,
            columns.index(label) if label else None,
        )

    def _block(self, lines: list[str], layout: _Layout) -> Records | None:
        """The records of a block without a fault, or None."""
        rows = [line.split(layout.delimiter) for line in lines]
        n, n_cells = len(rows), len(layout.columns)
        if any(len(row) != n_cells for row in rows) or any('"' in line for line in lines):
            return None
        columns = list(zip(*rows, strict=True))
        try:
            values = [np.fromiter(map(float, columns[i]), np.float64, n) for i in layout.channels]
            times = self._times(columns, layout, n)
        except ValueError:
            return None
        labels = None if layout.label is None else [cell.strip() for cell in columns[layout.label]]
        records = to_records(times, values, labels)
        if not are_sound(records):
            return None
        if layout.time is not None:
            self._begin_at(columns[layout.time][0])
        self._n_rows += n
        self._problems.n_records += n
        return records

    def _times(self, columns: list[tuple[str, ...]], layout: _Layout, n: int) -> np.ndarray:
        if layout.time is None:
            return row_times(self._n_rows, n, self._rate)
        cells = columns[layout.time]
        try:
            return all_seconds_of(np.fromiter(map(float, cells), np.float64, n), layout.per_s)
        except ValueError:
            return np.array([to_seconds(cell, layout.per_s) for cell in cells])

    def _lines(self, lines: list[str], layout: _Layout) -> Records:
        """The records of any block; what is odd is dropped and counted."""
        rows = []
        for number, line in enumerate(lines, self._n_lines + 1):
            if line.strip():
                row = self._row(line, layout, f"line {number}")
                self._n_rows += 1
                self._problems.n_records += 1
                if row is not None:
                    rows.append(row)
        return of_rows(rows, len(self._channels))

    def _row(self, line: str, layout: _Layout, where: str) -> tuple[float, list[float], str] | None:
        cells, n_cells = cells_in(line.rstrip("\r"), layout.delimiter), len(layout.columns)
        if len(cells) < n_cells or any(cell.strip() for cell in cells[n_cells:]):
            kind = "n_short" if len(cells) < n_cells else "n_long"
            self._problems.drop(kind, f"{where} has {len(cells)} cells, expected {n_cells}")
            return None
        values = []
        for i in layout.channels:
            value = _number(cells[i])
            if not abs(value) < LARGEST:
                self._drop(cells[i], f"{where}, {layout.columns[i]}")
                return None
            values.append(value)
        label = "" if layout.label is None else cells[layout.label].strip()
        if layout.time is None:
            return float(row_times(self._n_rows, 1, self._rate)[0]), values, label
        time_s = _seconds(cells[layout.time], layout.per_s)
        if not abs(time_s) < MAX_TIME_S:
            self._drop(cells[layout.time], f"{where}, {layout.columns[layout.time]}")
            return None
        self._begin_at(cells[layout.time])
        return time_s, values, label

    def _begin_at(self, cell: str) -> None:
        """Take the time of a record that is used."""
        if not self._has_begun:
            self._has_begun, self._problems.zone = True, zone_of(cell)

    def _drop(self, cell: str, where: str) -> None:
        self._problems.drop("n_not_a_number" if cell.strip() else "n_empty", f"{where} is {shown(cell)}")


def delimiter_of(line: str, n_columns: int) -> str | None:
    """What stands between the cells of a line; None for white space.

    Args:
        line: A header, or the first line below it.
        n_columns: How many columns are wanted of it at least.

    Example:
        >>> delimiter_of("time_s;acc_x", 1)
        ';'
    """
    counts = {delimiter: line.count(delimiter) for delimiter in (",", ";", "\t")}
    best = max(counts, key=counts.__getitem__)
    return None if n_columns > 1 and not counts[best] else best


def cells_in(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line, quotes taken off where CSV has them; ``None`` parts at white space."""
    if '"' not in line or delimiter is None:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return line.split(delimiter)


def _number(cell: str) -> float:
    """The number in a cell; NaN where there is none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _n_numbers(cells: Sequence[str]) -> int:
    return sum(not math.isnan(_number(cell)) for cell in cells)


def _seconds(cell: str, per_s: float) -> float:
    try:
        return to_seconds(cell, per_s)
    except ValueError:
        return math.nan
