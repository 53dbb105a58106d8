"""Recordings of sensors to train on and to measure with, and the lists of them."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.data.splits import of_split
from speechlstm.errors import DataError
from speechlstm.sources.problems import Problems
from speechlstm.sources.record_file import RecordFile
from speechlstm.sources.record_watch import RecordWatch
from speechlstm.sources.regular import RegularSamples, carry_labels, split_at_gaps
from speechlstm.sources.samples import Samples
from speechlstm.sources.sensor import Sensor
from speechlstm.stage import concatenate

__all__ = ["Recording", "SensorFile", "odd_ones", "read_recording", "read_sensor_manifest"]

_KEYS = ("data", "subject", "device", "split")


@dataclass(frozen=True, slots=True)
class SensorFile:
    """One file of records and what is known of it.

    Attributes:
        data: The file; it need not exist.
        subject: Who wore the sensor; empty where unknown.
        device: What kind of sensor it was; empty where unknown.
        split: ``train``, ``validation``, ``test`` or any other name; empty where there are none.
    """

    data: Path
    subject: str = ""
    device: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A stretch of samples without a gap.

    Attributes:
        samples: ``[n, n_channels]``, float32, in the units of the file.
        labels: Of each sample ``[n]``; empty where it has none.
        sample_rate_hz: Samples per second.
        path: The file.
        start_samples: Samples of the file before it, those of gaps included.
        subject: Who wore the sensor; empty where unknown.
        problems: What was odd in the whole file.
        warning: All of that in a line, but for columns that nobody asked for; None where nothing was.
    """

    samples: Samples
    labels: tuple[str, ...]
    sample_rate_hz: int | Fraction
    path: Path
    start_samples: int
    subject: str
    problems: Problems
    warning: str | None


def read_recording(path: str | Path, sensor: Sensor, *, subject: str = "") -> list[Recording]:
    """Read a whole file of records as a live source would hear it.

    Args:
        path: CSV, JSON lines (either also as gzip) or Parquet.
        sensor: The channels, rate and longest gap that the model wants.
        subject: Who wore the sensor.

    Returns:
        A recording for each segment between gaps, in order of time; at least one.

    Raises:
        DataError: The file is missing, empty, damaged, lacks a channel, or has no record that can be used.
        MissingDependency: Parquet without pyarrow.
    """
    with RecordFile(path, sensor) as file:
        samples, labels = _regular(file, sensor)
        odd = file.warning, file.problems.describe(with_columns=False)
        warning = "; ".join(filter(None, odd)) or None
    return [
        Recording(
            samples=part.values,
            labels=carry_labels(labels, part),
            sample_rate_hz=sensor.sample_rate_hz,
            path=Path(path),
            start_samples=int(part.point[0]),
            subject=subject,
            problems=file.problems,
            warning=warning,
        )
        for part in split_at_gaps(samples)
    ]


def odd_ones(warnings: Mapping[Path, str | None]) -> str | None:
    """What was odd in files, in a line for all of them; None where nothing was.

    Example:
        >>> print(odd_ones({Path("a.csv"): "1 gap", Path("b.csv"): None}))
        1 of 2 files is odd: a.csv: 1 gap
    """
    odd = [f"{path}: {warning}" for path, warning in warnings.items() if warning]
    if not odd or len(warnings) == 1:
        return odd[0] if odd else None
    of_all = f"{len(odd):,} of {len(warnings):,} files"
    return f"{of_all} is odd: {odd[0]}" if len(odd) == 1 else f"{of_all} are odd; the first: {odd[0]}"


def read_sensor_manifest(path: str | Path, *, split: str | None = None) -> list[SensorFile]:
    """Read a list of files of records.

    Args:
        path: JSON lines of ``{"data", "subject", "device", "split"}``, also with ``.gz``; all but ``data``
            may be absent, paths are relative to its folder. Or a folder that holds a ``manifest.jsonl``.
        split: Keep the files of this split only.

    Returns:
        The files, in the list's order; at least one. Whether they exist is not checked.

    Raises:
        DataError: The list is missing, empty, cannot be read, or has no such split.
    """
    path = Path(path)
    path = path / "manifest.jsonl" if path.is_dir() else path
    try:
        files = list(_rows(path))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise DataError(f"cannot read the list {path}: {error}; expected JSON lines, UTF-8") from error
    if not files:
        raise DataError(f"{path} lists no files; expected at least one line")
    return of_split(files, split, path)


def _regular(file: RecordFile, sensor: Sensor) -> tuple[RegularSamples, np.ndarray]:
    """All samples of a file, and the labels of all its records."""
    stage, watch = sensor.regular(), RecordWatch(sensor, file.problems)
    state = stage.initial_state()
    parts, labels = [], []
    for records in file:
        samples, state = stage.step(records, state)
        watch.see(records, state.clock, len(samples.point))
        parts.append(samples)
        labels.append(records.labels)
    parts.append(stage.flush(state))
    watch.finish(state.clock)
    return concatenate(parts), np.concatenate(labels)


def _rows(path: Path) -> Iterator[SensorFile]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    # not splitlines: JSON may hold U+2028 and others as they are
    for number, line in enumerate(text.decode("utf-8-sig").split("\n"), 1):
        if line.strip():
            yield _file(_object(line, f"{path}, line {number}"), path.parent, f"{path}, line {number}")


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is not valid JSON ({error}); expected one object a line") from error
    if not isinstance(row, dict):
        raise DataError(f"{where} is {line.strip()[:60]}; expected one JSON object a line")
    return row


def _file(row: Mapping[str, Any], folder: Path, where: str) -> SensorFile:
    data, subject, device, split = (row.get(key, "") for key in _KEYS)
    subject = str(subject) if type(subject) is int else subject
    for key, value in zip(_KEYS, (data, subject, device, split), strict=True):
        if not isinstance(value, str):
            raise DataError(f"{where} has {key} = {value!r:.60}; expected a string")
    if not data.strip():
        raise DataError(f"{where} lacks data; it has {', '.join(row) or 'nothing'}; expected a path")
    return SensorFile(folder / data.strip(), subject.strip(), device.strip(), split.strip())
