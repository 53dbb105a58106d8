"""False alarms an hour, and what fewer of them cost in words missed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechlstm.data.manifest import Clip
from speechlstm.data.texts import in_vocabulary
from speechlstm.decode.config import at_sensitivity
from speechlstm.decode.decoder import make_decoder
from speechlstm.errors import AudioError, DataError
from speechlstm.evaluation.intervals import Interval, clip_ratio_interval, rate_interval, sampling_units
from speechlstm.evaluation.words import WordErrors
from speechlstm.stage import Chain, concatenate, run

if TYPE_CHECKING:
    from speechlstm.engine.engine import Answer
    from speechlstm.recognizer import Recognizer

__all__ = ["SENSITIVITIES", "Alarms", "OperatingPoint", "answer_of", "false_alarms", "require_no_targets"]

SENSITIVITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_N_SHOWN = 5


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
class Alarms:
    """What a recogniser gave for sound that holds none of its words.

    Attributes:
        hours: Length of the sound.
        n_files: Files that were read.
        failed: Files that could not be read, and why.
        n_alarms: Words given at the sensitivity asked for.
        sensitivity: That sensitivity.
        alarms_per_hour: ``n_alarms`` an hour.
        alarms_per_hour_ci95: Its 95 % interval; no alarm at all bounds the rate below 3 / ``hours``.
        by_word: How often each word was given.
        worst: Files with the most alarms, and how many they have.
        curve: Every sensitivity of ``SENSITIVITIES``.
        n_words: Words that ``misses`` are counted over.
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

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    @property
    def n_failed(self) -> int:
        """Files that could not be read."""
        return len(self.failed)

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
        return {name: found[name] for name in kept}

    def as_table(self) -> str:
        """A few lines for a person."""
        low, high = self.alarms_per_hour_ci95
        lines = [
            f"{self.n_alarms} false words in {self.hours:.2f} hours of {self.n_files} files: "
            f"{self.alarms_per_hour:.1f} an hour (95 %: {low:.1f} to {high:.1f})",
            *(f"  {n:5}  {word}" for word, n in sorted(self.by_word.items(), key=lambda pair: -pair[1])),
            *(f"  {n:5}  in {file}" for file, n in self.worst),
            "",
            "sensitivity  false words an hour (95 %)" + ("   words missed (95 %)" if self.n_words else ""),
            *(_line(point) for point in self.curve),
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
    given: list[list[list[str]]] = []
    names, failed, n_samples = [], [], 0
    for path in files:
        try:
            answer, length = answer_of(recognizer, path)
        except AudioError as error:
            failed.append(str(error))
        else:
            given.append([_words(recognizer, answer, s) for s in at])
            names.append(path.name)
            n_samples += length
        progress(path)
    if not n_samples:
        raise DataError(f"none of {len(files)} files could be read: {'; '.join(failed[:2])}")
    misses, n_words = _misses(recognizer, targets, progress)
    hours = n_samples / recognizer.sound_rate_hz / 3600
    counts = [[len(of_file[i]) for of_file in given] for i in range(len(at))]
    points = (
        OperatingPoint(s, sum(n) / hours, rate_interval(n, hours), *missed)
        for s, n, missed in zip(at[1:], counts[1:], misses, strict=True)
    )
    worst = sorted(zip(names, counts[0], strict=True), key=lambda pair: -pair[1])[:_N_SHOWN]
    return Alarms(
        hours=hours,
        n_files=len(given),
        failed=tuple(failed),
        n_alarms=sum(counts[0]),
        sensitivity=sensitivity,
        alarms_per_hour=sum(counts[0]) / hours,
        alarms_per_hour_ci95=rate_interval(counts[0], hours),
        by_word=dict(Counter(word for of_file in given for word in of_file[0])),
        worst=tuple((name, n) for name, n in worst if n),
        curve=tuple(points),
        n_words=n_words,
    )


def require_no_targets(clips: Iterable[Clip], vocabulary: Collection[str]) -> None:
    """See to it that transcripts, where there are any, hold no word of the vocabulary.

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


def _misses(
    recognizer: "Recognizer", clips: Sequence[Clip], progress: Callable[[Path], None]
) -> tuple[list[tuple[float | None, Interval | None]], int]:
    """Share of words missed and its interval, for every sensitivity; and the number of words."""
    missed: list[list[int]] = [[] for _ in SENSITIVITIES]
    n_words, speakers = [], []
    for clip in clips:
        reference = in_vocabulary(clip.text, recognizer.bundle.vocabulary)
        if reference:
            answer, _ = answer_of(recognizer, clip.audio)
            for row, s in zip(missed, SENSITIVITIES, strict=True):
                errors = WordErrors.of(reference, _words(recognizer, answer, s))
                row.append(errors.deletions + errors.substitutions)
            n_words.append(len(reference))
            speakers.append(clip.speaker)
        progress(clip.audio)
    if not n_words:
        return [(None, None)] * len(SENSITIVITIES), 0
    units, total = sampling_units(speakers), sum(n_words)
    return [(sum(row) / total, clip_ratio_interval(row, n_words, units)) for row in missed], total


def answer_of(recognizer: "Recognizer", path: Path) -> "tuple[Answer, int]":
    """The network's answer to a file, and its length in samples."""
    n_samples = 0

    def counted() -> Any:
        nonlocal n_samples
        with recognizer.open(path) as source:
            for chunk in source:
                n_samples += len(chunk)
                yield chunk

    answer = concatenate(list(run(Chain([recognizer.features, recognizer.network]), counted())))
    return answer, n_samples


def _words(recognizer: "Recognizer", answer: "Answer", sensitivity: float) -> list[str]:
    config = recognizer.bundle.config
    decoder = make_decoder(
        config.vocabulary, config.features.frame_samples, at_sensitivity(config.decoder, sensitivity)
    )
    return [word.text for ready in run(decoder, [answer]) for word in ready]


def _line(point: OperatingPoint) -> str:
    low, high = point.alarms_per_hour_ci95
    line = f"{point.sensitivity:11.1f}  {point.alarms_per_hour:8.1f} ({low:.1f} to {high:.1f})"
    if point.misses is None:
        return line
    interval = point.misses_ci95
    spread = f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})" if interval else ""
    return f"{line:42}  {100 * point.misses:5.1f} %{spread}"
