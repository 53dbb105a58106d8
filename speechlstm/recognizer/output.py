"""What a model gives: words, writing, segments or forecasts, and what becomes of them as a stream ends."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from speechlstm.bundle import BundleConfig
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.decode.segments import SegmentConfig, labels_of
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.features.strokes import StrokeConfig
from speechlstm.messages import Kind, Transcript, Utterance, Word, within
from speechlstm.odds import BY_THEMSELVES

__all__ = ["Output"]


@dataclass(frozen=True, slots=True)
class Output:
    """What a model gives, as its front end and its decoder say.

    Attributes:
        config: The model's settings.
    """

    config: BundleConfig

    @property
    def kind(self) -> Kind:
        """``words`` of sound, ``writing`` of a pen, ``segments`` of a class each, or ``forecasts``."""
        if isinstance(self.config.decoder, ForecastConfig):
            return "forecasts"
        if isinstance(self.config.decoder, SegmentConfig):
            return "segments"
        return "writing" if isinstance(self.config.features, StrokeConfig) else "words"

    def ended(self, told: Iterable[Any], n_samples: int) -> tuple[Any, ...]:
        """What was told of a stream, now that it has ended after ``n_samples``.

        The last segment ends there, not with its last frame, of which part may be missing; so does an
        utterance that the silence behind the end has ended. The ends of words are estimates, and stay as they
        were given. What a pen wrote is one character or word, from the first
        point to the last: a frame of its path has no fixed number of points.
        """
        if self.kind == "writing":
            return tuple(replace(word, start_samples=0, end_samples=n_samples) for word in told)
        if self.kind == "segments":
            return tuple(within(word, n_samples) for word in told)
        return tuple(_heard(one, n_samples) for one in told)

    def transcript(
        self, told: Iterable[Word | Utterance], n_samples: int, *, by_utterance: bool
    ) -> Transcript:
        """What was told of a whole stream of ``n_samples``; by utterance, too, where that was asked for."""
        found = list(told)
        words = tuple(one for one in found if isinstance(one, Word))
        utterances = tuple(one for one in found if isinstance(one, Utterance)) if by_utterance else None
        decoder = self.config.decoder
        joint = decoder.joint if isinstance(decoder, DecoderConfig) else BY_THEMSELVES
        rate_hz = self.config.features.sample_rate_hz
        return Transcript(words, n_samples, rate_hz, self.kind, utterances, joint)

    def labels(self, answer: Answer) -> np.ndarray:
        """The class of the segment that each frame of an answer lies in, int64 ``[n]``, -1 for none.

        Raises:
            ConfigError: The model hears words, not classes of frames.
        """
        decoder = self.config.decoder
        if not isinstance(decoder, SegmentConfig):
            raise ConfigError(f"{self.config.name} gives {self.kind}; frames have no class")
        return labels_of(answer, decoder)


def _heard(one: Any, n_samples: int) -> Any:
    """An utterance is over at the end of the sound at the latest; all else as it is."""
    if isinstance(one, Utterance) and one.end_samples > n_samples:
        return replace(one, end_samples=n_samples)
    return one
