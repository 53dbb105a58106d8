"""Words in a stream of hours."""

from typing import TYPE_CHECKING

from speechlstm.cli.measure.clips import clips_of
from speechlstm.cli.measure.request import Request
from speechlstm.cli.progress import progress, tell_failed
from speechlstm.evaluation import Endless, endless, endless_svg, read_sounds

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure"]


def measure(recognizer: "Recognizer", hours: float, request: Request) -> tuple[Endless, int]:
    """The figures, and of how many clips."""
    clips, failed = clips_of(request), list[str]()
    sounds = read_sounds(recognizer, clips, lambda clip, error: failed.append(str(error)))
    tell_failed(failed)
    with progress("stretches", max(3, round(6 * hours)), lambda stretch: None) as report:
        found = endless(recognizer, sounds, hours=hours, failed=failed, progress=report)
    request.draw(lambda: endless_svg(found))
    return found, len(clips)
