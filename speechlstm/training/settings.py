"""The tables of a recipe: how large the network is, how it is trained, and what it is measured on."""

from dataclasses import dataclass
from typing import Literal

from speechlstm.config import require
from speechlstm.data.corpus import check_rows

__all__ = ["ExcerptConfig", "NetworkSize", "Target", "TrainingConfig", "ValidationSet"]


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
        n_workers: Processes that compose streams; 0 for one less than there are cores for this
            process.
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
        for name in ("n_steps", "batch_size", "validate_every"):
            value = getattr(self, name)
            require(value >= 1, f"{name} must be at least 1, got {value}")
        require(self.learning_rate > 0, f"learning_rate must be positive, got {self.learning_rate}")
        require(0 <= self.dropout < 1, f"dropout must be at least 0 and below 1, got {self.dropout}")
        require(0 <= self.p_carry <= 1, f"p_carry must be from 0 to 1, got {self.p_carry}")
        for name in _NOT_NEGATIVE:
            value = getattr(self, name)
            require(value >= 0, f"{name} must not be negative, got {value}")
        require(
            len(self.dial) > 0 and all(len(p) == 2 and min(p) >= 0 for p in self.dial),
            f"dial must be a list of [chunk, lookahead] pairs, got {self.dial}",
        )
