"""The series of a recipe, at its rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechlstm.data.corpus import DataSet
from speechlstm.data.recordings import read_recording
from speechlstm.errors import ConfigError, DataError
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.sources.sensor import Sensor
from speechlstm.training.odd_files import tell_odd_ones
from speechlstm.training.sensors import sensor_of

__all__ = ["Series", "load_series"]


@dataclass(frozen=True, eq=False)
class Series:
    """A stretch of samples without a gap, and the part of it that may be forecast.

    Attributes:
        samples: float32 ``[n, n_channels]``; none lies after what may be forecast.
        first: The first sample that may be forecast; those before it are what is known.
        weight: How often a sample of it is drawn, relative to others.
    """

    samples: np.ndarray
    first: int
    weight: float = 1.0


def load_series(sets: Mapping[str, DataSet], data_dir: Path, config: SensorConfig) -> list[Series]:
    """All series of some sets.

    Args:
        sets: The sets, by name; each of role ``series``.
        data_dir: What their files are relative to.
        config: Channels, rate and longest gap.

    Raises:
        ConfigError: A set of another role.
        DataError: A file that cannot be read, or one that has nothing in the rows asked for.
    """
    sensor = sensor_of(config)
    found: list[Series] = []
    warnings: dict[Path, str | None] = {}
    for name, data_set in sets.items():
        if data_set.role != "series":
            raise ConfigError(f"data.{name}.role must be series for forecasts, got {data_set.role!r}")
        parts = list(_parts(data_set, data_dir, sensor, warnings))
        if not parts:
            first, stop = data_set.rows
            raise DataError(f"{data_dir / data_set.manifest} has no samples from {first} to {stop}")
        found += parts
    tell_odd_ones(warnings)
    return found


def _parts(
    data_set: DataSet, data_dir: Path, sensor: Sensor, warnings: dict[Path, str | None]
) -> Iterator[Series]:
    for recording in read_recording(data_dir / data_set.manifest, sensor):
        warnings[recording.path] = recording.warning
        at, n = recording.start_samples, len(recording.samples)
        first, stop = data_set.rows or (at, at + n)
        if first < at + n and stop > at:
            yield Series(recording.samples[: stop - at], max(0, first - at), data_set.weight)
