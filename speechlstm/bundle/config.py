"""All settings of a bundle, and that they fit each other."""

from dataclasses import dataclass, field

from speechlstm.config import require
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.decoder import AnyDecoderConfig
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.decode.segments import SegmentConfig
from speechlstm.decode.spell import SpellConfig
from speechlstm.decode.whole import WholeConfig
from speechlstm.engine.stage import Latency
from speechlstm.features.frontend import FeatureConfig
from speechlstm.features.strokes import StrokeConfig
from speechlstm.model.config import NetworkConfig

__all__ = ["LATENCIES", "BundleConfig"]

LATENCIES = ("low", "balanced", "high", "offline")
_READS: dict[str, tuple[type, ...]] = {
    "words": (DecoderConfig, SpellConfig),
    "classes": (SegmentConfig, WholeConfig),
    "forecast": (ForecastConfig,),
}


@dataclass(frozen=True, slots=True)
class BundleConfig:
    """All settings of a bundle.

    Attributes:
        name: The model's name.
        vocabulary: Words of the tokens 1, 2, ..., the classes 0, 1, ..., or the channels that are forecast.
        features: The front end.
        network: The network's sizes.
        latency: Chunk and look-ahead of each setting of the dial.
        decoder: The decoder.
        phones: Names of the phones that the lower layers tell, behind the blank; of a bundle made before
            they were kept none.
    """

    name: str
    vocabulary: tuple[str, ...]
    features: FeatureConfig
    network: NetworkConfig
    latency: dict[str, Latency]
    decoder: AnyDecoderConfig = field(default_factory=DecoderConfig)
    phones: tuple[str, ...] = ()

    @property
    def knows(self) -> str:
        """What the vocabulary is of: ``words``, ``characters``, ``classes`` or ``channels``."""
        of_heads = {"words": "words", "classes": "classes", "forecast": "channels"}
        return "characters" if isinstance(self.decoder, SpellConfig) else of_heads[self.network.head]

    def __post_init__(self) -> None:
        reads = _READS[self.network.head]
        require(
            isinstance(self.decoder, reads),
            f"a decoder of method {self.decoder.method!r} cannot read a head of {self.network.head}",
        )
        if isinstance(self.decoder, ForecastConfig):
            self._check_forecast(self.decoder)
        else:
            self._check_outputs()
        require(
            not isinstance(self.features, StrokeConfig)
            or isinstance(self.decoder, WholeConfig | SpellConfig),
            "a frame of a pen's path has no fixed number of points, so only whole pieces of writing can be "
            f"placed: decoder.method must be whole or spell, got {self.decoder.method!r}",
        )
        require(
            self.network.n_features == self.features.width,
            f"the front end gives {self.features.width} features a frame, the network takes "
            f"{self.network.n_features}; the two belong to different models",
        )
        require(set(self.latency) == set(LATENCIES), f"latency needs {LATENCIES}, got {sorted(self.latency)}")
        require(
            len(self.phones) in (0, self.network.n_phones),
            f"the network tells {self.network.n_phones} phones, {len(self.phones)} are named",
        )

    def _check_outputs(self) -> None:
        has_blank = self.network.head == "words"
        n_outputs = len(self.vocabulary) + has_blank
        require(
            self.network.n_outputs == n_outputs,
            f"{len(self.vocabulary)} {self.network.head} need {n_outputs} outputs"
            f"{' (one is the blank)' if has_blank else ''}, got {self.network.n_outputs}",
        )

    def _check_forecast(self, decoder: ForecastConfig) -> None:
        size = self.network.forecast
        found = size and (len(size.targets), size.horizon, size.n_numbers - 1)
        expected = (len(self.vocabulary), decoder.horizon, len(decoder.quantiles))
        require(
            found == expected,
            f"the network forecasts {found} channels, steps and quantiles, the decoder reads {expected}",
        )
        require(
            self.features.kind in ("raw", "history") and self.features.frame_samples == 1,
            "a forecast needs features of kind history or raw, and a frame a sample (hop_length = 1); got "
            f"kind {self.features.kind!r} and {self.features.frame_samples} samples a frame",
        )
        late = [name for name, latency in self.latency.items() if latency != Latency(1, 0)]
        require(
            not late,
            f"a forecast needs chunk_frames = 1 and lookahead_frames = 0 in every latency, not so in "
            f"{', '.join(late)}: what is heard later would be no forecast",
        )
