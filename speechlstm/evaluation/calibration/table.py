"""What a calibration is worth as plain text for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from speechlstm.evaluation.table import joined, rate, reliability_lines

if TYPE_CHECKING:
    from speechlstm.evaluation.calibration.report import CalibrationReport, Point

__all__ = ["render"]


def render(report: "CalibrationReport") -> str:
    """All of it as lines of text, without a newline at the end."""
    return joined(section(report) for section in (_chosen, _worth, _reliability))


def _chosen(report: "CalibrationReport") -> Iterator[str]:
    config = report.config
    calibration = config.calibration
    failed = f", {report.n_failed} more failed" if report.n_failed else ""
    yield f"clips            {report.n_clips}{failed}, of {report.n_speakers} speakers"
    yield f"words            {report.n_words}, and {report.hours_without_words:.2f} hours without any"
    if not report.hours_without_words:
        yield "                 (so false words where none is said were not weighed: give such sound, too)"
    yield f"blank penalty    {config.blank_penalty:g}"
    if calibration is not None:
        yield f"calibration      {calibration.offset:g} + {calibration.posterior:g} posterior + " + (
            f"{calibration.peak:g} peak, in log-odds"
        )
    yield f"threshold        {config.threshold:g}"


def _worth(report: "CalibrationReport") -> Iterator[str]:
    words = f"an hour with {report.words_per_hour:g} words"
    yield f"errors in {words}, on speakers left out ({report.n_folds} folds)"
    yield from _point("as it was", report.before)
    yield from _point("chosen anew", report.after)
    yield from _point("by penalty alone", report.by_penalty)


def _point(name: str, point: "Point") -> Iterator[str]:
    wer = rate(point.errors.wer, point.wer_ci95)
    yield f"  {name:18} {point.errors_per_hour:8.1f}   word error rate {wer}"
    if point.false_words_per_hour is not None and point.false_words_per_hour_ci95 is not None:
        low, high = point.false_words_per_hour_ci95
        false_words = f"{point.false_words_per_hour:.1f} (95 %: {low:.1f} to {high:.1f})"
        yield f"{'':32}false words an hour {false_words}"


def _reliability(report: "CalibrationReport") -> Iterator[str]:
    found = report.after.confidence
    yield f"{'confidence':20} {'given':>8} {'mean':>8} {'right':>8}   on speakers left out"
    yield from reliability_lines("words", found.words)
    yield from reliability_lines("utterances", found.utterances)
