"""What flows out of a recogniser: small frozen values, each field with its unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeVar

from speechlstm.odds import BY_THEMSELVES, Joint

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Event",
    "Final",
    "Forecast",
    "Gap",
    "Kind",
    "Overflow",
    "Partial",
    "Transcript",
    "Utterance",
    "Word",
    "later",
    "within",
]

Kind = Literal["words", "writing", "segments", "forecasts"]
T = TypeVar("T", "Word", "Forecast", "Utterance")


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word, or a segment of one class.

    Attributes:
        text: The vocabulary entry.
        start_samples: First sample of the word, at the model's sample rate.
        end_samples: One past its last sample, at the model's sample rate.
        confidence: The model's belief, 0 to 1.
    """

    text: str
    start_samples: int
    end_samples: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What the model believes now of sound that is not final; it may be taken back.

    An empty tuple takes back the previous partial.
    """

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Final:
    """Words that will not change any more, in order of time."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance that is over; its words were final before.

    Attributes:
        words: All its words, in order of time; at least one.
        end_samples: Sound heard when it was found to be over, in samples at the model's rate.
        joint: What makes its confidence of those of the words.
    """

    words: tuple[Word, ...]
    end_samples: int
    joint: Joint = BY_THEMSELVES

    @property
    def text(self) -> str:
        """The words, separated by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """The chance that every word given is right, 0 to 1; what was missed is no part of it."""
        return self.joint.of([word.confidence for word in self.words])


@dataclass(frozen=True, slots=True)
class Overflow:
    """Sound that the source had to drop.

    Attributes:
        n_samples: Dropped samples, at the source's sample rate; 0 where the device did not say.
    """

    n_samples: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that a sensor gave nothing for; what comes after it has no connection with what came before.

    Attributes:
        n_samples: Its length, at the model's sample rate.
    """

    n_samples: int


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What a model expects of the samples to come.

    Attributes:
        n_samples: Samples heard when it was made; the first that is forecast has this number.
        channels: What is forecast.
        quantiles: Which quantiles of each value, rising.
        values: ``[channels, horizon, quantiles]``, float64, in the units of the channels.
        mean: ``[channels, horizon]``, likewise; what errs least in squares, as the median does in absolutes.
    """

    n_samples: int
    channels: tuple[str, ...]
    quantiles: tuple[float, ...]
    values: "np.ndarray"
    mean: "np.ndarray"

    @property
    def horizon(self) -> int:
        """Steps that are forecast."""
        return int(self.values.shape[1])

    def of(self, channels: Sequence[str], horizon: int | None = None) -> "Forecast":
        """The same of some channels, and of the first steps."""
        places = [self.channels.index(name) for name in channels]
        values, mean = self.values[places, :horizon], self.mean[places, :horizon]
        return replace(self, channels=tuple(channels), values=values, mean=mean)


Event = Partial | Final | Utterance | Forecast | Overflow


@dataclass(frozen=True, slots=True)
class Transcript:
    """All words of one piece of sound.

    Attributes:
        words: The words in order of time.
        n_samples: Length of the sound, at the model's sample rate.
        sample_rate_hz: The model's sample rate; the unit of every count of samples here.
        kind: What they are: ``words`` of sound, ``writing`` of a pen, or ``segments`` of a class each.
        utterances: The words by utterance, in order of time; None where nobody asked for utterances.
        joint: What makes its confidence of those of the words.
    """

    words: tuple[Word, ...]
    n_samples: int
    sample_rate_hz: int | Fraction
    kind: Kind = "words"
    utterances: tuple[Utterance, ...] | None = None
    joint: Joint = BY_THEMSELVES

    @property
    def text(self) -> str:
        """The words, separated by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float | None:
        """The chance that every word given is right, 0 to 1; what was missed is no part of it.

        ``None`` where there are no words, and of segments.
        """
        if not self.words or self.kind == "segments":
            return None
        return self.joint.of([word.confidence for word in self.words])


def later(item: T, n_samples: int) -> T:
    """The word, utterance or forecast, ``n_samples`` later."""
    if isinstance(item, Forecast):
        return replace(item, n_samples=item.n_samples + n_samples)
    if isinstance(item, Utterance):
        words = tuple(later(word, n_samples) for word in item.words)
        return replace(item, words=words, end_samples=item.end_samples + n_samples)
    start, end = item.start_samples + n_samples, item.end_samples + n_samples
    return replace(item, start_samples=start, end_samples=end)


def within(word: Word, n_samples: int) -> Word:
    """The word, cut off at ``n_samples``: the last frame may reach past the end of what was heard.

    Example:
        >>> within(Word("go", 800, 2_400, 0.98), 2_000)
        Word(text='go', start_samples=800, end_samples=2000, confidence=0.98)
    """
    start, end = min(word.start_samples, n_samples), min(word.end_samples, n_samples)
    return replace(word, start_samples=start, end_samples=end)
