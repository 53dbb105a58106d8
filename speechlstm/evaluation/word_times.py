"""How far the bounds of words lie from where they are known to be: in streams composed of clips."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from speechlstm.data.compose import Composer, Composition
from speechlstm.data.compose_config import ComposeConfig
from speechlstm.data.corpus import Corpus, Item, speech_bounds
from speechlstm.data.texts import entries_in
from speechlstm.errors import DataError
from speechlstm.evaluation.bootstrap import quantile_intervals
from speechlstm.evaluation.clip_stream import Sound
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.measurement import Measurement
from speechlstm.messages import Word

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["BoundError", "WordTimes", "word_times"]

# words alone, in a quiet room; with pauses, close together, and fluent
_STREAMS = ComposeConfig(
    length_s=10.0, p_run=0.9, p_phrase=0.0, p_other=0.0, p_speech=0.0, p_noise=0.0, p_reverb=0.0
)
_N_STREAMS = 4
# what is given further away than this is no answer to the word
_SAME_WORD_S = 0.5
# a bound that moves further than this when the threshold is this much higher and lower is not known
_KNOWN_S, _KNOWN_DB = 0.06, 3.0
# what reaches so near to an edge of its clip may be cut, or drowned in noise
_EDGE_S = 0.02


@dataclass(frozen=True, slots=True)
class BoundError:
    """How far starts or ends lie from the truth, in seconds; ``None`` where there are too few to tell.

    Attributes:
        median_s: Median of the distances.
        median_ci95: Its 95 % interval, by bootstrap.
        p90_s: 90th percentile of the distances.
        p90_ci95: Its 95 % interval.
        late_s: Median of how late they are; less than 0 where they are early.
    """

    median_s: float | None
    median_ci95: Interval | None
    p90_s: float | None
    p90_ci95: Interval | None
    late_s: float | None

    @classmethod
    def of(cls, late_s: Sequence[float], units: np.ndarray) -> "BoundError":
        """Work out the figures.

        Args:
            late_s: How late each bound is.
            units: The independent unit of each.
        """
        if not late_s:
            return cls(None, None, None, None, None)
        distances = np.abs(late_s)
        median, p90 = np.quantile(distances, (0.5, 0.9)).tolist()
        median_ci95, p90_ci95 = quantile_intervals(distances, (0.5, 0.9), units)
        return cls(median, median_ci95, p90, p90_ci95, float(np.median(late_s)))


@dataclass(frozen=True, slots=True)
class WordTimes(Measurement):
    """The bounds of words in composed streams.

    Attributes:
        n_clips_known: Clips whose bounds are known well enough.
        n_clips_unknown: Clips left out because theirs are not.
        n_said: Words in the streams.
        n_timed: Of these, words that were given within half a second of where they are.
        ci95_unit: What the intervals take as independent: ``speakers`` or ``streams``.
        start: Of the starts of these words.
        end: Of their ends.
        bounds: Of both together.
        failed: Clips that could not be read, and why.
    """

    n_clips_known: int
    n_clips_unknown: int
    n_said: int
    n_timed: int
    ci95_unit: str
    start: BoundError
    end: BoundError
    bounds: BoundError
    failed: tuple[str, ...] = ()

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        return {name: value for name, value in self.to_json().items() if name != "failed"}

    def as_table(self) -> str:
        """A few lines for a person."""
        rows = (("start", self.start), ("end", self.end), ("both", self.bounds))
        return "\n".join(
            [
                f"{self.n_timed} of {self.n_said} words in streams of {self.n_clips_known} clips were given; "
                f"{self.n_clips_unknown} clips were left out, whose own bounds are not known to 60 ms",
                f"95 % intervals take {self.ci95_unit} as independent",
                "",
                "       ms from the truth: median (95 %)   90th percentile (95 %)   late by, median",
                *(_row(name, error) for name, error in rows),
            ]
        )


def word_times(
    recognizer: "Recognizer",
    sounds: Sequence[Sound],
    *,
    n_streams: int = _N_STREAMS,
    seed: int = 0,
    failed: Sequence[str] = (),
    progress: Callable[[Sound], None] = lambda sound: None,
) -> WordTimes:
    """Hear streams composed of clips, one speaker a stream, and compare the bounds of words with the truth.

    The truth of a word is where its clip's sound rises above its noise, see
    :func:`~speechlstm.data.corpus.speech_bounds`, carried through changes of speed. Where 3 dB more or less
    of a threshold move it by more than 60 ms, as in clips with noise or clicks, or where it is an edge of the
    clip, it is not known, and the clip is left out. Words follow each other with pauses, closely, or fluently
    with overlaps.

    Args:
        recognizer: A model of words.
        sounds: Clips, of which those that say one word of the model count.
        n_streams: Streams of 10 s for each speaker.
        seed: Of all that is drawn.
        failed: Clips that could not be read, and why.
        progress: Called with each clip whose speaker was heard.

    Raises:
        DataError: No clip with known bounds says one word of the model and nothing else.
    """
    words = _words(recognizer, sounds)
    known = [sound for sound in words if _is_known(sound, recognizer.sound_rate_hz)]
    if not known:
        raise DataError(
            f"none of {len(sounds)} clips says one word of {recognizer.bundle.name} and nothing else, loud "
            "enough above its noise to tell where it begins and ends; streams are composed of such: give some"
        )
    own: dict[str, list[Sound]] = {}
    for sound in known:
        own.setdefault(sound.clip.speaker, []).append(sound)
    n_said, timed = 0, list[_Timed]()
    for n, (speaker, stream, entries) in enumerate(_streams(recognizer, own, n_streams, seed)):
        n_said += len(stream.labels)
        timed += (_Timed(speaker, n, *late) for late in _lateness(recognizer, stream, entries))
        if (n + 1) % n_streams == 0:
            for sound in own[speaker]:
                progress(sound)
    units = sampling_units([one.speaker for one in timed])
    unit = np.array([one.stream for one in timed]) if units is None else units
    starts, ends = [one.start_s for one in timed], [one.end_s for one in timed]
    return WordTimes(
        n_clips_known=len(known),
        n_clips_unknown=len(words) - len(known),
        n_said=n_said,
        n_timed=len(timed),
        ci95_unit="streams" if units is None else "speakers",
        start=BoundError.of(starts, unit),
        end=BoundError.of(ends, unit),
        bounds=BoundError.of(starts + ends, np.concatenate([unit, unit])),
        failed=tuple(failed),
    )


class _Timed(NamedTuple):
    """How late a word's start and end are, in seconds; who said it, in which stream."""

    speaker: str
    stream: int
    start_s: float
    end_s: float


def _words(recognizer: "Recognizer", sounds: Sequence[Sound]) -> list[Sound]:
    """Those that say one word of the model and nothing else."""
    found = []
    for sound in sounds:
        entries = entries_in(sound.clip.text, recognizer.bundle.vocabulary)
        if len(entries) == 1 and len(sound.clip.text.split()) == len(entries[0].split()):
            found.append(sound)
    return found


def _is_known(sound: Sound, sample_rate_hz: int) -> bool:
    """Whether a clip's word stands out between its edges, and its bounds hardly hang on the threshold."""
    low, high = (speech_bounds(sound.samples, sample_rate_hz, above_db=db) for db in (-_KNOWN_DB, _KNOWN_DB))
    margin = _EDGE_S * sample_rate_hz
    is_cut = low[0] < margin or low[1] > len(sound.samples) - margin
    return not is_cut and all(abs(a - b) <= _KNOWN_S * sample_rate_hz for a, b in zip(low, high, strict=True))


def _streams(
    recognizer: "Recognizer", own: dict[str, list[Sound]], n_streams: int, seed: int
) -> Iterator[tuple[str, Composition, tuple[str, ...]]]:
    """Streams of each speaker, and the words that their tokens stand for."""
    vocabulary = recognizer.bundle.vocabulary
    for i, (speaker, sounds) in enumerate(own.items()):
        said = {entries_in(sound.clip.text, vocabulary)[0] for sound in sounds}
        words = tuple(word for word in vocabulary if word in said)
        composer = Composer(_corpus(sounds, recognizer.sound_rate_hz), words, _STREAMS)
        for k in range(n_streams):
            yield speaker, composer.compose(seed + i * n_streams + k), words


def _lateness(
    recognizer: "Recognizer", stream: Composition, entries: Sequence[str]
) -> Iterator[tuple[float, float]]:
    """How late start and end of each word of a stream are, in seconds, where it was given."""
    rate = recognizer.sound_rate_hz
    truth = [Word(entries[label.token - 1], label.start, label.stop, 1.0) for label in stream.labels]
    told = recognizer.transcribe(stream.samples).words
    for said, given in _pairs(truth, told, int(_SAME_WORD_S * rate)):
        start = given.start_samples - said.start_samples
        yield start / rate, (given.end_samples - said.end_samples) / rate


def _corpus(sounds: Sequence[Sound], sample_rate_hz: int) -> Corpus:
    items, at = [], 0
    for sound in sounds:
        start, stop = at, at + len(sound.samples)
        first, last = (at + bound for bound in sound.speech)
        items.append(Item("words", sound.clip.text, sound.clip.speaker, start, stop, first, last, 1.0))
        at = stop
    samples = np.concatenate([sound.samples for sound in sounds])
    return Corpus(np.round(samples.clip(-1, 1) * 32767).astype(np.int16), tuple(items), sample_rate_hz)


def _pairs(said: Sequence[Word], given: Sequence[Word], within_samples: int) -> Iterator[tuple[Word, Word]]:
    """Words that were said with those of their like that were given, the nearest first, none twice."""
    near = sorted(
        (distance, i, k)
        for i, one in enumerate(said)
        for k, other in enumerate(given)
        if one.text == other.text and (distance := abs(_middle(one) - _middle(other))) <= within_samples
    )
    done_said, done_given = set[int](), set[int]()
    for _, i, k in near:
        if i not in done_said and k not in done_given:
            done_said.add(i)
            done_given.add(k)
            yield said[i], given[k]


def _middle(word: Word) -> float:
    return (word.start_samples + word.end_samples) / 2


def _row(name: str, error: BoundError) -> str:
    if error.median_s is None or error.p90_s is None or error.late_s is None:
        return f"{name:5}  unknown"
    median, p90 = (
        f"{1000 * value:z.0f}" + (f" ({1000 * limits[0]:z.0f} to {1000 * limits[1]:z.0f})" if limits else "")
        for value, limits in ((error.median_s, error.median_ci95), (error.p90_s, error.p90_ci95))
    )
    return f"{name:5}  {median:33}  {p90:23}  {1000 * error.late_s:.0f}"
