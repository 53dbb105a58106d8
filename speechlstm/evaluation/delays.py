"""How long after it was said a word is told, and what of that each part of the system takes."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.evaluation.bootstrap import quantile_intervals
from speechlstm.evaluation.clip_stream import Piece, heard_in
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.messages import Event, Final, Partial, Word
from speechlstm.stage import Chain, run

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["Delay", "Delays", "WordDelay", "word_delays"]

# how finely a stream is fed: a final is late by half of this on average
_BLOCKS_PER_S = 50
# of two beliefs in the same word, the middles lie no further apart than this
_SAME_WORD_S = 0.3


@dataclass(frozen=True, slots=True)
class WordDelay:
    """What passed between the end of one word and its being told; negative where it was told before its end.

    Attributes:
        speaker: Who said it.
        emission_s: From the end of the word to the end of the frame that told it: how long the network keeps
            the word to itself. The end of the word is where the speech in its clip ends by energy (see
            :func:`~speechlstm.data.corpus.speech_bounds`), which a breath moves back and a soft ending forth.
        algorithmic_s: From there to the last sample that was needed, look-ahead and unfilled chunks; no more
            than the setting's algorithmic delay and the 20 ms that are fed at a time.
        compute_s: Time that the step took which gave it.
        first_partial_s: From the end of the word to the first time it was shown, as a partial or final.
    """

    speaker: str
    emission_s: float
    algorithmic_s: float
    compute_s: float
    first_partial_s: float

    @property
    def final_s(self) -> float:
        """From the end of the word to its being final: all three together."""
        return self.emission_s + self.algorithmic_s + self.compute_s


@dataclass(frozen=True, slots=True)
class Delay:
    """One part of the delays of many words; ``None`` where there are too few to tell.

    Attributes:
        median_s: Median.
        median_ci95: Its 95 % interval, by bootstrap.
        p95_s: 95th percentile.
        p95_ci95: Its 95 % interval.
    """

    median_s: float | None
    median_ci95: Interval | None
    p95_s: float | None
    p95_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of many words, and what they consist of; medians do not add up as the delays do.

    Attributes:
        n_words: Words that were told and whose end is known.
        final: Until the word was final.
        emission: See :class:`WordDelay`.
        algorithmic: Likewise.
        compute: Likewise.
        first_partial: Likewise.
    """

    n_words: int
    final: Delay
    emission: Delay
    algorithmic: Delay
    compute: Delay
    first_partial: Delay

    @classmethod
    def of(cls, words: Sequence[WordDelay]) -> "Delays":
        """Medians and percentiles of each part."""
        units = sampling_units([word.speaker for word in words])
        parts = ("final", "emission", "algorithmic", "compute", "first_partial")
        delays = {part: _delay([getattr(word, f"{part}_s") for word in words], units) for part in parts}
        return cls(len(words), **delays)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


def word_delays(recognizer: "Recognizer", pieces: Sequence[Piece]) -> list[WordDelay]:
    """Hear pieces as one live stream, and time the words whose ends are known.

    These are the last word of every clip whose text ends in a word of the vocabulary, where it was recognised
    as the last in its piece.

    Args:
        recognizer: The model, at one setting of the dial.
        pieces: What to hear; one stream, never reset.

    Returns:
        The delays, in order.
    """
    rate = recognizer.sound_rate_hz
    finals, shown = _listen(recognizer, pieces)
    frames = _telling_frames(recognizer, pieces)
    frame_samples = recognizer.bundle.config.features.frame_samples
    heard = heard_in([len(piece.samples) for piece in pieces], [final.word for final in finals])
    found, start = [], 0
    for piece, words in zip(pieces, heard, strict=True):
        end = start + piece.speech_stop
        if words and piece.sound.ends_in_word and words[-1][1].text.split()[-1] == piece.sound.reference[-1]:
            i, word = words[-1]
            told, final = (frames[i] + 1) * frame_samples, finals[i]
            first_s = min(shown.first(word), final.n_fed / rate + final.compute_s)
            found.append(
                WordDelay(
                    piece.sound.clip.speaker,
                    emission_s=(told - end) / rate,
                    algorithmic_s=(final.n_fed - told) / rate,
                    compute_s=final.compute_s,
                    first_partial_s=first_s - end / rate,
                )
            )
        start += len(piece.samples)
    return found


@dataclass(frozen=True, slots=True)
class _Final:
    """A word, the samples fed when it became final, and the time the step took."""

    word: Word
    n_fed: int
    compute_s: float


class _Shown:
    """When each word was first shown in a partial, in seconds of the stream."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._middles: dict[str, list[float]] = {}
        self._times: dict[str, list[float]] = {}

    def add(self, words: Iterable[Word], at_s: float) -> None:
        """Note words that were not shown before."""
        for word in words:
            if self.first(word) == np.inf:
                middles, times = self._of(word.text)
                at = bisect_left(middles, self._middle(word))
                middles.insert(at, self._middle(word))
                times.insert(at, at_s)

    def first(self, word: Word) -> float:
        """When a word was first shown; infinity if it never was."""
        middles, times = self._of(word.text)
        middle = self._middle(word)
        low = bisect_left(middles, middle - _SAME_WORD_S)
        high = bisect_left(middles, middle + _SAME_WORD_S)
        return min(times[low:high], default=np.inf)

    def _of(self, text: str) -> tuple[list[float], list[float]]:
        return self._middles.setdefault(text, []), self._times.setdefault(text, [])

    def _middle(self, word: Word) -> float:
        return (word.start_samples + word.end_samples) / 2 / self._rate_hz


def _listen(recognizer: "Recognizer", pieces: Sequence[Piece]) -> tuple[list[_Final], _Shown]:
    rate, stream = recognizer.sound_rate_hz, recognizer.stream()
    finals, shown = list[_Final](), _Shown(rate)

    def note(events: tuple[Event, ...], compute_s: float) -> None:
        for event in events:
            if isinstance(event, Final):
                finals.extend(_Final(word, stream.n_samples, compute_s) for word in event.words)
            elif isinstance(event, Partial):
                shown.add(event.words, stream.n_samples / rate + compute_s)

    for block in _blocks(_sound(recognizer, pieces), rate // _BLOCKS_PER_S):
        began = perf_counter()
        events = stream.feed(block)
        note(events, perf_counter() - began)
    return finals, shown


def _sound(recognizer: "Recognizer", pieces: Sequence[Piece]) -> Iterator[np.ndarray]:
    """The pieces, and hiss until the last word is final, which the end of a stream would hurry."""
    yield from (piece.samples for piece in pieces)
    if pieces:
        block = recognizer.sound_rate_hz // _BLOCKS_PER_S
        yield np.resize(pieces[-1].samples[-block:], recognizer.latency_samples + block)


def _blocks(sound: Iterable[np.ndarray], n: int) -> Iterator[np.ndarray]:
    left = np.zeros(0, np.float32)
    for part in sound:
        x = np.concatenate([left, part])
        n_whole = len(x) // n * n
        yield from x[:n_whole].reshape(-1, n)
        left = x[n_whole:]
    yield left


def _telling_frames(recognizer: "Recognizer", pieces: Sequence[Piece]) -> list[int]:
    """The frame that told each word: with it, and those that the decoder waits for, the word was given."""
    decoder = recognizer.decoder
    state, n_frames, frames = decoder.initial_state(), 0, list[int]()
    network = Chain([recognizer.features, recognizer.network])
    for answer in run(network, _sound(recognizer, pieces)):
        for i in range(len(answer.log_probs)):
            words, state = decoder.step(type(answer)(*(part[i : i + 1] for part in answer)), state)
            frames += [n_frames - decoder.latency] * len(words)
            n_frames += 1
    return frames


def _delay(values: Sequence[float], units: np.ndarray | None) -> Delay:
    if not values:
        return Delay(None, None, None, None)
    (median_ci95, p95_ci95), x = quantile_intervals(values, (0.5, 0.95), units), np.sort(values)
    median_s, p95_s = np.quantile(x, (0.5, 0.95)).tolist()
    return Delay(median_s, median_ci95, p95_s, p95_ci95)
