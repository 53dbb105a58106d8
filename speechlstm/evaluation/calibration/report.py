"""What a calibration chose, and what it is worth on speakers that it was not chosen on."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from speechlstm.decode.config import DecoderConfig
from speechlstm.evaluation.intervals import Interval
from speechlstm.evaluation.measurement import Measurement
from speechlstm.evaluation.reliability import Confidence
from speechlstm.evaluation.words import WordErrors

__all__ = ["CalibrationReport", "Point"]


@dataclass(frozen=True, slots=True)
class Point:
    """What some settings gave.

    Attributes:
        errors: Of the clips with words.
        wer_ci95: 95 % interval of their word error rate.
        n_false_words: Words given in sound without any.
        false_words_per_hour: As many an hour; ``None`` where there is no such sound.
        false_words_per_hour_ci95: Its 95 % interval.
        errors_per_hour: What the settings are chosen by, see
            :class:`~speechlstm.evaluation.calibration.operating_point.Toll`.
        confidence: How often what was given with some confidence is right, in all clips.
    """

    errors: WordErrors
    wer_ci95: Interval | None
    n_false_words: int
    false_words_per_hour: float | None
    false_words_per_hour_ci95: Interval | None
    errors_per_hour: float
    confidence: Confidence

    def summary(self) -> dict[str, Any]:
        """All but the bins, as plain values."""
        confidence = {"words": self.confidence.words, "utterances": self.confidence.utterances}
        found = asdict(replace(self, confidence=None)) | {"wer": self.errors.wer}  # type: ignore[arg-type]
        return found | {"confidence": {name: one.summary() for name, one in confidence.items()}}


@dataclass(frozen=True, slots=True)
class CalibrationReport(Measurement):
    """What was chosen, and what it is worth on speakers that it was not chosen on.

    Attributes:
        config: The decoder's settings, with what was chosen.
        n_clips: Clips that were heard.
        failed: Those that could not be read, and why.
        n_speakers: Independent units among them: speakers, and clips of nobody known.
        n_folds: Parts that the speakers were dealt into; what was chosen on all others was tried on each.
        n_words: Words that were said.
        hours_without_words: Length of the clips that say none.
        words_per_hour: Words in an hour of use, for
            :class:`~speechlstm.evaluation.calibration.operating_point.Toll`.
        before: What the settings gave that the model had.
        after: What those chosen on the other folds gave.
        by_penalty: What a blank's penalty gave that was chosen in the same way, without a calibration.
    """

    config: DecoderConfig
    n_clips: int
    failed: tuple[str, ...]
    n_speakers: int
    n_folds: int
    n_words: int
    hours_without_words: float
    words_per_hour: float
    before: Point
    after: Point
    by_penalty: Point

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        points = ("before", "after", "by_penalty")
        found = {k: v for k, v in self.to_json().items() if k not in (*points, "config", "failed")}
        return found | {name: getattr(self, name).summary() for name in points}

    def as_table(self) -> str:
        """A few lines for a person."""
        from speechlstm.evaluation.calibration.table import render

        return render(self)
