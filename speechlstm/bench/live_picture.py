"""``listen --inspect``: what the picture takes from the recogniser while sound comes at its own pace."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.sound import write_sounds
from speechlstm.bench.terminal import run_in_terminal
from speechlstm.errors import SpeechLSTMError

__all__ = ["live_picture"]

_LENGTH_S, _QUICK_S = 60.0, 5.0
_TOLD = re.compile(
    r"heard ([\d.]+) s: .*?overflows (\d+), dropped samples (\d+)\s+"
    r"words \d+, processing ([\d.]+) s, longest step ([\d.]+) ms"
)
# of a second of sound: room for what else the machine does
_MOST_BUSY = 0.5
# a microphone holds sound for ten times as long
_MOST_STEP_S = 0.5
# ten a second are drawn at most
_LEAST_PICTURES = 8.0


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a run of ``listen`` told of itself."""

    words: str
    heard_s: float
    processing_s: float
    longest_step_s: float
    n_pictures: int


def live_picture(setup: Setup) -> Iterator[Figure]:
    """The same sound, as fast as it was spoken, with and without the picture, in a terminal.

    Raises:
        SpeechLSTMError: Sound was dropped, or the words are not the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        length_s = _QUICK_S if setup.quick else _LENGTH_S
        (sound,) = write_sounds(Path(folder), n_files=1, length_s=length_s)
        listen = ("listen", "-m", setup.model, "--input", str(sound), "--real-time", "--stats")
        alone, watched = _heard(*listen), _heard(*listen, "--inspect")
    if watched.words != alone.words:
        raise SpeechLSTMError(
            f"with the picture the words are {watched.words!r}, without it {alone.words!r}; expected the same"
        )
    seconds = {"with the picture": watched.processing_s, "without": alone.processing_s}
    yield Figure(
        "listen --inspect, recognising / the sound's time",
        "x",
        watched.processing_s / watched.heard_s,
        at_most=_MOST_BUSY,
        seconds=seconds | {"sound": watched.heard_s},
    )
    steps = {"with the picture": watched.longest_step_s, "without": alone.longest_step_s}
    yield Figure(
        "listen --inspect, longest time on a chunk",
        "s",
        watched.longest_step_s,
        at_most=_MOST_STEP_S,
        seconds=steps,
    )
    # it takes longer than the sound where real time is not kept
    pictures = watched.n_pictures / max(watched.heard_s, watched.processing_s)
    yield Figure("listen --inspect, pictures a second", "pictures", pictures, at_least=_LEAST_PICTURES)


def _heard(*arguments: str) -> _Heard:
    words, shown = run_in_terminal(*arguments)
    told = _TOLD.search(shown)
    if told is None:
        raise SpeechLSTMError(f"listen told no figures, expected those of --stats: {shown[-2000:]!r}")
    heard_s, n_overflows, n_dropped, processing_s, step_ms = map(float, told.groups())
    if n_overflows or n_dropped:
        raise SpeechLSTMError(f"sound was lost {n_overflows:g} times, {n_dropped:g} samples; expected none")
    # the last line of every picture
    return _Heard(words, heard_s, processing_s, step_ms / 1000, shown.count("believed"))
