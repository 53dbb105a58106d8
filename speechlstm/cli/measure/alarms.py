"""False words in sound that holds none of the vocabulary."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure.clips import clips_of
from speechlstm.cli.measure.request import Request, spread_over
from speechlstm.cli.progress import progress, tell_failed
from speechlstm.data.manifest import listed_sounds
from speechlstm.evaluation import alarms_svg
from speechlstm.evaluation.alarms import Alarms, false_alarms, require_no_targets

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure"]


def measure(recognizer: "Recognizer", place: Path, request: Request) -> tuple[Alarms, int]:
    """The figures, and of how many files and clips."""
    if request.manifest is None and (unused := [o for o in ("speakers", "words") if getattr(request, o)]):
        options = " and ".join("--speaker" if o == "speakers" else f"--{o}" for o in unused)
        raise click.UsageError(f"{options} choose clips of a MANIFEST, whose misses are counted; give one")
    sounds = listed_sounds(place, split=request.split)
    if request.manifest is None and request.split is not None and not any(clip.split for clip in sounds):
        raise click.UsageError(f"{place} has no manifest that names splits; leave --split out")
    require_no_targets(sounds, recognizer.bundle.vocabulary)
    files = [clip.audio for clip in spread_over(sounds, request.limit)]
    targets = [] if request.manifest is None else clips_of(request)
    n_all = len(files) + len(targets)
    with progress("files", n_all, lambda path: None) as report:
        found = false_alarms(
            recognizer, files, targets=targets, sensitivity=request.sensitivity, progress=report
        )
    tell_failed(found.failed)
    request.draw(lambda: alarms_svg(found))
    return found, n_all
