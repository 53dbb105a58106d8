"""Sound from a live pipe: raw 16-bit samples or a WAV, heard as it comes."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from speechlstm.errors import AudioError
from speechlstm.sources.arrival import file_descriptor, has_come, read_some
from speechlstm.sources.resample import StreamResampler
from speechlstm.sources.samples import Samples, cut_short, require_channel, require_finite
from speechlstm.sources.wav_stream import PcmDecoder, PcmFormat, WavHeader, is_wav

__all__ = ["StandardInput"]

_NAME = "standard input"
# where one WAV follows another, with room for what may stand between them
_N_BEHIND = 4096
# for a writer of both to go on
_BRIEFLY_S = 0.1
_WAV_START = re.compile(rb"(RIFF|RF64)....WAVE", re.DOTALL)


class StandardInput:
    """Standard input, or any other stream of bytes, as a source; what has come is handed on at once.

    A stream that starts with ``RIFF`` is a WAV and says its own rate, even if its writer could not know its
    length. Any other is raw: signed 16-bit little-endian mono.

    Args:
        sample_rate_hz: Rate of the chunks that come out.
        input_rate_hz: Rate of raw samples; a WAV does not need it.
        stream: The bytes; None for standard input.
        chunk_ms: Sound in a chunk, at most.
        channel: Which channel of a WAV to hear, counted from 0; None for the mean of all.

    Attributes:
        source_rate_hz: Rate of what comes in; 0 until known.
        n_channels: Channels of what comes in; 0 until known.
        warning: That a WAV ended before its header says, or that another follows it, or None; known when it
            has been heard.

    Raises:
        AudioError: Standard input is closed. While iterating: no sound, raw sound without a rate, a damaged
            or strange WAV, a sample that is not a finite number, or a read that fails.
    """

    def __init__(
        self,
        sample_rate_hz: int,
        *,
        input_rate_hz: int | None = None,
        stream: BinaryIO | None = None,
        chunk_ms: int = 60,
        channel: int | None = None,
    ) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.source_rate_hz = 0
        self.n_channels = 0
        self.warning: str | None = None
        self._opened: tuple[PcmDecoder, bytes] | None = None
        self._input_rate_hz = input_rate_hz
        self._stream = _standard_input() if stream is None else stream
        self._chunk_ms = chunk_ms
        self._channel = channel
        self._stopped = False

    def __enter__(self) -> "StandardInput":
        if self._stream.isatty():
            raise AudioError(f"{_NAME} is a terminal, expected sound; pipe some in, as `... < sound.wav`")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the stream open: it belongs to whoever made it."""

    def __iter__(self) -> Iterator[Samples]:
        decoder, data = self._opened or self._open()
        self._opened = None
        resampler = StreamResampler(self.source_rate_hz, self.sample_rate_hz)
        n_chunk_bytes = max(1, self._n_frame_bytes * self.source_rate_hz * self._chunk_ms // 1000)
        n_heard = 0
        while data:
            samples = decoder.feed(data)
            require_finite(samples, n_heard, _NAME)
            n_heard += len(samples)
            ready = resampler.feed(samples)
            if len(ready):
                yield ready
            data = b"" if decoder.is_done else self._read(n_chunk_bytes)
        if n_heard == 0 and not self._stopped:
            raise _no_sound()
        if not self._stopped:
            self.warning = cut_short(n_heard, n_heard + decoder.n_missing, self.source_rate_hz)
        rest = resampler.finish()
        if len(rest):
            yield rest
        if not self._stopped and decoder.is_done and self._is_followed(decoder.rest):
            self.warning = "holds a second WAV, which was not heard; give them one at a time"

    def has_come(self, timeout_s: float) -> bool:
        """Whether something, or the end, comes within ``timeout_s``; False where the system cannot tell."""
        fd = file_descriptor(self._stream)
        return fd is None or (os.name != "nt" and has_come(fd, timeout_s))

    def read_header(self) -> None:
        """Wait for the header of a WAV, so that rate and channels are known before any of it is heard.

        Raises:
            AudioError: As for iterating.
        """
        if self._opened is None:
            self._opened = self._open()

    def stop(self) -> None:
        """End the iteration within a tenth of a second; safe in any thread and signal handler."""
        self._stopped = True

    def _open(self) -> tuple[PcmDecoder, bytes]:
        start = b""
        while is_wav(start) is None and (more := self._read(4096)):
            start += more
        return self._open_wav(start) if is_wav(start) else self._open_raw(start)

    def _open_raw(self, start: bytes) -> tuple[PcmDecoder, bytes]:
        if not start and not self._stopped:
            raise _no_sound()
        if self._stopped and is_wav(start) is None:
            start = b""  # the beginning of a header
        if self._input_rate_hz is None and start:
            raise AudioError(
                f"{_NAME}: neither a WAV nor raw sound of a known rate; "
                "give --sample-rate for raw 16-bit mono, or pipe a WAV"
            )
        require_channel(self._channel, 1, _NAME)
        return self._decoder(PcmFormat(self._input_rate_hz or self.sample_rate_hz), None), start

    def _open_wav(self, start: bytes) -> tuple[PcmDecoder, bytes]:
        header, data = WavHeader(), start
        while data:
            found = header.feed(data)
            if found:
                require_channel(self._channel, found.format.n_channels, _NAME)
                return self._decoder(found.format, found.n_bytes), found.rest or self._read(4096)
            data = self._read(4096)
        if self._stopped:
            return self._decoder(PcmFormat(self.sample_rate_hz), None), b""
        raise AudioError(f"{_NAME}: ends inside the header of a WAV; check the command before the pipe")

    def _decoder(self, format: PcmFormat, n_bytes: int | None) -> PcmDecoder:
        self.source_rate_hz, self.n_channels = format.sample_rate_hz, format.n_channels
        self._n_frame_bytes = format.n_frame_bytes
        return PcmDecoder(format, n_bytes, self._channel)

    def _is_followed(self, rest: bytes) -> bool:
        """Whether another WAV comes at once behind the sound."""
        if len(rest) < _N_BEHIND and file_descriptor(self._stream) is not None and self.has_come(_BRIEFLY_S):
            with suppress(AudioError):
                rest += self._read(_N_BEHIND)
        return _WAV_START.search(rest[:_N_BEHIND]) is not None

    def _read(self, n_bytes: int) -> bytes:
        """Up to ``n_bytes``, as soon as there are any; nothing at the end or after :meth:`stop`."""
        try:
            return read_some(self._stream, n_bytes, lambda: self._stopped)
        except OSError as error:
            reason = error.strerror or error
            raise AudioError(
                f"{_NAME}: cannot be read on ({reason}); check the command before the pipe"
            ) from error


def _standard_input() -> BinaryIO:
    if sys.stdin is None:  # as after `<&-`
        raise AudioError(f"{_NAME} is closed; pipe some sound in")
    return sys.stdin.buffer


def _no_sound() -> AudioError:
    return AudioError(f"{_NAME}: holds no sound (0 samples); check the command before the pipe")
