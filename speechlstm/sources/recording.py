"""A WAV file that can be played at any moment while it is written."""

import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from speechlstm.errors import AudioError
from speechlstm.sources.samples import Samples
from speechlstm.timing import seconds

__all__ = ["RecordingWriter"]

_N_HEADER_BYTES = 44
# whole samples of two bytes; the sizes in the header have 32 bits
_MAX_DATA_BYTES = (0xFFFFFFFF - _N_HEADER_BYTES) // 2 * 2


class RecordingWriter:
    """Write mono sound to a 16-bit WAV whose header is true to within a second, even after ``kill -9``.

    A WAV says up to 4 GiB of itself, 74 h at 8 kHz. More is written too, but the header stays at that.

    Args:
        path: The file; it is replaced.
        sample_rate_hz: Rate of what is written.

    Attributes:
        n_samples: Samples written so far.

    Raises:
        AudioError: On opening or writing: a folder that is missing or may not be written, a full disk.
    """

    def __init__(self, path: str | Path, sample_rate_hz: int) -> None:
        self.path = Path(path)
        self.sample_rate_hz = sample_rate_hz
        self.n_samples = 0
        self._n_in_header = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> "RecordingWriter":
        try:
            # Unbuffered: what was written has left this process, so that killing it loses nothing.
            self._file = open(self.path, "wb", buffering=0)
        except OSError as error:
            raise AudioError(
                f"{self.path}: cannot be written ({error.strerror}); "
                "give a file in a folder that exists and may be written"
            ) from error
        try:
            self._write(_header(self.sample_rate_hz, 0))
        except AudioError:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        file = self._file
        if file is None:
            return
        try:
            self._renew_header()
        finally:
            self._file = None
            file.close()

    def write(self, samples: Samples) -> None:
        """Append samples ``[n]``; what lies outside -1..1 is clipped, NaN becomes silence."""
        self._write(_to_int16(samples))
        self.n_samples += len(samples)
        if self.n_samples - self._n_in_header >= self.sample_rate_hz:
            self._renew_header()

    def _renew_header(self) -> None:
        header = _header(self.sample_rate_hz, self.n_samples)
        file = self._open_file()
        try:
            file.seek(0)
            _write_all(file, header)
            file.seek(_N_HEADER_BYTES + 2 * self.n_samples)
        except OSError as error:
            raise self._failed(error) from error
        self._n_in_header = self.n_samples

    def _write(self, data: bytes) -> None:
        file = self._open_file()
        try:
            _write_all(file, data)
        except OSError as error:
            raise self._failed(error) from error

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise AudioError(f"{self.path} is not open; use `with RecordingWriter(...) as recording:`")
        return self._file

    def _failed(self, error: OSError) -> AudioError:
        written_s = seconds(self.n_samples, self.sample_rate_hz)
        kept = "what is there can be played" if self.n_samples else "nothing was kept"
        return AudioError(
            f"{self.path}: writing failed ({error.strerror}) after {written_s} s; {kept}; "
            "free some space or choose another disk"
        )


def _write_all(file: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _to_int16(samples: Samples) -> bytes:
    scaled = np.rint(np.clip(np.nan_to_num(samples, nan=0.0), -1, 1) * np.float32(32768))
    return bytes(np.minimum(scaled, 32767).astype("<i2").tobytes())


def _header(sample_rate_hz: int, n_samples: int) -> bytes:
    n_data = min(2 * n_samples, _MAX_DATA_BYTES)
    riff = struct.pack("<4sI4s", b"RIFF", _N_HEADER_BYTES - 8 + n_data, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate_hz, 2 * sample_rate_hz, 2, 16)
    return riff + form + struct.pack("<4sI", b"data", n_data)
