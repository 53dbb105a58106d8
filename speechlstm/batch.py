"""Many files, side by side, answered in the order given."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from speechlstm.config import require
from speechlstm.errors import SpeechLSTMError
from speechlstm.messages import Transcript
from speechlstm.recognizer import Recognizer
from speechlstm.sources.files import AudioFile
from speechlstm.sources.source import Source

__all__ = ["FileResult", "transcribe_files"]

# one step of 16-bit sound: what never leaves it is dither, not a signal
_SILENCE = 1 / 32768
# answers that may wait, for each worker, while a long file before them is at work
_N_WAITING = 64


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file.

    Attributes:
        path: The file, as it was given.
        transcript: What was recognised; None if it failed.
        error: Why it failed, or None. Begins with the path.
        warning: What is odd about a file that was read well, or None. Begins with the path.
    """

    path: Path
    transcript: Transcript | None
    error: str | None = None
    warning: str | None = None


def transcribe_files(
    recognizer: Recognizer,
    paths: Iterable[Path],
    *,
    jobs: int,
    channel: int | None = None,
    open_source: Callable[[Path], Source] | None = None,
) -> Iterator[FileResult]:
    """Transcribe files on several threads; memory grows neither with their number nor with their length.

    NumPy, ONNX Runtime, soundfile and soxr let other threads run while they compute, so each thread
    keeps one core busy. Leaving the iteration early stops the files at work.

    Args:
        recognizer: The model; shared by all threads.
        paths: The files; read as they are needed.
        jobs: Files at work at a time, at least 1.
        channel: Which channel to hear, counted from 0; None for the mean of all.
        open_source: What opens a path, in place of :class:`~speechlstm.sources.files.AudioFile`.

    Yields:
        One result a file, in the order given; a file that fails has an ``error`` and stops no other.

    Raises:
        ConfigError: ``jobs`` is less than 1.
    """
    require(jobs >= 1, f"expected at least one job, got {jobs}")
    rate = recognizer.sample_rate_hz
    opener = open_source or (lambda path: AudioFile(path, rate, channel=channel))
    stop = threading.Event()
    remaining = iter(paths)
    with ThreadPoolExecutor(jobs, thread_name_prefix="transcribe") as pool:

        def submit(n: int) -> list[Future[FileResult]]:
            return [pool.submit(_transcribe, recognizer, p, opener, stop) for p in islice(remaining, n)]

        try:
            waiting = deque(submit(_N_WAITING * jobs))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(submit(1))
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _transcribe(
    recognizer: Recognizer, path: Path, opener: Callable[[Path], Source], stop: threading.Event
) -> FileResult:
    try:
        with opener(path) as source:
            heard = _Heard(source, stop)
            transcript = recognizer.transcribe_chunks(heard)
    except SpeechLSTMError as error:
        message = str(error)
        named = message.startswith((f"{path}: ", "standard input"))
        return FileResult(path, None, message if named else f"{path}: {message}")
    except Exception as error:  # whatever one file does to a library must not cost the others' results
        return FileResult(path, None, f"{path}: {type(error).__name__}: {error}")
    return FileResult(path, transcript, warning=_oddity(recognizer, path, heard))


class _Heard:
    """The chunks of a source, with what must be known of them afterwards."""

    def __init__(self, source: Source, stop: threading.Event) -> None:
        self._source, self._stop = source, stop
        self.n_samples, self.peak = 0, 0.0

    def __iter__(self) -> Iterator[np.ndarray]:
        for chunk in self._source:
            if self._stop.is_set():
                return
            if isinstance(chunk, np.ndarray):
                self.n_samples += len(chunk)
                self.peak = max(self.peak, float(chunk.max(initial=0.0)), -float(chunk.min(initial=0.0)))
                yield chunk


def _oddity(recognizer: Recognizer, path: Path, heard: _Heard) -> str | None:
    win_length = recognizer.bundle.config.features.win_length
    if heard.n_samples < win_length:
        frame_ms = 1000 * win_length / recognizer.sample_rate_hz
        return f"{path}: is shorter than one frame of {frame_ms:g} ms"
    return f"{path}: holds only silence" if heard.peak <= _SILENCE else None
