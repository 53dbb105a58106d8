"""Words under noise, at other levels, through other lines and in rooms."""

from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure.clips import clips_of
from speechlstm.cli.measure.request import Request
from speechlstm.cli.progress import progress, tell_failed
from speechlstm.data.manifest import listed_sounds
from speechlstm.evaluation import Robustness, read_noises, robustness, robustness_svg

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure"]


def measure(recognizer: "Recognizer", request: Request) -> tuple[Robustness, int]:
    """The figures, and of how many clips."""
    clips, noises = clips_of(request), None
    if request.noise is not None:
        what = f"of {'/'.join(request.noise.resolve().parts[-2:])}"
        sounds = listed_sounds(request.noise, split=request.split)
        splits = sorted({sound.split for sound in sounds})
        if len(splits) > 1:
            click.echo(
                f"Warning: {request.noise} has noises of the splits {', '.join(splits)}, all mixed in; "
                "those that the model was trained with are easier for it: choose others by --split",
                err=True,
            )
        files = [sound.audio for sound in sounds]
        noises = read_noises(files, recognizer.sound_rate_hz, what)
    with progress("clips", len(clips), lambda clip: None) as report:
        found = robustness(recognizer, clips, noises=noises, progress=report)
    tell_failed(found.failed)
    request.draw(lambda: robustness_svg(found))
    return found, len(clips)
