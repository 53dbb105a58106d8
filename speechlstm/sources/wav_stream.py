"""WAV as it comes down a pipe: a header read bit by bit, then samples, with sizes that may be unknown.

The format is Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE), with
``WAVE_FORMAT_EXTENSIBLE`` and RF64.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from speechlstm.errors import AudioError
from speechlstm.sources.samples import Samples, to_mono

__all__ = ["UNKNOWN_BYTES", "PcmDecoder", "PcmFormat", "WavHeader", "WavStart", "is_wav"]

_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_KNOWN = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}
_MAX_FORMAT_BYTES = 4096
# Writers that cannot seek back say 0, 0xFFFFFFFF (ffmpeg) or just under 0x7FFFFFFF (sox, espeak-ng).
UNKNOWN_BYTES = 0x7FFF0000


@dataclass(frozen=True)
class PcmFormat:
    """How samples lie in bytes, little-endian.

    Attributes:
        sample_rate_hz: Samples per second and channel.
        n_channels: Channels, interleaved.
        n_bits: Bits of a sample.
        is_float: IEEE floats instead of integers.
    """

    sample_rate_hz: int
    n_channels: int = 1
    n_bits: int = 16
    is_float: bool = False

    @property
    def n_frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.n_channels * self.n_bits // 8


class WavStart(NamedTuple):
    """What a WAV header says.

    Attributes:
        format: How the samples lie.
        n_bytes: Bytes of samples, or None where the header does not know.
        rest: What of the bytes fed lies after the header.
    """

    format: PcmFormat
    n_bytes: int | None
    rest: bytes


class WavHeader:
    """Read the header of a WAV stream in pieces of any size."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._n_skip = 12
        self._format: PcmFormat | None = None

    def feed(self, data: bytes) -> WavStart | None:
        """Take more bytes.

        Returns:
            What the header says, once it is complete; else None.

        Raises:
            AudioError: A kind of WAV that is not plain numbers, or a damaged one.
        """
        self._held += data
        while self._skip() and len(self._held) >= 8:
            name, n_bytes = struct.unpack_from("<4sI", self._held)
            if name == b"data":
                return self._start(n_bytes)
            if name == b"fmt " and not self._take_format(n_bytes):
                return None
            self._n_skip = 8 + n_bytes + n_bytes % 2
        return None

    def _skip(self) -> bool:
        n = min(self._n_skip, len(self._held))
        del self._held[:n]
        self._n_skip -= n
        return self._n_skip == 0

    def _take_format(self, n_bytes: int) -> bool:
        if not 16 <= n_bytes <= _MAX_FORMAT_BYTES:
            raise AudioError(
                f"damaged WAV header: a format of {n_bytes} bytes, expected 16 to 40; write it again"
            )
        complete = len(self._held) >= 8 + n_bytes
        if complete:
            self._format = _parse_format(bytes(self._held[8 : 8 + n_bytes]))
        return complete

    def _start(self, n_bytes: int) -> WavStart:
        if self._format is None:
            raise AudioError("damaged WAV header: samples before their format; write it again")
        known = 0 < n_bytes < UNKNOWN_BYTES
        return WavStart(self._format, n_bytes if known else None, bytes(self._held[8:]))


class PcmDecoder:
    """Turn bytes, cut anywhere, into mono float32 samples in -1..1.

    A part of a sample that is left at the end is dropped.

    Args:
        format: How the samples lie.
        n_bytes: How many bytes to take; what follows is not sound. None for all.
        channel: Which channel, counted from 0; None for the mean of all.

    Attributes:
        rest: What of the bytes fed last is not sound.
    """

    def __init__(self, format: PcmFormat, n_bytes: int | None = None, channel: int | None = None) -> None:
        self._format = format
        self._n_left = n_bytes
        self._channel = channel
        self._held = b""
        self.rest = b""

    @property
    def is_done(self) -> bool:
        """Whether all the bytes there are to take have come."""
        return self._n_left == 0

    @property
    def n_missing(self) -> int:
        """Samples of each channel that have not come yet; 0 where it is not known how many there are."""
        return (self._n_left or 0) // self._format.n_frame_bytes

    def feed(self, data: bytes) -> Samples:
        """Take bytes and give the samples ``[n]`` that are complete."""
        if self._n_left is not None:
            data, self.rest = data[: self._n_left], data[self._n_left :]
            self._n_left -= len(data)
        data = self._held + data
        n_whole = len(data) - len(data) % self._format.n_frame_bytes
        self._held = data[n_whole:]
        block = _decode(data[:n_whole], self._format).reshape(-1, self._format.n_channels)
        return to_mono(block, self._channel)


def is_wav(start: bytes) -> bool | None:
    """Whether a stream that starts so is a WAV; None while four bytes have not come."""
    return None if len(start) < 4 else start[:4] in (b"RIFF", b"RF64")


def _parse_format(data: bytes) -> PcmFormat:
    tag, n_channels, sample_rate_hz, _, _, n_bits = struct.unpack_from("<HHIIHH", data)
    if tag == _EXTENSIBLE and len(data) >= 26:
        (tag,) = struct.unpack_from("<H", data, 24)
    if (tag, n_bits) not in _KNOWN:
        raise AudioError(
            f"WAV of kind {tag:#06x} with {n_bits} bits, "
            "expected PCM of 8, 16, 24 or 32 bits or float of 32 or 64; "
            "convert it first: `ffmpeg -i IN -f wav -c:a pcm_s16le -`"
        )
    if n_channels == 0 or sample_rate_hz == 0:
        raise AudioError(f"damaged WAV header: {n_channels} channels at {sample_rate_hz} Hz; write it again")
    return PcmFormat(sample_rate_hz, n_channels, n_bits, tag == _FLOAT)


def _decode(data: bytes, format: PcmFormat) -> npt.NDArray[np.float32]:
    if format.is_float:
        return np.frombuffer(data, f"<f{format.n_bits // 8}").astype(np.float32)
    if format.n_bits == 8:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
    if format.n_bits == 24:
        data = _widen_24(data)
    width = 2 if format.n_bits == 16 else 4
    return np.frombuffer(data, f"<i{width}").astype(np.float32) / np.float32(2 ** (8 * width - 1))


def _widen_24(data: bytes) -> bytes:
    wide = np.zeros((len(data) // 3, 4), dtype=np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.tobytes()
