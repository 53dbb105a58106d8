"""Sound files of any format, rate and number of channels, read in blocks."""

import codecs
import errno
import os
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import soundfile

from speechlstm.errors import AudioError
from speechlstm.sources.paths import broken_link, require_named
from speechlstm.sources.resample import StreamResampler
from speechlstm.sources.samples import Samples, cut_short, require_channel, require_finite, to_mono
from speechlstm.sources.wav_stream import UNKNOWN_BYTES

__all__ = ["AudioFile"]

# libsndfile gives 2**63 - 1 frames where a file does not say how long it is.
_UNKNOWN_LENGTH = 1 << 62
_N_LOOKED_AT = 512
# What libsndfile says of an MP3 in which libmpg123 finds no frame: that it is no regular file, which it is.
_BAD_FILE = 7


class AudioFile:
    """A sound file as a source; memory does not grow with its length.

    A file that was cut short is used up to the cut, where its format allows that, with a ``warning``.

    Args:
        path: Any file that soundfile reads.
        sample_rate_hz: Rate of the chunks that come out.
        channel: Which channel to hear, counted from 0; None for the mean of all.
        block_s: Seconds of sound in a chunk, at most.

    Attributes:
        n_samples_source: Length at the file's own rate, as the file says; None where it does not.
        source_rate_hz: The file's own rate.
        n_channels: Its channels.
        duration_s: Its length in seconds, or None. All four are known once it is open.
        warning: That it is cut short, or None; known when it has been read.

    Raises:
        AudioError: The path is empty. On opening or reading: missing, a folder, empty, corrupt, without the
            channel, or with a sample that is not a finite number.
    """

    def __init__(
        self, path: str | Path, sample_rate_hz: int, *, channel: int | None = None, block_s: float = 10.0
    ) -> None:
        require_named(path)
        self.path = Path(path)
        self.sample_rate_hz = sample_rate_hz
        self.n_samples_source: int | None = None
        self.source_rate_hz = 0
        self.n_channels = 0
        self.warning: str | None = None
        self._channel = channel
        self._block_s = block_s
        self._file: Any = None
        # how many times longer it was than it is
        self._times_whole = 1.0
        self._stopped = False

    @property
    def duration_s(self) -> float | None:
        """Length in seconds, or None where the file does not say."""
        return None if self.n_samples_source is None else self.n_samples_source / self.source_rate_hz

    def __enter__(self) -> "AudioFile":
        _require_regular(self.path)
        try:
            self._file = _ReadOn(_native(self.path))
        except (soundfile.SoundFileError, OSError, TypeError) as error:
            _fail(self.path, error)
        try:
            self._times_whole = _whole_by_part(self.path)
            self._describe()
        except (AudioError, OSError) as error:
            self._file.close()
            if isinstance(error, OSError):
                _fail(self.path, error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __iter__(self) -> Iterator[Samples]:
        if self._file is None:
            raise AudioError(f"{self.path} is not open; use `with AudioFile(...) as sound:`")
        resampler = StreamResampler(self.source_rate_hz, self.sample_rate_hz)
        n_read = 0
        for block in self._blocks():
            mono = to_mono(block, self._channel)
            require_finite(mono, n_read, str(self.path))
            n_read += len(mono)
            ready = resampler.feed(mono)
            if len(ready):
                yield ready
        if n_read == 0 and not self._stopped:
            raise AudioError(f"{self.path}: holds no sound (0 samples)")
        if not self._stopped:
            self.warning = self._cut_short(n_read)
        rest = resampler.finish()
        if len(rest):
            yield rest

    def stop(self) -> None:
        """End the iteration after the current block; safe in any thread and signal handler."""
        self._stopped = True

    def _describe(self) -> None:
        self.source_rate_hz = self._file.samplerate
        self.n_channels = self._file.channels
        n_samples = self._file.frames
        self.n_samples_source = n_samples if 0 <= n_samples < _UNKNOWN_LENGTH else None
        if n_samples == 0:
            raise AudioError(f"{self.path}: holds no sound (0 samples)")
        require_channel(self._channel, self.n_channels, str(self.path))

    def _cut_short(self, n_read: int) -> str | None:
        by_header = round(n_read * self._times_whole)
        return cut_short(n_read, max(by_header, self.n_samples_source or 0), self.source_rate_hz)

    def _blocks(self) -> Iterator[Any]:
        n_block = max(1, int(self._block_s * self.source_rate_hz))
        try:
            while not self._stopped:
                block = self._file.read(n_block, dtype="float32", always_2d=True)
                if len(block) == 0:
                    return
                yield block
        except soundfile.SoundFileError as error:
            _fail(self.path, error)


class _ReadOn(soundfile.SoundFile):  # type: ignore[misc]
    """Read from start to end: soundfile seeks after every read, which the decoder of MP3 does not survive."""

    def seekable(self) -> bool:
        """Not even where it could be."""
        return False


def _require_regular(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise AudioError(_trouble(path, error)) from error
    if path.is_dir():
        raise AudioError(f"{path}: is a folder, expected a file; name one of the files in it")
    if not path.is_file():
        raise AudioError(
            f"{path}: is a pipe or device, expected a file; give its sound to standard input, as `-`"
        )
    if size == 0:
        raise AudioError(f"{path}: is empty (0 bytes), it holds no sound")


def _native(path: Path) -> str | bytes:
    """A name as the system has it: one in another encoding is text for Python alone."""
    return str(path) if os.name == "nt" else os.fsencode(path)


def _whole_by_part(path: Path) -> float:
    """How many times longer a WAV is by its header than what is left of it; 1 for all else.

    libsndfile takes what is left for the whole.
    """
    with path.open("rb") as file:
        if file.read(12)[:4] != b"RIFF":
            return 1
        while len(chunk := file.read(8)) == 8:
            name, n_bytes = struct.unpack("<4sI", chunk)
            if name == b"data":
                n_left = path.stat().st_size - file.tell()
                return max(1, n_bytes / n_left) if n_left and n_bytes < UNKNOWN_BYTES else 1
            file.seek(n_bytes + n_bytes % 2, os.SEEK_CUR)
    return 1


def _trouble(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return broken_link(path) or f"{path}: no such file; check the name"
    return f"{path}: cannot be opened ({error.strerror or error}); check its name and permissions"


def _fail(path: Path, error: Exception) -> NoReturn:
    if isinstance(error, OSError):
        raise AudioError(_trouble(path, error)) from error
    if not os.access(path, os.R_OK):
        raise AudioError(f"{path}: may not be read; check its permissions") from error
    if _is_text(path):
        raise AudioError(
            f"{path}: holds text or records, no sound; a sensor or a pen needs its own model, as -m activity"
        ) from error
    reason = "Format not recognised"
    if getattr(error, "code", None) != _BAD_FILE:
        reason = " ".join(str(getattr(error, "error_string", error)).split()).rstrip(".")
    raise AudioError(
        f"{path}: cannot be read as sound ({reason}); if it plays elsewhere, convert it: "
        f"`ffmpeg -i {shlex.quote(str(path))} out.wav`"
    ) from error


def _is_text(path: Path) -> bool:
    """Whether a file that is no sound begins as text or as Parquet does."""
    try:
        with path.open("rb") as file:
            start = file.read(_N_LOOKED_AT)
        # the end of what was read may lie within a character
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
        is_wav = start.startswith(b"RIFF")  # though a damaged one
        return start.startswith(b"PAR1") or ("\0" not in text and bool(text.strip()) and not is_wav)
    except (OSError, UnicodeDecodeError):
        return False
