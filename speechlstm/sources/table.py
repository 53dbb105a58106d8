"""A sensor's recording, or its live pipe, as a source."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from speechlstm.messages import Gap
from speechlstm.sources.record_file import RecordFile
from speechlstm.sources.samples import Samples
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.sensor_stream import SensorStream
from speechlstm.timing import Start

__all__ = ["TableSource"]


class TableSource:
    """A file or a stream of records as a source: samples at the model's rate, and gaps.

    A record that arrives through a pipe is given on at once, if it completes a sample.

    Args:
        source: A path, ``-`` for standard input, or a stream of bytes, which stays open: CSV, JSON lines,
            either of them also as gzip, or a Parquet file.
        sensor: What the model wants.
        columns: Names of the columns of CSV, where there is no header.

    Attributes:
        name: What it is called in errors.
        sample_rate_hz: Rate of the samples.
        problems: What was odd so far; see :class:`~speechlstm.sources.problems.Problems`.
        warning: All of that in a line, or None.
        start: The time of the first sample, as the records have it; None before it has come.

    Raises:
        DataError: On opening or iterating: missing, empty, damaged, a column that is missing, or no record
            that can be used.
        MissingDependency: While iterating: Parquet without pyarrow.
    """

    def __init__(
        self, source: str | Path | BinaryIO, sensor: Sensor, *, columns: Sequence[str] | None = None
    ) -> None:
        self.sample_rate_hz: int | Fraction = sensor.sample_rate_hz
        self._sensor = sensor
        self.start: Start | None = None
        self._file = RecordFile(source, sensor, columns=columns)
        self.name, self.problems = self._file.name, self._file.problems

    @property
    def warning(self) -> str | None:
        """What is odd, in a line."""
        return "; ".join(filter(None, [self._file.warning, self.problems.describe()])) or None

    @property
    def is_cut_short(self) -> bool:
        """Whether the file ended before its end, as far as was heard."""
        return self._file.warning is not None

    def __enter__(self) -> "TableSource":
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Samples | Gap]:
        stream = SensorStream(self._sensor, self.problems)
        for records in self._file:
            samples = stream.feed(records)
            self.start = None if stream.start_us is None else Start(stream.start_us, self.problems.zone)
            yield from samples
        yield from stream.finish()

    def stop(self) -> None:
        """End the iteration within a tenth of a second; safe in any thread and signal handler."""
        self._file.stop()
