"""All that was measured of a model of words, as a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from speechlstm.evaluation.alarms import Alarms
from speechlstm.evaluation.dial import Dial
from speechlstm.evaluation.endless.report import Endless
from speechlstm.evaluation.pages.alarms import alarms_section
from speechlstm.evaluation.pages.clip import N_WORST, worst_section
from speechlstm.evaluation.pages.confusion import confusion_section
from speechlstm.evaluation.pages.endless import endless_section
from speechlstm.evaluation.pages.frame import measured_page, overview
from speechlstm.evaluation.pages.latency import latency_section
from speechlstm.evaluation.pages.reliability import reliability_section
from speechlstm.evaluation.pages.robustness import robustness_section
from speechlstm.evaluation.pages.who import who_section
from speechlstm.evaluation.pages.wording import counted, duration
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.robustness.robustness import Robustness
from speechlstm.evaluation.table import hours_of, limits, percent, ratio_limits
from speechlstm.page import Page

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["Measured", "words_page"]

_OF_ALARMS = ("alarms_per_hour", "alarms_per_hour_ci95", "hours")
# the ratio of speech to noise that is told in short
_TOLD_DB = 10
# delays are told in milliseconds below it
_LONG_S = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; ``None`` where that was not asked for.

    Attributes:
        evaluation: The figures on clips.
        alarms: False alarms.
        dial: Every setting of the latency dial; the figures on clips are then those of one of them.
        robustness: Errors under noise and the like.
        endless: A stream of hours.
    """

    evaluation: Evaluation
    alarms: Alarms | None = None
    dial: Dial | None = None
    robustness: Robustness | None = None
    endless: Endless | None = None

    @property
    def n_failed(self) -> int:
        """Clips and files that could not be read."""
        return self.evaluation.n_failed + (0 if self.alarms is None else self.alarms.n_failed)

    def as_table(self) -> str:
        """All of it for a person."""
        parts = (self.evaluation, self.alarms, self.dial, self.robustness, self.endless)
        return "\n\n".join(part.as_table() for part in parts if part is not None)

    def to_json(self) -> dict[str, Any]:
        """The figures on clips, and all others by their names."""
        found = (self.dial or self.evaluation).to_json()
        found |= {name: part.to_json() for name, part in self._others()}
        if self.alarms is not None:
            found |= {name: found["false_alarms"][name] for name in _OF_ALARMS}
        return found

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        found = (self.dial or self.evaluation).summary()
        return found | {name: part.summary() for name, part in self._others()}

    def _others(self) -> Iterator[tuple[str, Alarms | Robustness | Endless]]:
        named = (("false_alarms", self.alarms), ("robustness", self.robustness), ("endless", self.endless))
        for name, part in named:
            if part is not None:
                yield name, part


def words_page(recognizer: "Recognizer", measured: Measured, *, what: str, command: str) -> Page:
    """The page.

    Args:
        recognizer: The model that was measured; the worst clips are heard once more.
        measured: What was measured.
        what: What it was measured on.
        command: What was typed to measure it.
    """
    evaluation = measured.evaluation
    # an entry may be of several words
    vocabulary = list(dict.fromkeys(w for entry in recognizer.bundle.vocabulary for w in entry.split()))
    alarms, dial, hard, long = measured.alarms, measured.dial, measured.robustness, measured.endless
    parts = (
        overview(_tiles(measured), evaluation.ci95_unit, command),
        confusion_section(evaluation.results, vocabulary),
        who_section(evaluation, vocabulary),
        reliability_section(evaluation.confidence),
        None if alarms is None else alarms_section(alarms),
        None if dial is None else latency_section(dial),
        None if hard is None else robustness_section(hard),
        None if long is None else endless_section(long),
        worst_section(recognizer, evaluation.ranked(N_WORST)["worst"]),
    )
    return measured_page(f"{recognizer.bundle.name} on {what}", _lead(recognizer, evaluation), parts)


def _lead(recognizer: "Recognizer", e: Evaluation) -> str:
    delay_s = recognizer.latency_samples / recognizer.sound_rate_hz
    delay = f"{1000 * delay_s:.0f} ms" if delay_s < _LONG_S else duration(delay_s)
    speakers = f" by {counted(len(e.per_speaker), 'speaker')}" if e.per_speaker else ""
    failed = f" {e.n_failed} more could not be read." if e.n_failed else ""
    dropped = (
        f" {e.n_dropped_words} words outside the vocabulary are to give nothing." if e.n_dropped_words else ""
    )
    clips, words = counted(e.n_clips, "clip"), counted(e.errors.n_words, "word")
    return (
        f"{clips}{speakers}, {words}, {duration(e.audio_s)} of sound, at latency {recognizer.latency} "
        f"(a word is final at most {delay} after what told it).{failed}{dropped}"
    )


def _tiles(measured: Measured) -> Iterator[tuple[str, str, str]]:
    e = measured.evaluation
    errors = e.errors
    if errors.n_words:
        kinds = (
            f"{errors.substitutions} taken for another, {errors.deletions} missed, {errors.insertions} added"
        )
        yield "Word error rate", percent(e.wer), f"95 %: {limits(e.wer_ci95)}; {kinds}"
    yield "Exact clips", percent(e.exact), f"95 %: {limits(e.exact_ci95)}"
    if e.spoken.n_clips and e.wordless.n_clips:
        silent, false = e.wordless, counted(e.wordless.n_insertions, "false word")
        note = f"95 %: {limits(silent.exact_ci95)}; {false} where nothing was said"
        yield "Silent where it should be", percent(silent.exact), note
    if e.confidence.words.ece is not None:
        note = f"expected calibration error of words; 95 %: {limits(e.confidence.words.ece_ci95)}"
        yield "Confidence off by", percent(e.confidence.words.ece), note
    if measured.alarms is not None:
        low, high = measured.alarms.alarms_per_hour_ci95
        note = f"95 %: {low:.1f} to {high:.1f}; {hours_of(measured.alarms.hours)}"
        yield "False alarms an hour", f"{measured.alarms.alarms_per_hour:.1f}", note
    yield from _tile_of_noise(measured.robustness)
    yield from _tile_of_delay(measured.dial)
    if e.rtf:
        note = f"as fast as the sound; {duration(e.processing_s)} on this machine"
        yield "Speed", f"{1 / e.rtf:.0f} \N{MULTIPLICATION SIGN}", note


def _tile_of_noise(found: Robustness | None) -> Iterator[tuple[str, str, str]]:
    for score in () if found is None else found.of("noise"):
        if score.value == _TOLD_DB and score.times_clean is not None:
            note = (
                f"as many word errors as clean, 95 %: {ratio_limits(score.times_clean_ci95)}; "
                f"{percent(score.wer)} (95 %: {limits(score.wer_ci95)})"
            )
            yield f"Noise at {score.name}", f"{score.times_clean:.1f} \N{MULTIPLICATION SIGN}", note


def _tile_of_delay(dial: Dial | None) -> Iterator[tuple[str, str, str]]:
    final = None if dial is None else dial.point.delays.final
    if final is not None and final.median_s is not None and final.p95_s is not None:
        note = f"from the end of a word to its being final; 95 % stay below {1000 * final.p95_s:.0f} ms"
        yield "Delay, median", f"{1000 * final.median_s:.0f} ms", note
