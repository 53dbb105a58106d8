"""Every setting of the latency dial."""

from typing import TYPE_CHECKING

from speechlstm.bundle import LATENCIES
from speechlstm.cli.measure.clips import clips_of, failure
from speechlstm.cli.measure.request import Request
from speechlstm.cli.progress import progress
from speechlstm.evaluation import ClipResult, Dial, dial_svg, sweep_latency

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure"]


def measure(recognizer: "Recognizer", request: Request) -> tuple[Dial, int]:
    """The figures, and of how many clips."""
    clips = clips_of(request)
    told = set[str | None]()

    def once(result: ClipResult) -> str | None:
        """What went wrong with a clip, at the first setting alone."""
        line = failure(result)
        is_new = line not in told
        told.add(line)
        return line if is_new else None

    with progress("clips", len(LATENCIES) * len(clips), once) as report:
        found = sweep_latency(recognizer, clips, progress=report)
    request.draw(lambda: dial_svg(found))
    return found, len(clips)
