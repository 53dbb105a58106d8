"""Words in sound."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure.request import Request, named, spread_over, told
from speechlstm.cli.progress import progress
from speechlstm.data.manifest import Clip, manifest_in, read_manifest
from speechlstm.data.texts import entries_in, in_vocabulary
from speechlstm.errors import DataError
from speechlstm.evaluation import ClipResult, Evaluation, evaluate

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["KNOWN", "clips_of", "failure", "measure"]

_OF_CLIPS = frozenset({"split", "speakers", "words", "limit", "sensitivity"})
KNOWN = frozenset(
    _OF_CLIPS
    | {"false_alarms", "report", "sweep_latency", "robustness", "noise", "endless", "plot", "word_times"}
)


def measure(recognizer: "Recognizer", request: Request) -> tuple[Evaluation, int]:
    """The figures, and of how many clips."""
    clips = clips_of(request)
    _tell_strange_labels(recognizer, request.place, clips)
    with progress("clips", len(clips), failure) as report:
        return evaluate(recognizer, clips, progress=report), len(clips)


def _tell_too_few(clips: Sequence[Clip]) -> None:
    """One clip has no interval: say so, and what to do."""
    if len(clips) == 1:
        click.echo(
            f"Warning: {clips[0].audio} alone tells nothing of other clips: intervals are unknown or mean "
            "little; give more of them, by several speakers",
            err=True,
        )


def _tell_strange_labels(recognizer: "Recognizer", place: Path, clips: Sequence[Clip]) -> None:
    """Sub-folders that name no word of the model are mostly those of a folder too high."""
    labels = sorted({clip.text for clip in clips})
    if (
        place.is_dir()
        and not manifest_in(place)
        and not in_vocabulary(" ".join(labels), recognizer.bundle.vocabulary)
    ):
        some = ", ".join(labels[:4]) + (", ..." if len(labels) > 4 else "")
        click.echo(
            f"Warning: no sub-folder of {place} ({some}) is named by a word of {recognizer.bundle.name}, so "
            "all of it counts as sound without words; is it a folder too high?",
            err=True,
        )


def clips_of(request: Request) -> Sequence[Clip]:
    """The clips that were asked for."""
    clips = read_manifest(request.place, split=request.split)
    named(request.speakers, {clip.speaker for clip in clips}, "clip of speaker")
    theirs = [clip for clip in clips if not request.speakers or clip.speaker in request.speakers]
    if request.words is not None:
        wanted = set(request.words)
        theirs = [clip for clip in theirs if _says_only(clip.text, wanted)]
        said = {entry for clip in theirs for entry in entries_in(clip.text, wanted)}
        unsaid = ", ".join(sorted(wanted - said))
        if unsaid:
            raise DataError(
                f"no clip that says nothing but --words says {unsaid}; leave out what no text holds"
            )
    chosen = spread_over(theirs, request.limit)
    _tell_too_few(chosen)
    return chosen


def _says_only(text: str, wanted: Collection[str]) -> bool:
    return 0 < len(in_vocabulary(text, wanted)) == len(text.split())


def failure(result: ClipResult) -> str | None:
    """The line for a clip that could not be read."""
    return told(str(result.clip.audio), result.error)
