"""A pen's points, of a file or live from a pipe, as a source."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol

import numpy as np

from speechlstm.errors import DataError
from speechlstm.messages import Gap
from speechlstm.sources.byte_stream import ByteStream
from speechlstm.sources.decoder import RecordDecoder
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import LARGEST, Records
from speechlstm.sources.samples import Samples

__all__ = ["PenSource"]

_CHANNELS = ("x", "y", "pen")
_MAX_LINE_BYTES = 1 << 24
# points that are late by less than this part of the longest step may have been held up on their way
_HELD_UP = 0.5
# between two pieces of writing; how long the pen rested is not known
_END = Gap(0)


class PenSource:
    """A file or a stream of a pen's points as a source: points ``[n, 3]``, a gap after each piece of writing.

    Two kinds of lines are told apart by the first:

    - **records** ``x,y,pen``, a point each, as CSV with a header (or ``columns``) or as JSON objects; ``pen``
      is 1 at the last point of a stroke and 0 before. A blank line ends a piece of writing, a character or a
      word; so does a step of more than ``max_gap_s`` in a column ``time_s``, if there is one, or half as long
      again without any point where they come live, for no step that ends nothing takes so long.
    - **samples** ``{"strokes": [[[x, y], ...], ...]}``, a piece of writing each; other keys are ignored.

    Either may be gzip. What has come through a pipe is given at once.

    Args:
        source: A path, ``-`` for standard input, or a stream of bytes, which stays open.
        sample_rate_hz: The model's nominal rate of points.
        max_gap_s: A longer step in time ends a piece of writing.
        columns: Names of the columns of CSV, where there is no header.
        y_down: Whether ``y`` grows downwards, as on a screen; models want it to grow upwards.

    Attributes:
        name: What it is called in errors.
        problems: What was odd so far; see :class:`~speechlstm.sources.problems.Problems`.

    Raises:
        DataError: On opening or iterating: missing, empty, damaged, a column that is missing, or nothing that
            can be used.
    """

    def __init__(
        self,
        source: str | Path | BinaryIO,
        *,
        sample_rate_hz: int,
        max_gap_s: float = 1.0,
        columns: Sequence[str] | None = None,
        y_down: bool = False,
    ) -> None:
        self.sample_rate_hz = sample_rate_hz
        self._bytes = ByteStream(source, pause_s=(1 + _HELD_UP) * max_gap_s)
        self.name, self.problems = self._bytes.name, Problems()
        self._max_gap_s, self._columns = max_gap_s, columns
        self._sign = np.array([1, -1 if y_down else 1, 1], np.float32)
        self._stopped = False

    @property
    def warning(self) -> str | None:
        """What is odd, in a line."""
        return "; ".join(filter(None, [self._bytes.warning, self.problems.describe()])) or None

    @property
    def is_cut_short(self) -> bool:
        """Whether the file ended before its end, as far as was heard."""
        return self._bytes.warning is not None

    def __enter__(self) -> "PenSource":
        self._bytes.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Samples | Gap]:
        n_used, is_written = 0, False
        for item in self._items():
            if isinstance(item, Gap):
                # blank lines before the first point, or two in a row, end nothing
                if is_written:
                    yield item
                is_written = False
            elif len(item):
                n_used, is_written = n_used + len(item), True
                yield item * self._sign
        if not n_used and not self._stopped:
            odd = self.problems.describe()
            told = f"nothing can be used: {odd}; mend it" if odd else "holds no strokes"
            raise DataError(f"{self.name}: {told}; expected x,y,pen a line, or samples of strokes")

    def stop(self) -> None:
        """End the iteration within a tenth of a second; safe in any thread and signal handler."""
        self._stopped = True
        self._bytes.stop()

    def _items(self) -> Iterator[Samples | Gap]:
        """Points, and a gap wherever a piece of writing may have ended."""
        reader: _Reader | None = None
        for lines in self._lines():
            if lines is None:
                if isinstance(reader, _Points) and self.problems.is_timed:
                    yield _END
                continue
            for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
                some = list(group)
                if reader is None and not is_blank:
                    reader = self._reader(some[0])
                if reader is not None:
                    yield from reader.read(some)
                if is_blank:
                    yield _END

    def _reader(self, first: bytes) -> "_Reader":
        if isinstance(_object(first), dict) and "strokes" in _object(first):
            return _Samples(self.problems)
        decoder = RecordDecoder(
            _CHANNELS, sample_rate_hz=self.sample_rate_hz, columns=self._columns, name=self.name
        )
        decoder.problems = self.problems
        return _Points(decoder, self._max_gap_s)

    def _lines(self) -> Iterator[list[bytes] | None]:
        """Whole lines, as soon as they have come, and what is left at the end; None where they pause."""
        rest = b""
        for data in self._bytes:
            if not data:
                yield None
                continue
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > _MAX_LINE_BYTES:
                raise DataError(
                    f"{self.name}: no line ends within {_MAX_LINE_BYTES:,} bytes; expected lines of text"
                )
            yield lines
        if rest and not self._stopped:  # else the line is not at its end
            yield [rest]


class _Reader(Protocol):
    def read(self, lines: list[bytes]) -> Iterator[Samples | Gap]:
        """The points of whole lines."""
        ...


class _Points:
    """Records, a point each."""

    def __init__(self, decoder: RecordDecoder, max_gap_s: float) -> None:
        self._decoder, self._max_gap_s = decoder, max_gap_s
        self._last_s: float | None = None

    def read(self, lines: list[bytes]) -> Iterator[Samples | Gap]:
        records = self._decoder.feed(b"\n".join(lines) + b"\n")
        if len(records.time_s):
            yield from self._parted(records)

    def _parted(self, records: Records) -> Iterator[Samples | Gap]:
        times = records.time_s
        before = times[0] if self._last_s is None else self._last_s
        starts = np.flatnonzero(np.abs(np.diff(times, prepend=before)) > self._max_gap_s).tolist()
        for i, part in enumerate(np.split(records.values, starts)):
            if i:
                yield _END
            yield part
        self._last_s = float(times[-1])


class _Samples:
    """Samples, a piece of writing each; what is odd is counted."""

    def __init__(self, problems: Problems) -> None:
        self._problems, self._n_lines = problems, 0

    def read(self, lines: list[bytes]) -> Iterator[Samples | Gap]:
        for line in lines:
            self._n_lines += 1
            if line.strip():
                self._problems.n_records += 1
                yield self._points(line, f"line {self._n_lines}")
                yield _END

    def _points(self, line: bytes, where: str) -> Samples:
        nothing = np.zeros((0, 3), np.float32)
        found = _object(line)
        if not isinstance(found, dict):
            self._problems.drop("n_broken_json", f"{where} is {line.strip()[:40]!r}")
        elif "strokes" not in found:
            self._problems.drop("n_short", f"{where} has no strokes")
        else:
            try:
                points = _strung(found["strokes"] or ())
            except (TypeError, ValueError, OverflowError) as error:
                self._problems.drop("n_not_a_number", f"{where}: {error!s:.60}")
                return nothing
            if not len(points):
                self._problems.drop("n_empty", f"{where} holds no strokes")
            return points
        return nothing


def _strung(strokes: Any) -> Samples:
    """Strokes ``[[[x, y], ...], ...]`` as points, empty ones left out; ValueError for what are none."""
    parts = [np.zeros((0, 3), np.float32)]
    for stroke in strokes:
        if not len(stroke):
            continue
        place = np.asarray(stroke, np.float64)
        if place.shape != (len(stroke), 2) or not (np.abs(place) < LARGEST).all():
            raise ValueError("a stroke is no list of finite points [x, y]")
        part = np.zeros((len(place), 3), np.float32)
        part[:, :2], part[-1, 2] = place, 1
        parts.append(part)
    return np.concatenate(parts)


def _object(line: bytes) -> Any:
    """What a line is as JSON; None if it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
