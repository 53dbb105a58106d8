"""False alarms an hour, and what fewer of them cost in words missed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from speechlstm.data.manifest import Clip
from speechlstm.data.texts import in_vocabulary
from speechlstm.decode.config import DecoderConfig, at_sensitivity, sensitivity_of
from speechlstm.errors import AudioError, DataError
from speechlstm.evaluation.intervals import Interval, rate_interval
from speechlstm.evaluation.measurement import Measurement
from speechlstm.evaluation.misses import (
    SENSITIVITIES,
    Given,
    Said,
    answer_of,
    given_for,
    missed,
    said_in,
    threshold_of,
)
from speechlstm.evaluation.table import hours_of

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["Alarms", "OperatingPoint", "RareAlarms", "false_alarms", "rare_lines", "require_no_targets"]

_N_SHOWN = 5
_OF_PHRASES = "with a grammar phrases are given whole, so there is no figure at half a false word an hour"
# what is usual of wake words
_RARE_PER_HOUR = 0.5


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What one sensitivity gives.

    Attributes:
        sensitivity: 0 to 1.
        alarms_per_hour: False words an hour.
        alarms_per_hour_ci95: Its 95 % interval.
        misses: Share of the words said that were not recognised as such; ``None`` where none are known.
        misses_ci95: Its 95 % interval.
    """

    sensitivity: float
    alarms_per_hour: float
    alarms_per_hour_ci95: Interval
    misses: float | None
    misses_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class RareAlarms:
    """What is missed where a threshold of the confidence leaves at most half a false word an hour.

    Attributes:
        threshold: The confidence that a word must exceed. In less than two hours that allows none: it is
            then the highest confidence of a false word.
        sensitivity: Where that threshold lies on the dial; ``None`` where its lower half does not
            reach it, or of a model that is not calibrated, whose dial has no thresholds.
        n_alarms: False words that exceed it.
        alarms_per_hour_ci95: The 95 % interval of their rate. No alarm at all bounds it below 3 / hours: a
            rate below half an alarm an hour cannot be shown by less than six hours.
        misses: Share of the words said that were not recognised as such.
        misses_ci95: Its 95 % interval, the threshold taken as it is.
    """

    threshold: float
    sensitivity: float | None
    n_alarms: int
    alarms_per_hour_ci95: Interval
    misses: float
    misses_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class Alarms(Measurement):
    """What a recogniser gave for sound that holds none of its words.

    Attributes:
        hours: Length of the sound.
        n_files: Files that were read.
        failed: Files and clips that could not be read, and why.
        n_alarms: Words given at the sensitivity asked for.
        sensitivity: That sensitivity.
        alarms_per_hour: ``n_alarms`` an hour.
        alarms_per_hour_ci95: Its 95 % interval; no alarm at all bounds the rate below 3 / ``hours``.
        by_word: How often each word was given.
        worst: Files with the most alarms, and how many they have.
        curve: Every sensitivity of ``SENSITIVITIES``.
        n_words: Words that ``misses`` are counted over.
        rare: What fewer alarms cost; ``None`` where no words are known, and with a grammar, whose phrases are
            given whole.
    """

    hours: float
    n_files: int
    failed: tuple[str, ...]
    n_alarms: int
    sensitivity: float
    alarms_per_hour: float
    alarms_per_hour_ci95: Interval
    by_word: dict[str, int]
    worst: tuple[tuple[str, int], ...]
    curve: tuple[OperatingPoint, ...]
    n_words: int
    rare: RareAlarms | None

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        kept = (
            "hours",
            "n_alarms",
            "sensitivity",
            "alarms_per_hour",
            "alarms_per_hour_ci95",
            "n_words",
            "curve",
        )
        found = self.to_json()
        rare = self.rare and {
            "threshold_at_half": self.rare.threshold,
            "sensitivity_at_half": self.rare.sensitivity,
            "n_alarms_at_half": self.rare.n_alarms,
            "alarms_per_hour_at_half_ci95": self.rare.alarms_per_hour_ci95,
            "misses_at_half": self.rare.misses,
            "misses_at_half_ci95": self.rare.misses_ci95,
        }
        return {name: found[name] for name in kept} | (
            rare or {"misses_at_half": None, "misses_at_half_ci95": None}
        )

    def as_table(self) -> str:
        """A few lines for a person."""
        low, high = self.alarms_per_hour_ci95
        lines = [
            f"{self.n_alarms} false words in {hours_of(self.hours)} of {self.n_files} files: "
            f"{self.alarms_per_hour:.1f} an hour (95 %: {low:.1f} to {high:.1f})",
            *(f"  {n:5}  {word}" for word, n in sorted(self.by_word.items(), key=lambda pair: -pair[1])),
            *(f"  {n:5}  in {file}" for file, n in self.worst),
            "",
            "sensitivity  false words an hour (95 %)" + ("   words missed (95 %)" if self.n_words else ""),
            *(_line(point) for point in self.curve),
            *(["", *rare_lines(self.rare, self.hours)] if self.rare else []),
            *(["", _OF_PHRASES] if self.n_words and self.rare is None else []),
        ]
        return "\n".join(lines)


def false_alarms(
    recognizer: "Recognizer",
    files: Sequence[Path],
    *,
    targets: Sequence[Clip] = (),
    sensitivity: float = 0.5,
    progress: Callable[[Path], None] = lambda path: None,
) -> Alarms:
    """Count what a recogniser gives for sound without its words, at every sensitivity.

    Args:
        recognizer: A model of words.
        files: Sound that holds none of them.
        targets: Clips that do, for the other side of the curve.
        sensitivity: The one that is told in detail.
        progress: Called after every file and clip.

    Raises:
        DataError: No file could be read.
    """
    at = (sensitivity, *SENSITIVITIES)
    names, given, hours, failed = _heard(recognizer, files, at, progress)

    def done(clip: Clip, error: AudioError | None) -> None:
        failed.extend([] if error is None else [str(error)])
        progress(clip.audio)

    said = list(said_in(recognizer, targets, at, done))
    own, *counts = ([len(words) for words in of_all] for of_all in zip(*(g.at for g in given), strict=True))
    worst = sorted(zip(names, own, strict=True), key=lambda pair: -pair[1])[:_N_SHOWN]
    config = at_sensitivity(recognizer.bundle.config.decoder, 0.5)
    return Alarms(
        hours=hours,
        n_files=len(given),
        failed=tuple(failed),
        n_alarms=sum(own),
        sensitivity=sensitivity,
        alarms_per_hour=sum(own) / hours,
        alarms_per_hour_ci95=rate_interval(own, hours),
        by_word=dict(Counter(word for of_file in given for word in of_file.at[0])),
        worst=tuple((name, n) for name, n in worst if n),
        curve=tuple(_curve(counts, said, hours)),
        n_words=sum(len(one.reference) for one in said),
        rare=None if config.grammar.phrases or not said else _rare(config, given, said, hours),
    )


def require_no_targets(clips: Iterable[Clip], vocabulary: Collection[str]) -> None:
    """See to it that transcripts, or sub-folders' names in their place, hold no word of the vocabulary.

    Raises:
        DataError: Some do.
    """
    holding = [clip for clip in clips if in_vocabulary(clip.text, vocabulary)]
    if holding:
        first = holding[0]
        raise DataError(
            f"{len(holding)} clips say words of the vocabulary, {first.audio.name} for one: {first.text!r}; "
            "what a recogniser gives there is no false alarm: take them out, or give another folder"
        )


class _Heard(NamedTuple):
    """What was given for files without words of the model; the names of those that could be read."""

    names: list[str]
    given: list[Given]
    hours: float
    failed: list[str]


def _heard(
    recognizer: "Recognizer", files: Sequence[Path], at: Sequence[float], progress: Callable[[Path], None]
) -> _Heard:
    names, given, failed, n_samples = [], [], [], 0
    for path in files:
        try:
            answer, length = answer_of(recognizer, path)
        except AudioError as error:
            failed.append(str(error))
        else:
            given.append(given_for(recognizer, answer, at))
            names.append(path.name)
            n_samples += length
        progress(path)
    if not n_samples:
        raise DataError(f"none of {len(files)} files could be read: {'; '.join(failed[:2])}")
    return _Heard(names, given, n_samples / recognizer.sound_rate_hz / 3600, failed)


def _curve(counts: Sequence[list[int]], said: Sequence[Said], hours: float) -> Iterator[OperatingPoint]:
    """Of the false words of every file at each of the sensitivities."""
    for i, (s, n) in enumerate(zip(SENSITIVITIES, counts, strict=True), 1):
        misses = missed(said, [one.given.at[i] for one in said])
        yield OperatingPoint(s, sum(n) / hours, rate_interval(n, hours), *misses)


def _rare(
    config: DecoderConfig, given: Sequence[Given], said: Sequence[Said], hours: float
) -> RareAlarms | None:
    confidences = [word.confidence for of_file in given for word in of_file.believed]
    threshold = threshold_of(confidences, int(_RARE_PER_HOUR * hours))
    misses, interval = missed(said, [one.given.surer_than(threshold) for one in said])
    if misses is None:
        return None
    n_given = [len(of_file.surer_than(threshold)) for of_file in given]
    on_dial = sensitivity_of(config, threshold)
    return RareAlarms(threshold, on_dial, sum(n_given), rate_interval(n_given, hours), misses, interval)


def _line(point: OperatingPoint) -> str:
    low, high = point.alarms_per_hour_ci95
    line = f"{point.sensitivity:11.1f}  {point.alarms_per_hour:8.1f} ({low:.1f} to {high:.1f})"
    if point.misses is None:
        return line
    return f"{line:42}  {100 * point.misses:5.1f} %{_spread(point.misses_ci95)}"


def _dial_of(rare: RareAlarms) -> str:
    # rounded down, which is the surer side
    return "" if rare.sensitivity is None else f" (--sensitivity {floor(1000 * rare.sensitivity) / 1000:g})"


def _spread(interval: Interval | None) -> str:
    return f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})" if interval else " (unknown)"


def rare_lines(rare: RareAlarms, hours: float) -> Iterator[str]:
    """What half a false word an hour costs, and what that figure is worth, as lines of text."""
    n_allowed = int(_RARE_PER_HOUR * hours)
    yield (
        f"at most {_RARE_PER_HOUR:g} false words an hour ({n_allowed} in {hours_of(hours)}), given words "
        f"surer than {rare.threshold:.3f}{_dial_of(rare)}: {100 * rare.misses:.1f} % missed"
        f"{_spread(rare.misses_ci95)}"
    )
    most = rare.alarms_per_hour_ci95[1]
    if most > _RARE_PER_HOUR:
        yield (
            f"that is what they are in this sound: {rare.n_alarms} in {hours_of(hours)} can be up to "
            f"{most:.1f} an hour (95 %), and the threshold was chosen on it"
        )
