"""Records out of Parquet files; pyarrow is loaded only for them."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from speechlstm.errors import DataError
from speechlstm.sources.extra import load_extra
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import (
    LABEL,
    LARGEST,
    Records,
    extra_columns,
    require_columns,
    require_once,
    row_times,
    to_records,
)
from speechlstm.sources.timestamps import (
    MAX_TIME_S,
    TimeColumn,
    all_seconds_of,
    find_time,
    to_seconds,
    zone_of,
)

__all__ = ["PARQUET_SUFFIXES", "is_parquet", "read_parquet"]

PARQUET_SUFFIXES = (".parquet", ".pq")
_N_BATCH = 1 << 15


def is_parquet(path: str | Path) -> bool:
    """Whether a file's name, in either case, says that it holds Parquet."""
    return str(path).lower().endswith(PARQUET_SUFFIXES)


def read_parquet(
    path: str | Path, channels: Sequence[str], *, sample_rate_hz: int | Fraction, problems: Problems
) -> Iterator[Records]:
    """The records of a Parquet file, a part of a row group at a time, so that memory does not grow with it.

    Args:
        path: The file.
        channels: Names of the wanted columns, in the wanted order.
        sample_rate_hz: Rate of rows that carry no time.
        problems: Where to count what is odd.

    Yields:
        Records.

    Raises:
        MissingDependency: pyarrow is not installed.
        DataError: The file cannot be read, or lacks a channel.
    """
    what = "reading Parquet needs pyarrow"
    arrow, parquet = load_extra("pyarrow", what=what), load_extra("pyarrow.parquet", what=what)
    try:
        with parquet.ParquetFile(str(path)) as file:
            yield from _read(file, tuple(channels), Fraction(sample_rate_hz), problems, str(path))
    except (arrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: cannot be read as Parquet ({reason}); write it again") from error


def _read(
    file: Any, channels: tuple[str, ...], rate: Fraction, problems: Problems, name: str
) -> Iterator[Records]:
    found = list(file.schema_arrow.names)
    require_columns(channels, found, name)
    time, label = find_time(found, channels), LABEL if LABEL in found else ""
    require_once([*channels, *([time.name] if time else []), LABEL], found, name)
    wanted = [*dict.fromkeys([*channels, *([time.name] if time else []), *([label] if label else [])])]
    problems.extra_columns, problems.is_timed = extra_columns(found, wanted), time is not None
    problems.zone = _zone(file.schema_arrow.field(time.name).type) if time else None
    n_rows = 0
    for batch in file.iter_batches(batch_size=_N_BATCH, columns=wanted):
        columns = {column: batch.column(column) for column in wanted}
        values = [_numbers(columns[channel]) for channel in channels]
        times = _times(columns[time.name], time) if time else row_times(n_rows, len(batch), rate)
        labels = (
            ["" if text is None else str(text).strip() for text in columns[label].to_pylist()]
            if label
            else None
        )
        yield _sound(times, values, labels, n_rows, problems)
        n_rows += len(batch)


def _sound(
    times: npt.NDArray[np.float64],
    values: list[npt.NDArray[np.float64]],
    labels: list[str] | None,
    first_row: int,
    problems: Problems,
) -> Records:
    """The records of a batch of which every number is one; the others are counted."""
    sound = np.abs(times) < MAX_TIME_S
    for column in values:
        sound &= np.abs(column) < LARGEST
    problems.n_records += len(times)
    for i in np.flatnonzero(~sound).tolist():
        problems.drop("n_not_a_number", f"row {first_row + i + 1} holds no number, or none that is finite")
    kept = np.flatnonzero(sound)
    texts = None if labels is None else [labels[i] for i in kept.tolist()]
    return to_records(times[kept], [column[kept] for column in values], texts)


def _numbers(column: Any) -> npt.NDArray[np.float64]:
    """A column as float64 ``[n]``; what is no number becomes NaN."""
    found = column.to_numpy(zero_copy_only=False)
    if found.dtype.kind in "iuf":
        return np.asarray(found, np.float64)
    return np.array([_number(value) for value in column.to_pylist()], np.float64)


def _number(value: Any) -> float:
    try:
        return float("nan") if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return float("nan")


def _times(column: Any, time: TimeColumn) -> npt.NDArray[np.float64]:
    found = column.to_numpy(zero_copy_only=False)
    if found.dtype.kind == "M":
        seconds = (found - np.datetime64(0, "s")) / np.timedelta64(1, "s")  # NaT becomes NaN
        return np.asarray(seconds, np.float64)
    if found.dtype.kind in "iuf":
        return all_seconds_of(np.asarray(found, np.float64), time.per_s)
    return np.array([_seconds(value, time.per_s) for value in column.to_pylist()], np.float64)


def _zone(kind: Any) -> tzinfo | None:
    """The zone of a column of dates."""
    name = getattr(kind, "tz", None)
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):  # as "+02:00"
        return zone_of(f"1970-01-01T00:00{name}")


def _seconds(value: Any, per_s: float) -> float:
    try:
        return to_seconds(str(value), per_s)
    except ValueError:
        return float("nan")
