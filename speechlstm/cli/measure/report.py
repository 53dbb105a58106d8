"""All that is measured at once, as a page."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure import alarms, clips, dial, endless, recordings, robustness
from speechlstm.cli.measure.request import Request
from speechlstm.evaluation import SegmentEvaluation
from speechlstm.evaluation.pages import Measured, segments_page, words_page
from speechlstm.sinks.atomic import write_atomically

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure_segments", "measure_words"]


def measure_segments(
    recognizer: "Recognizer", request: Request, page: Path, command: str
) -> tuple[SegmentEvaluation, int]:
    """The same as :func:`measure_words` of a model for a sensor, and of how many recordings."""
    evaluation, n_all = recordings.measure(recognizer, request)
    write_atomically(page, str(segments_page(recognizer, evaluation, what=request.what, command=command)))
    return evaluation, n_all


def measure_words(
    recognizer: "Recognizer", request: Request, page: Path, command: str
) -> tuple[Measured, int]:
    """The figures of a model of words, and of how many clips and files; the page is written.

    Args:
        recognizer: The model.
        request: What to measure.
        page: Where the page goes.
        command: What was typed.
    """
    if request.plot is not None:
        raise click.UsageError("--report draws all of it; leave --plot out")
    swept = dial.measure(recognizer, request)[0] if request.sweep_latency else None
    evaluation = clips.measure(recognizer, request)[0] if swept is None else swept.point.evaluation
    n_all, heard = len(evaluation.results), None
    if request.false_alarms is not None:
        heard, _ = alarms.measure(recognizer, request.false_alarms, request)
        n_all += heard.n_files + heard.n_failed
    hard = robustness.measure(recognizer, request)[0] if request.robustness else None
    hours = request.endless
    long = None if hours is None else endless.measure(recognizer, hours, request)[0]
    measured = Measured(evaluation, heard, swept, hard, long)
    write_atomically(page, str(words_page(recognizer, measured, what=request.what, command=command)))
    return measured, n_all
