"""A recipe: everything a training run is made of, read from ``config.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from speechlstm.bundle import LATENCIES
from speechlstm.config import from_dict, require, unknown_key
from speechlstm.data.augment_sensor import SensorAugmentConfig
from speechlstm.data.augment_strokes import StrokeAugmentConfig
from speechlstm.data.compose import ComposeConfig
from speechlstm.data.corpus import DataSet, check_rows
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.decoder import AnyDecoderConfig
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.engine.stage import Latency
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FeatureConfig
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor import SensorConfig
from speechlstm.features.strokes import StrokeConfig
from speechlstm.model.config import ForecastSize, NetworkConfig

__all__ = [
    "ExcerptConfig",
    "NetworkSize",
    "Recipe",
    "Target",
    "TrainingConfig",
    "ValidationSet",
    "read_recipe",
]


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Layers, units and head, as of :class:`speechlstm.model.config.NetworkConfig`; the rest follows."""

    n_layers: int = 2
    units: int = 128
    head: Literal["words", "classes", "forecast"] = "words"

    def __post_init__(self) -> None:
        require(min(self.n_layers, self.units) >= 1, f"expected at least one layer and unit, got {self}")


@dataclass(frozen=True, slots=True)
class ExcerptConfig:
    """How streams are cut out of recordings of a sensor.

    Attributes:
        length_s: Length of a stream, in seconds.
        splice_s: Shortest and longest piece that a stream is spliced of, from any recordings, in seconds;
            nothing takes it whole. Without the order in which people did things, no network can learn it.
    """

    length_s: float = 20.0
    splice_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        require(self.length_s > 0, f"length_s must be positive, got {self.length_s}")
        pair = self.splice_s
        require(
            not pair or (len(pair) == 2 and 0 < pair[0] <= pair[1]),
            f"splice_s must be [shortest, longest] or nothing, got {pair}",
        )


@dataclass(frozen=True, slots=True)
class ValidationSet:
    """Recordings that training never hears; the error on them is shown as it goes on.

    Attributes:
        manifest: As of :class:`speechlstm.data.corpus.DataSet`.
        split: Split to take; all if empty.
        rows: Of a series the samples to forecast, ``[first, stop]``; those before them are what is known.
    """

    manifest: str
    split: str = ""
    rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_rows(self.rows)


_AT_LEAST, _AT_MOST = ("exact", "frame_accuracy"), ("wer", "cer", "times_clean_10_db", "misses_at_half")


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure on the model's card is held against.

    Attributes:
        metric: ``exact`` (share of clips or samples, at least), ``wer`` or ``cer`` (word or character error
            rate, at most), ``frame_accuracy`` (at least), ``times_clean_10_db`` (errors at 10 dB of
            speech to noise against those on clean sound, at most) or ``misses_at_half`` (share of the words
            missed where half a false word is given an hour, at most).
        bound: The bound, 0 to 1; of ``times_clean_10_db`` a ratio.
        goal: A harder one, which the figure is held against beside it; none if there is no other.
    """

    metric: Literal["exact", "wer", "cer", "frame_accuracy", "times_clean_10_db", "misses_at_half"]
    bound: float
    goal: float | None = None

    def __post_init__(self) -> None:
        metrics = (*_AT_LEAST, *_AT_MOST)
        require(self.metric in metrics, f"metric must be one of {', '.join(metrics)}, got {self.metric!r}")
        sign, harder = (1, "more") if self.metric in _AT_LEAST else (-1, "less")
        require(
            self.goal is None or sign * (self.goal - self.bound) > 0,
            f"the goal of {self.metric} must be {harder} than its bound of {self.bound:g}, got {self.goal}",
        )


_NOT_NEGATIVE = (
    "n_warmup",
    "weight_decay",
    "late_frames",
    "pooled_weight",
    "extent_weight",
    "phone_weight",
    "n_time_masks",
    "time_mask_frames",
    "n_band_masks",
    "band_mask",
    "n_workers",
)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How the network is trained.

    Attributes:
        n_steps: Batches in all.
        batch_size: Streams in a batch.
        learning_rate: Highest rate of AdamW; it rises over ``n_warmup`` steps and falls as a cosine.
        n_warmup: Steps of the rise.
        weight_decay: AdamW's.
        dropout: Share of each layer's outputs dropped.
        dial: ``[chunk, lookahead]`` pairs in frames, one drawn for every batch; chunk 0 is the whole stream.
        p_carry: Share of the batches that go on from the forward state the last one ended with.
        late_frames: Frames after its end in which a word may still be answered.
        pooled_weight: Weight of the cross-entropy pooled over each word's time.
        extent_weight: Weight of the error of the words' bounds.
        phone_weight: Weight of the phones, where there are pronunciations.
        n_time_masks: Most masks over time (SpecAugment).
        time_mask_frames: Longest of them.
        n_band_masks: Most masks over mel bands (of sound).
        band_mask: Widest of them, in bands.
        validate_every: Steps between validations and checkpoints.
        n_workers: Processes that compose streams; 0 for one less than there are processors.
        mixed_precision: Whether to compute in float16 where a GPU is seen.
    """

    n_steps: int = 4000
    batch_size: int = 64
    learning_rate: float = 2e-3
    n_warmup: int = 200
    weight_decay: float = 1e-3
    dropout: float = 0.1
    dial: tuple[tuple[int, ...], ...] = ((6, 5), (0, 0))
    p_carry: float = 0.5
    late_frames: int = 3
    pooled_weight: float = 0.5
    extent_weight: float = 0.1
    phone_weight: float = 0.2
    n_time_masks: int = 2
    time_mask_frames: int = 5
    n_band_masks: int = 2
    band_mask: int = 6
    validate_every: int = 250
    n_workers: int = 0
    mixed_precision: bool = True

    def __post_init__(self) -> None:
        require(
            self.n_steps >= 1 and self.batch_size >= 1, f"expected at least one step and stream, got {self}"
        )
        require(self.learning_rate > 0, f"learning_rate must be positive, got {self.learning_rate}")
        require(0 <= self.dropout < 1, f"dropout must be at least 0 and below 1, got {self.dropout}")
        require(0 <= self.p_carry <= 1, f"p_carry must be from 0 to 1, got {self.p_carry}")
        require(self.validate_every >= 1, f"validate_every must be at least 1, got {self.validate_every}")
        for name in _NOT_NEGATIVE:
            value = getattr(self, name)
            require(value >= 0, f"{name} must not be negative, got {value}")
        require(
            len(self.dial) > 0 and all(len(p) == 2 and min(p) >= 0 for p in self.dial),
            f"dial must be a list of [chunk, lookahead] pairs, got {self.dial}",
        )


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
