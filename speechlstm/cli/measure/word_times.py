"""Where words begin and end."""

from typing import TYPE_CHECKING

from speechlstm.cli.measure.clips import clips_of
from speechlstm.cli.measure.request import Request
from speechlstm.cli.progress import progress, tell_failed
from speechlstm.evaluation import WordTimes, read_sounds, word_times

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure"]


def measure(recognizer: "Recognizer", request: Request) -> tuple[WordTimes, int]:
    """The figures, and of how many clips."""
    clips, failed = clips_of(request), list[str]()
    sounds = read_sounds(recognizer, clips, lambda clip, error: failed.append(str(error)))
    tell_failed(failed)
    with progress("clips", len(sounds), lambda sound: None) as report:
        return word_times(recognizer, sounds, failed=failed, progress=report), len(clips)
