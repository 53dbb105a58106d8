"""Characters and words of a pen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure.request import Request, named, spread_over
from speechlstm.cli.progress import progress
from speechlstm.data.strokes import StrokeSample, read_strokes
from speechlstm.evaluation import StrokeEvaluation, evaluate_strokes

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["KNOWN", "measure"]

KNOWN = frozenset({"split", "speakers", "words", "limit"})


def measure(recognizer: "Recognizer", request: Request) -> tuple[StrokeEvaluation, int]:
    """The figures, and of how many samples."""
    samples = read_strokes(request.place, split=request.split)
    named(request.speakers, {sample.writer for sample in samples}, "sample by")
    theirs = [sample for sample in samples if not request.speakers or sample.writer in request.speakers]
    if request.words is not None:
        labels = set(request.words)
        named(labels, {sample.label for sample in theirs}, "sample of")
        theirs = [sample for sample in theirs if sample.label in labels]
    wanted = spread_over(theirs, request.limit)
    _remark(recognizer, wanted)
    with progress("samples", len(wanted), lambda result: None) as report:
        return evaluate_strokes(recognizer, wanted, progress=report), len(wanted)


def _remark(recognizer: "Recognizer", samples: Sequence[StrokeSample]) -> None:
    """Say how many samples no answer can be right for."""
    config = recognizer.bundle.config
    known, spelt = set(config.vocabulary), config.network.head == "words"
    strange = [s.label for s in samples if not (set(s.label) <= known if spelt else s.label in known)]
    if strange:
        some = ", ".join(sorted(set(strange))[:5])
        click.echo(
            f"{len(strange):,} of {len(samples):,} samples have labels that {config.name} cannot answer "
            f"(as {some}): its vocabulary is {', '.join(config.vocabulary[:12])}",
            err=True,
        )
