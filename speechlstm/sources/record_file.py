"""The records of a file or a pipe: CSV, JSON lines or Parquet."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from speechlstm.errors import DataError
from speechlstm.sources.byte_stream import ByteStream
from speechlstm.sources.decoder import RecordDecoder
from speechlstm.sources.parquet import PARQUET_SUFFIXES, is_parquet, read_parquet
from speechlstm.sources.paths import files_below
from speechlstm.sources.records import Records
from speechlstm.sources.sensor import Sensor

__all__ = [
    "RECORD_ENDINGS",
    "RECORD_LISTS",
    "RecordFile",
    "no_records_in",
    "record_files",
    "require_records",
]

_TEXT = (".csv", ".json", ".jsonl", ".ndjson", ".tsv", ".txt")
# of files of records; what is in them is told by their first line
RECORD_ENDINGS = (*PARQUET_SUFFIXES, *_TEXT, *(f"{ending}.gz" for ending in _TEXT))
# lists of recordings, which lie beside them
RECORD_LISTS = ("manifest.jsonl", "manifest.jsonl.gz")
# in a folder with others these are mostly notes or settings
_OF_ANYTHING = (".json", ".json.gz", ".txt", ".txt.gz")
# and what is written for people
_FOR_PEOPLE = ("licence.txt", "license.txt", "readme.txt")
# a number as much of Europe writes it, in an error
_COMMA = re.compile(r"is '-?\d+,\d+'")


class RecordFile:
    """A context manager that iterates over the records of a file or a pipe, in blocks.

    CSV and JSON lines are told apart by their first line, gzip by its first bytes, Parquet by the name of
    the file (``.parquet``, ``.pq``). What has come through a pipe is given at once.

    Args:
        source: A path, ``-`` for standard input, or a stream of bytes, which stays open.
        sensor: The channels that are wanted, and the rate of records that carry no time.
        columns: Names of the columns of CSV, where there is no header.

    Attributes:
        name: What it is called in errors.
        problems: What was odd so far.
        warning: What is odd about the file itself, or None; known when it has been read.

    Raises:
        DataError: On opening or iterating: missing, empty, damaged, a column that is missing, or no record
            that can be used.
        MissingDependency: While iterating: Parquet without pyarrow.
    """

    def __init__(
        self, source: str | Path | BinaryIO, sensor: Sensor, *, columns: Sequence[str] | None = None
    ) -> None:
        self._bytes = ByteStream(source)
        self.name = self._bytes.name
        self._sensor = sensor
        self._decoder = RecordDecoder(
            sensor.channels, sample_rate_hz=sensor.record_rate_hz, columns=columns, name=self.name
        )
        self.problems = self._decoder.problems
        self._is_parquet = source != "-" and is_parquet(self.name)
        self._stopped = False

    @property
    def warning(self) -> str | None:
        """What is odd about the file itself."""
        return self._bytes.warning

    def __enter__(self) -> "RecordFile":
        self._bytes.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Records]:
        n_used = 0
        for records in self._parquet() if self._is_parquet else self._text():
            if len(records.time_s):
                n_used += len(records.time_s)
                yield records
        if not self._stopped:
            require_records(n_used, self._decoder, self.name)

    def stop(self) -> None:
        """End the iteration after what has come; safe in any thread and signal handler."""
        self._stopped = True
        self._bytes.stop()

    def _text(self) -> Iterator[Records]:
        for data in self._bytes:
            yield self._decoder.feed(data)
        if not self._stopped:  # else the line is not at its end
            yield self._decoder.finish()

    def _parquet(self) -> Iterator[Records]:
        rate_hz = self._sensor.record_rate_hz
        for records in read_parquet(
            self.name, self._sensor.channels, sample_rate_hz=rate_hz, problems=self.problems
        ):
            if self._stopped:
                return
            yield records


def record_files(folder: Path) -> list[Path]:
    """The files of records in a folder, at any depth, in order of name; no hidden ones, no manifests.

    ``.txt`` and ``.json`` count where there is nothing else, ``README.txt`` and ``LICENSE.txt`` never.
    """
    beside = (*RECORD_LISTS, *_FOR_PEOPLE)
    found = [path for path in files_below(folder, RECORD_ENDINGS) if path.name.lower() not in beside]
    return [path for path in found if not path.name.lower().endswith(_OF_ANYTHING)] or found


def no_records_in(folder: Path) -> DataError:
    """An error for a folder in which :func:`record_files` finds nothing."""
    endings = ", ".join(sorted(RECORD_ENDINGS))
    return DataError(f"{folder}: is a folder without files of records, expected some in it ({endings})")


def require_records(n_used: int, decoder: RecordDecoder, name: str) -> None:
    """Raise unless there were records that could be used.

    Raises:
        DataError: With what was wrong with them.
    """
    if n_used:
        return
    if decoder.problems.n_records:
        cure = "write decimals with a point" if _COMMA.search(decoder.problems.first) else "mend the file"
        raise DataError(f"{name}: no record can be used: {decoder.problems.describe()}; {cure}")
    raise DataError(f"{name}: holds no records; expected lines of CSV or JSON, or Parquet")
