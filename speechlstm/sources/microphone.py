"""The live microphone."""

import contextlib
import queue
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from speechlstm.errors import DeviceError
from speechlstm.messages import Overflow
from speechlstm.sources.devices import InputDevice, find_device, load_sounddevice, refresh_devices
from speechlstm.sources.resample import StreamResampler
from speechlstm.sources.samples import Samples, to_mono

__all__ = ["Microphone"]

# A sleeping device may take its time to wake: a fresh PulseAudio null sink gave its first block after 1.8 s.
_FIRST_BLOCK_S = 6.0
_LOOK_S = 0.1


class _Block(NamedTuple):
    """What one callback leaves in the queue: samples ``[n, channels]``, and what was lost before them."""

    samples: npt.NDArray[np.float32]
    n_lost: int
    device_overflowed: bool


class Microphone:
    """An input device as a source, heard at the device's own rate and resampled as a stream.

    The audio thread copies and enqueues, nothing more. What the queue cannot take is counted and comes
    out, where it is missing, as an :class:`~speechlstm.messages.Overflow`.

    Args:
        sample_rate_hz: Rate of the chunks that come out.
        device: Index, name or part of a name; None for the default.
        block_ms: Length of the blocks asked of the device.
        queue_s: Sound held, at most, for a reader that is late.
        timeout_s: Silence of the device (no block at all) after which it counts as gone.

    Attributes:
        device_name: What is heard; known once open, as the next three.
        device_rate_hz: The device's own rate.
        n_channels: Channels opened; several are averaged.
        device_latency_s: Age of a sample when the device gives it, at most; resampling adds to it.
        n_overflows: Times at which sound was lost.
        n_dropped_samples: Samples lost for want of a place in the queue, at ``device_rate_hz``.
        warning: None, always.

    Raises:
        MissingDependency: On opening: sounddevice or PortAudio is not installed.
        DeviceError: On opening: no such device, or it refuses. While iterating: it vanished; all it gave
            until then has come out before.
    """

    def __init__(
        self,
        sample_rate_hz: int,
        *,
        device: int | str | None = None,
        block_ms: int = 30,
        queue_s: float = 5.0,
        timeout_s: float = 2.0,
    ) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.device_name = ""
        self.device_rate_hz = 0
        self.n_channels = 0
        self.device_latency_s = 0.0
        self.n_overflows = 0
        self.n_dropped_samples = 0
        self.warning: str | None = None
        self._device = int(device) if isinstance(device, str) and device.isdecimal() else device
        self._block_ms = block_ms
        self._n_queue = max(2, round(queue_s * 1000 / block_ms))
        self._timeout_s = timeout_s
        self._stream: Any = None
        self._host_api = ""
        # A plain flag, because a signal handler may set it: the locks of Event and Queue are not re-entrant.
        self._stopped = False

    def __enter__(self) -> "Microphone":
        self._open(find_device(self._device))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __iter__(self) -> Iterator[Samples | Overflow]:
        if self._stream is None:
            raise DeviceError("the microphone is not open; use `with Microphone(...) as sound:`")
        resampler = StreamResampler(self.device_rate_hz, self.sample_rate_hz)
        vanished: DeviceError | None = None
        wait_s = max(self._timeout_s, _FIRST_BLOCK_S)
        while not self._stopped and vanished is None:
            block = self._next(wait_s)
            if block is not None:
                yield from self._deliver(block, resampler)
            elif not self._stopped:
                vanished = self._vanished()
            wait_s = self._timeout_s
        self._close()
        yield from self._drain(resampler)
        if vanished is not None:
            raise vanished

    def stop(self) -> None:
        """End the iteration within a tenth of a second, tail included; safe in any thread and signal."""
        self._stopped = True

    def reopen(self) -> None:
        """Try to open the device again after it vanished; then iterate anew.

        Raises:
            DeviceError: It is not back yet; wait and try again.
        """
        self._close()
        refresh_devices()
        self._open(self._find_again())

    def _open(self, device: InputDevice) -> None:
        self._queue: queue.Queue[_Block] = queue.Queue(self._n_queue)
        self._n_lost = 0
        self._stream = self._start(device)
        self.device_name, self._host_api = device.name, device.host_api
        self.device_rate_hz = device.sample_rate_hz
        self.device_latency_s = max(self._block_ms / 1000, float(self._stream.latency))

    def _find_again(self) -> InputDevice:
        if not isinstance(self._device, int) or not self.device_name:
            return find_device(self._device)
        # The number may mean another device by now, the name does not; a part of a name is not enough.
        device = find_device(self.device_name, host_api=self._host_api)
        if device.name != self.device_name:
            raise DeviceError(f"{self.device_name!r} is not back yet; plug it in and try again")
        return device

    def _start(self, device: InputDevice) -> Any:
        sd = load_sounddevice()
        refused: Any = None
        for n_channels in sorted({1, min(2, device.n_channels)}):
            try:
                stream = self._start_stream(sd, device, n_channels)
            except sd.PortAudioError as error:
                refused = error
            else:
                self.n_channels = n_channels
                return stream
        raise DeviceError(
            f"{device.name!r} cannot be opened at {device.sample_rate_hz} Hz ({refused}); "
            "close other programs that use it, or choose another with --device"
        ) from refused

    def _start_stream(self, sd: Any, device: InputDevice, n_channels: int) -> Any:
        stream = sd.InputStream(
            samplerate=device.sample_rate_hz,
            blocksize=device.sample_rate_hz * self._block_ms // 1000,
            device=device.index,
            channels=n_channels,
            dtype="float32",
            callback=self._hear,
        )
        try:
            stream.start()
        except sd.PortAudioError:
            stream.close()
            raise
        return stream

    def _hear(self, samples: Any, n_samples: int, _time: Any, status: Any) -> None:
        """The audio thread's callback."""
        try:
            self._queue.put_nowait(_Block(samples.copy(), self._n_lost, bool(status.input_overflow)))
            self._n_lost = 0
        except queue.Full:
            self._n_lost += n_samples
            self.n_dropped_samples += n_samples

    def _next(self, wait_s: float) -> _Block | None:
        """The next block; None after ``wait_s`` without one, a stop, or the end of the device's stream."""
        until_s = time.monotonic() + wait_s
        while not self._stopped:
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=_LOOK_S)
            if time.monotonic() >= until_s or not self._is_active():
                break
        return None

    def _is_active(self) -> bool:
        try:
            return bool(self._stream.active)
        except load_sounddevice().PortAudioError:  # a device that is gone may refuse to tell
            return False

    def _deliver(self, block: _Block, resampler: StreamResampler) -> Iterator[Samples | Overflow]:
        if block.n_lost or block.device_overflowed:
            self.n_overflows += 1
            yield Overflow(block.n_lost)
        ready = resampler.feed(to_mono(block.samples, None))
        if len(ready):
            yield ready

    def _drain(self, resampler: StreamResampler) -> Iterator[Samples | Overflow]:
        with contextlib.suppress(queue.Empty):
            while True:
                yield from self._deliver(self._queue.get_nowait(), resampler)
        rest = resampler.finish()
        if len(rest):
            yield rest
        if self._n_lost:  # no block came after it that could have told
            self.n_overflows += 1
            yield Overflow(self._n_lost)

    def _vanished(self) -> DeviceError:
        return DeviceError(
            f"{self.device_name!r} stopped giving sound; was it unplugged? Plug it in and start again"
        )

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        # A device that is gone may refuse to be stopped; nothing is left to be done about it.
        with contextlib.suppress(load_sounddevice().PortAudioError):
            stream.abort()
        with contextlib.suppress(load_sounddevice().PortAudioError):
            stream.close()
