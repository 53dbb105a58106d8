"""What a model takes in: files, arrays and chunks become samples at its rate."""

import contextlib
import inspect
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speechlstm.errors import AudioError, ConfigError, SoundWarning
from speechlstm.features.frontend import FeatureConfig
from speechlstm.features.loudness import Loudness
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.features.strokes import PEN_CHANNELS, StrokeConfig
from speechlstm.messages import Gap, Overflow
from speechlstm.sources.files import AudioFile
from speechlstm.sources.resample import StreamResampler
from speechlstm.sources.samples import Samples, checked_samples
from speechlstm.sources.source import Source
from speechlstm.sources.whole import whole_samples
from speechlstm.timing import Rate

if TYPE_CHECKING:
    from speechlstm.sources.sensor import Sensor

__all__ = ["Intake"]

# an array is resampled in blocks of this length
_BLOCK_S = 10
# nobody's call: this package, and what leaves a context manager
_PASSED_OVER = (str(Path(__file__).parents[1]) + os.sep, contextlib.__file__)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a model hears: sound, the channels of a sensor, or the points of a pen.

    Attributes:
        name: The model's name, for errors.
        features: The settings of its front end.
        limits: Of a sensor the lowest and highest value of each channel that is not wild.
        levels: Of a sensor how much of each channel is steady in the training data.
    """

    name: str
    features: FeatureConfig
    limits: tuple[tuple[float, float], ...] = ()
    levels: tuple[float, ...] = ()

    @property
    def hears_sound(self) -> bool:
        """Whether it is sound."""
        return isinstance(self.features, MfccConfig)

    @property
    def reads_pen(self) -> bool:
        """Whether it is the points of a pen."""
        return isinstance(self.features, StrokeConfig)

    @property
    def sound_rate_hz(self) -> int:
        """Samples per second of the sound.

        Raises:
            ConfigError: It hears a sensor or reads a pen.
        """
        if not self.hears_sound:
            other = "reads a pen" if self.reads_pen else "hears a sensor"
            raise ConfigError(f"{self.name} {other}, no sound")
        return int(self.features.sample_rate_hz)

    @property
    def sensor(self) -> "Sensor":
        """Channels, rate, longest gap, limits, units and levels of the sensor.

        Raises:
            ConfigError: It hears sound or reads a pen.
        """
        features = self.features
        if not isinstance(features, SensorConfig):
            other = "reads a pen" if self.reads_pen else "hears sound"
            raise ConfigError(f"{self.name} {other}, no sensor's records")
        from speechlstm.sources.sensor import Sensor

        return Sensor(
            features.channels,
            features.sample_rate_hz,
            features.max_gap_s,
            limits=self.limits,
            units=features.units,
            levels=self.levels,
        )

    def open(
        self,
        path: str | os.PathLike[str],
        *,
        channel: int | None = None,
        columns: Sequence[str] | None = None,
        y_down: bool = False,
        record_rate_hz: Rate | None = None,
    ) -> Source:
        """The source that reads a file, as :meth:`Recognizer.open` says."""
        features = self.features
        path = path if isinstance(path, str) else Path(path)
        if record_rate_hz is not None and not isinstance(features, SensorConfig):
            raise ConfigError(f"record_rate_hz is of a sensor; {self.name} hears none, leave it out")
        if isinstance(features, MfccConfig):
            if columns is not None:
                raise ConfigError(f"{self.name} hears sound, which has no columns; leave them out")
            return AudioFile(path, self.sound_rate_hz, channel=channel)
        if channel is not None:
            channels = PEN_CHANNELS if isinstance(features, StrokeConfig) else features.channels
            raise ConfigError(f"{self.name} hears {', '.join(channels)}, not one channel")
        if isinstance(features, StrokeConfig):
            from speechlstm.sources.pen import PenSource

            rate_hz, max_gap_s = features.sample_rate_hz, features.max_gap_s
            return PenSource(
                path, sample_rate_hz=rate_hz, max_gap_s=max_gap_s, columns=columns, y_down=y_down
            )
        from speechlstm.sources.table import TableSource

        sensor = replace(self.sensor, untimed_rate_hz=record_rate_hz)
        return TableSource(path, sensor, columns=columns)

    @contextmanager
    def chunks(
        self, sound: str | Path | np.ndarray, sample_rate_hz: int | None, channel: int | None
    ) -> Iterator[Iterable[Samples | Overflow | Gap]]:
        """A file's or an array's samples in chunks, at the model's rate.

        What puts an answer in doubt is a ``SoundWarning`` at the end: a sound file that is silent, cut short
        or shorter than a frame, and samples far out of scale.

        Raises:
            AudioError: The sound cannot be read, or is neither a path nor an array.
            ConfigError: A rate for a file, or a channel of an array.
        """
        if isinstance(sound, np.ndarray):
            if channel is not None:
                raise ConfigError(f"channel {channel} of an array: it must be mono; give sound[:, {channel}]")
            samples, level = self.checked(sound), Loudness()
            yield self._at_its_rate(samples, sample_rate_hz)
            level.add(samples)
            # who gives zeros knows it
            if self.hears_sound and not level.is_silent and level.oddity:
                _warn(f"the array {level.oddity}")
            return
        _require_path(sound)
        if sample_rate_hz is not None:
            raise ConfigError(f"sample_rate_hz {sample_rate_hz} for a file, which says its own; leave it out")
        with self.open(sound, channel=channel) as source:
            if not self.hears_sound:
                yield source
                return
            level = Loudness()
            yield level.watched(source)
            for odd in filter(None, (source.warning, self.oddity(level))):
                _warn(f"{sound}: {odd}")

    def oddity(self, level: Loudness) -> str | None:
        """What is odd about sound of such a length and loudness, as the rest of a sentence, or None."""
        features = self.features
        if isinstance(features, MfccConfig) and level.n_samples < features.win_length:
            return f"is shorter than one frame of {1000 * features.win_length / features.sample_rate_hz:g} ms"
        return level.oddity

    def whole(
        self, sound: str | Path | np.ndarray, sample_rate_hz: int | None, channel: int | None
    ) -> Samples:
        """The same as one array.

        Raises:
            AudioError: As of :meth:`chunks`.
            ConfigError: As of :meth:`chunks`.
            DataError: A sensor's records have a gap.
        """
        name = "the array" if isinstance(sound, np.ndarray) else str(sound)
        with self.chunks(sound, sample_rate_hz, channel) as chunks:
            samples = whole_samples(chunks, self.features.sample_rate_hz, name)
        n_channels = self.features.n_channels
        return samples if len(samples) or n_channels is None else np.zeros((0, n_channels), np.float32)

    def checked(self, samples: np.ndarray) -> Samples:
        """Samples of the right shape, finite, as float32.

        Raises:
            AudioError: They are not.
        """
        return checked_samples(samples, self.features.n_channels)

    def all_checked(
        self, chunks: Iterable[np.ndarray | Overflow | Gap]
    ) -> Iterator[Samples | Overflow | Gap]:
        """:meth:`checked` of every chunk; what was lost or missing between them passes.

        Raises:
            AudioError: As of :meth:`checked`.
        """
        for chunk in chunks:
            yield chunk if isinstance(chunk, Overflow | Gap) else self.checked(chunk)

    def resampler(self, sample_rate_hz: int | None) -> StreamResampler | None:
        """What brings samples to the model's rate; None where they have it.

        Raises:
            AudioError: A rate that no sound has.
            ConfigError: Another rate than the model's, of a sensor or a pen.
        """
        rate_hz = self.features.sample_rate_hz
        # not `or`: a rate of 0 is a mistake, and the resampler says so
        if sample_rate_hz is None or sample_rate_hz == rate_hz:
            return None
        if not self.hears_sound:
            raise ConfigError(
                f"{self.name} hears its {'pen' if self.reads_pen else 'sensor'} "
                f"at {rate_hz} Hz, got {sample_rate_hz}; resample the samples first"
            )
        return StreamResampler(sample_rate_hz, int(rate_hz))

    def _at_its_rate(self, samples: Samples, sample_rate_hz: int | None) -> Iterator[Samples]:
        resampler = self.resampler(sample_rate_hz)
        block = max(1, int(_BLOCK_S * (sample_rate_hz or self.features.sample_rate_hz)))
        for i in range(0, len(samples), block):
            part = samples[i : i + block]
            yield part if resampler is None else resampler.feed(part)
        if resampler is not None:
            yield resampler.finish()


def _require_path(sound: object) -> None:
    if not isinstance(sound, str | os.PathLike):
        raise AudioError(
            f"expected a path or an array of float samples [n], got {type(sound).__name__}; "
            "turn numbers into an array: np.asarray(sound, np.float32)"
        )


def _warn(what: str) -> None:
    """Warn at the place that called this package, however deep within it this is."""
    # as skip_file_prefixes of warnings.warn does, from Python 3.12 on
    level, frame = 1, inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PASSED_OVER):
        level, frame = level + 1, frame.f_back
    warnings.warn(what, SoundWarning, stacklevel=level)
