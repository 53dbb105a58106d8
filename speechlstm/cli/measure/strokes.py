"""Characters and words of a pen."""

from typing import TYPE_CHECKING

from speechlstm.cli.measure.request import Request, named, spread_over
from speechlstm.cli.progress import progress
from speechlstm.data.strokes import read_strokes
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
        labels = {word.strip() for word in request.words.split(",")}
        named(labels, {sample.label for sample in theirs}, "sample of")
        theirs = [sample for sample in theirs if sample.label in labels]
    wanted = spread_over(theirs, request.limit)
    with progress("samples", len(wanted), lambda result: None) as report:
        return evaluate_strokes(recognizer, wanted, progress=report), len(wanted)
