"""A recipe: everything a training run is made of, read from ``config.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speechlstm.bundle import LATENCIES
from speechlstm.config import from_dict, require, unknown_key
from speechlstm.data.augment_sensor import SensorAugmentConfig
from speechlstm.data.augment_strokes import StrokeAugmentConfig
from speechlstm.data.compose_config import ComposeConfig
from speechlstm.data.corpus import DataSet
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.decoder import AnyDecoderConfig
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.engine.stage import Latency
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FeatureConfig
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.features.strokes import StrokeConfig
from speechlstm.model.config import ForecastSize, NetworkConfig
from speechlstm.training.settings import (
    ExcerptConfig,
    NetworkSize,
    Target,
    TrainingConfig,
    ValidationSet,
)

__all__ = ["Recipe", "read_recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run.

    Attributes:
        name: Name of the model.
        vocabulary: Its words; of a forecast the channels that are forecast.
        data: Sets to train on, by name.
        latency: The dial of the bundle.
        description: What the card says of the model.
        licence: What the card says of the model's licence.
        validation: Sets that are never trained on, by name.
        seed: Seed of weights, streams and masks.
        start_from: A model, by name or folder, whose weights training begins with; of the head, those of the
            words that both know. Its features and sizes must be the recipe's. Empty to begin anew.
        pronunciations: A file in the data directory, as CMUdict is written. With it, training teaches the
            lower layers the phones of every transcript, also of words outside the vocabulary, and the upper
            layers hear them. Empty for none.
        features: The front end.
        network: Layers and units.
        decoder: Settings stored in the bundle.
        compose: How streams of sound are composed.
        excerpts: How streams of a sensor are cut out of recordings.
        augment: What is done to a sensor's recordings.
        pen: What is done to handwriting.
        training: How the network is trained.
        sources: For the card: licence and source of each set of ``data``.
        targets: For the card: what to hold the figures of ``evaluate --card NAME`` against, by their names.
    """

    name: str
    vocabulary: tuple[str, ...]
    data: dict[str, DataSet]
    latency: dict[str, Latency]
    description: str = ""
    licence: str = ""
    validation: dict[str, ValidationSet] = field(default_factory=dict)
    seed: int = 0
    start_from: str = ""
    pronunciations: str = ""
    features: FeatureConfig = field(default_factory=MfccConfig)
    network: NetworkSize = field(default_factory=NetworkSize)
    decoder: AnyDecoderConfig = field(default_factory=DecoderConfig)
    compose: ComposeConfig = field(default_factory=ComposeConfig)
    excerpts: ExcerptConfig = field(default_factory=ExcerptConfig)
    augment: SensorAugmentConfig = field(default_factory=SensorAugmentConfig)
    pen: StrokeAugmentConfig = field(default_factory=StrokeAugmentConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    sources: dict[str, str] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(len(set(self.vocabulary)) == len(self.vocabulary) > 0, "vocabulary must hold distinct words")
        require(set(self.latency) == set(LATENCIES), f"latency needs the tables {', '.join(LATENCIES)}")
        require(0 <= self.seed < 2**31, f"seed must be at least 0 and below 2**31, got {self.seed}")
        limits = {"time_mask_frames": self.n_stream_frames}
        if isinstance(self.features, MfccConfig):
            limits["band_mask"] = self.features.n_mels
        for name, limit in limits.items():
            value = getattr(self.training, name)
            require(value <= limit, f"training.{name} must be at most {limit}, all there are, got {value}")
        if isinstance(self.features, SensorConfig):
            _check_triples(self.augment.triples, self.features.channels)
        unnamed = sorted(set(self.data) - set(self.sources))
        require(not unnamed, f"sources must name licence and source of {', '.join(unnamed)}, for the card")

    @property
    def n_stream_frames(self) -> int:
        """Frames in a stream that is trained on."""
        if isinstance(self.features, StrokeConfig):
            return self.pen.n_frames
        length_s = (self.compose if self.network.head == "words" else self.excerpts).length_s
        return int(length_s * self.features.sample_rate_hz) // self.features.frame_samples

    @property
    def network_config(self) -> NetworkConfig:
        """All sizes of the network."""
        size = self.network
        forecast = self._forecast_size if size.head == "forecast" else None
        n_outputs = forecast.n_values if forecast else len(self.vocabulary) + (size.head == "words")
        return NetworkConfig(self.features.width, n_outputs, size.n_layers, size.units, size.head, forecast)

    @property
    def n_history_frames(self) -> int:
        """Samples of a channel that a frame of kind ``history`` is made of; 1 with other kinds."""
        return self.features.win_length if self.features.kind == "history" else 1

    @property
    def forecast_targets(self) -> tuple[int, ...]:
        """Places, among the channels, of those that are forecast.

        Raises:
            ConfigError: One that is no channel.
        """
        channels = self.features.channels if isinstance(self.features, SensorConfig) else ()
        unknown = [name for name in self.vocabulary if name not in channels]
        if unknown:
            raise unknown_key(unknown[0], channels, "the channels, of which vocabulary names some")
        return tuple(channels.index(name) for name in self.vocabulary)

    @property
    def _forecast_size(self) -> ForecastSize:
        c = self.decoder
        if not isinstance(c, ForecastConfig):
            raise ConfigError(f"a head of forecast needs decoder.method = 'forecast', got {c.method!r}")
        f, n_channels = self.features, self.features.n_channels or 1
        require(
            f.kind in ("raw", "history") and f.frame_samples == 1,
            "a forecast needs features of kind history or raw, and a frame a sample (hop_length = 1); got "
            f"kind {f.kind!r} and {f.frame_samples} samples a frame",
        )
        has_base = isinstance(f, SensorConfig) and f.kind == "history"
        reach = f.horizon if isinstance(f, SensorConfig) and has_base else c.horizon
        require(
            reach == c.horizon,
            f"features.horizon and decoder.horizon must be the same, got {reach} and {c.horizon}",
        )
        return ForecastSize(n_channels, self.forecast_targets, c.horizon, 1 + len(c.quantiles), has_base)


def read_recipe(path: str | Path, settings: Sequence[str] = ()) -> Recipe:
    """Read ``config.toml`` of a recipe folder.

    Args:
        path: The folder, or the file itself.
        settings: Overrides ``key.sub=value``, the value written as in TOML.

    Raises:
        ConfigError: No recipe there, or a setting that cannot be right.
    """
    path = Path(path)
    file = path / "config.toml" if path.is_dir() else path
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"no recipe at {path}: {file.name} cannot be read ({error.strerror}); "
            "give the folder of a recipe, as pipelines/words-en"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}; mend the file there") from error
    for setting in settings:
        _override(values, setting)
    return from_dict(Recipe, values)


def _check_triples(triples: Sequence[Sequence[int]], channels: Sequence[str]) -> None:
    wrong = [i for triple in triples for i in triple if not 0 <= i < len(channels)]
    require(
        not wrong,
        f"augment.triples names column {wrong[:1]}; expected 0 to {len(channels) - 1}, "
        f"which are {', '.join(channels)}",
    )


def _override(values: dict[str, Any], setting: str) -> None:
    key, equals, text = setting.partition("=")
    if not equals:
        raise ConfigError(f"expected key=value, as training.n_steps=500, got {setting!r}")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *tables, last = key.strip().split(".")
    for name in tables:
        values = values.setdefault(name, {})
        if not isinstance(values, Mapping):
            raise unknown_key(key, [], "the recipe")
    values[last] = value
