"""All that was measured of a model of words, as a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from speechlstm.evaluation.alarms import Alarms
from speechlstm.evaluation.pages.alarms import alarms_section
from speechlstm.evaluation.pages.clip import N_WORST, worst_section
from speechlstm.evaluation.pages.confusion import confusion_section
from speechlstm.evaluation.pages.frame import measured_page, overview
from speechlstm.evaluation.pages.reliability import reliability_section
from speechlstm.evaluation.pages.who import who_section
from speechlstm.evaluation.pages.wording import counted, duration
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Page

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["Measured", "words_page"]

_OF_ALARMS = ("alarms_per_hour", "alarms_per_hour_ci95", "hours")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; ``None`` where that was not asked for.

    Attributes:
        evaluation: The figures on clips.
        alarms: False alarms.
    """

    evaluation: Evaluation
    alarms: Alarms | None = None

    @property
    def n_failed(self) -> int:
        """Clips and files that could not be read."""
        return self.evaluation.n_failed + (0 if self.alarms is None else self.alarms.n_failed)

    def as_table(self) -> str:
        """All of it for a person."""
        parts = (self.evaluation, self.alarms)
        return "\n\n".join(part.as_table() for part in parts if part is not None)

    def to_json(self) -> dict[str, Any]:
        """The figures on clips, and all others by their names."""
        found = self.evaluation.to_json()
        if self.alarms is not None:
            alarms = self.alarms.to_json()
            found |= {name: alarms[name] for name in _OF_ALARMS} | {"false_alarms": alarms}
        return found

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        found = self.evaluation.summary()
        return found if self.alarms is None else found | {"false_alarms": self.alarms.summary()}


def words_page(recognizer: "Recognizer", measured: Measured, *, what: str, command: str) -> Page:
    """The page.

    Args:
        recognizer: The model that was measured; the worst clips are heard once more.
        measured: What was measured.
        what: What it was measured on.
        command: What was typed to measure it.
    """
    evaluation, alarms = measured.evaluation, measured.alarms
    vocabulary = recognizer.bundle.vocabulary
    parts = (
        overview(_tiles(measured), evaluation.ci95_unit, command),
        confusion_section(evaluation.results, vocabulary),
        who_section(evaluation, vocabulary),
        reliability_section(evaluation.confidence),
        None if alarms is None else alarms_section(alarms),
        worst_section(recognizer, evaluation.ranked(N_WORST)["worst"]),
    )
    return measured_page(f"{recognizer.bundle.name} on {what}", _lead(recognizer, evaluation), parts)


def _lead(recognizer: "Recognizer", e: Evaluation) -> str:
    delay_ms = round(1000 * recognizer.latency_samples / recognizer.sound_rate_hz)
    speakers = f" by {counted(len(e.per_speaker), 'speaker')}" if e.per_speaker else ""
    failed = f" {e.n_failed} more could not be read." if e.n_failed else ""
    dropped = (
        f" {e.n_dropped_words} words outside the vocabulary are to give nothing." if e.n_dropped_words else ""
    )
    clips, words = counted(e.n_clips, "clip"), counted(e.errors.n_words, "word")
    return (
        f"{clips}{speakers}, {words}, {duration(e.audio_s)} of sound, at latency {recognizer.latency} "
        f"(a word is final at most {delay_ms} ms after what told it).{failed}{dropped}"
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
    if measured.alarms is not None:
        low, high = measured.alarms.alarms_per_hour_ci95
        note = f"95 %: {low:.1f} to {high:.1f}; {measured.alarms.hours:.2f} hours"
        yield "False alarms an hour", f"{measured.alarms.alarms_per_hour:.1f}", note
    if e.rtf:
        note = f"as fast as the sound; {duration(e.processing_s)} on this machine"
        yield "Speed", f"{1 / e.rtf:.0f} \N{MULTIPLICATION SIGN}", note
