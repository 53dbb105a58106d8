"""The recordings of a recipe, at its rate, with a class for every sample."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechlstm.config import unknown_key
from speechlstm.data.corpus import DataSet
from speechlstm.data.recordings import Recording, read_recording, read_sensor_manifest
from speechlstm.errors import ConfigError, DataError
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.sources.sensor import Sensor
from speechlstm.training.odd_files import tell_odd_ones
from speechlstm.training.sensors import sensor_of

__all__ = ["UNLABELLED", "LabelledRecording", "classes_of", "load_recordings"]

UNLABELLED = -1


@dataclass(frozen=True, eq=False)
class LabelledRecording:
    """A stretch of samples without a gap.

    Attributes:
        samples: float32 ``[n, n_channels]``.
        classes: int32 ``[n]``, places in the recipe's vocabulary; ``UNLABELLED`` where nothing is known.
        subject: Who wore the sensor.
        weight: How often a sample of it is drawn, relative to others.
    """

    samples: np.ndarray
    classes: np.ndarray
    subject: str
    weight: float = 1.0


def load_recordings(
    sets: Mapping[str, DataSet], data_dir: Path, config: SensorConfig, vocabulary: tuple[str, ...]
) -> list[LabelledRecording]:
    """All recordings of some sets.

    Args:
        sets: The sets, by name; each of role ``recordings``.
        data_dir: What their manifests are relative to.
        config: Channels, rate and longest gap.
        vocabulary: The classes.

    Raises:
        ConfigError: A set of another role.
        DataError: A manifest or recording that cannot be read, a label that is no class, nothing to read.
    """
    found, warnings = [], {}
    for name, data_set in sets.items():
        if data_set.role != "recordings":
            raise ConfigError(f"data.{name}.role must be recordings, got {data_set.role!r}")
        for recording in _recordings(data_set, data_dir, sensor_of(config)):
            classes = classes_of(recording, vocabulary)
            found.append(LabelledRecording(recording.samples, classes, recording.subject, data_set.weight))
            warnings[recording.path] = recording.warning
    tell_odd_ones(warnings)
    if not found:
        raise DataError(f"the recipe's sets hold no recordings under {data_dir}; is it the right --data?")
    return found


def classes_of(recording: Recording, vocabulary: Sequence[str]) -> np.ndarray:
    """The class of each sample, int32 ``[n]``; ``UNLABELLED`` where it has no label.

    Raises:
        DataError: A label that is no class.
    """
    known = {"": UNLABELLED} | {label: i for i, label in enumerate(vocabulary)}
    unknown = sorted(set(recording.labels) - set(known))
    if unknown:
        raise DataError(f"{recording.path}: {unknown_key(unknown[0], vocabulary, 'the vocabulary')}")
    return np.array([known[label] for label in recording.labels], np.int32)


def _recordings(data_set: DataSet, data_dir: Path, sensor: Sensor) -> Iterator[Recording]:
    for file in read_sensor_manifest(data_dir / data_set.manifest, split=data_set.split or None):
        if file.subject not in data_set.exclude_speakers:
            yield from read_recording(file.data, sensor, subject=file.subject)
