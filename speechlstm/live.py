"""Hearing live: from a source through a stream of the recogniser to a sink, in one loop."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, runtime_checkable

from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.errors import AudioError, DataError, DeviceError
from speechlstm.features.loudness import Loudness
from speechlstm.messages import Event, Final, Forecast, Gap, Overflow, Utterance, later
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.level import meter
from speechlstm.sinks.sink import Sink
from speechlstm.sources.recording import RecordingWriter
from speechlstm.sources.samples import Samples
from speechlstm.timing import Rate

__all__ = ["Listener", "LiveStats", "Reconnection", "Reopenable"]

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class LiveStats:
    """What a listener did.

    Attributes:
        n_samples: Time that went by in the stream, gaps included, in samples at the model's rate.
        sample_rate_hz: The model's sample rate.
        processing_s: Time spent on it: recording, recognition and output, but not waiting for sound.
        longest_step_s: Longest time spent on one chunk; more than the source can hold makes it overflow.
        n_words: Final words.
        n_overflows: Times at which the source lost sound.
        n_dropped_samples: Samples it lost, at its own rate, as far as it could say.
        n_reconnections: Times at which the device came back after it had vanished.
        n_gap_samples: Of ``n_samples``, those in which nothing was heard.
    """

    n_samples: int
    sample_rate_hz: Rate
    processing_s: float = 0.0
    longest_step_s: float = 0.0
    n_words: int = 0
    n_overflows: int = 0
    n_dropped_samples: int = 0
    n_reconnections: int = 0
    n_gap_samples: int = 0

    @property
    def heard_s(self) -> float:
        """Sound heard, in seconds, without the time of gaps."""
        return float((self.n_samples - self.n_gap_samples) / self.sample_rate_hz)

    @property
    def rtf(self) -> float | None:
        """Processing time by duration of the sound; None before any was heard."""
        return self.processing_s / self.heard_s if self.heard_s else None


class Listener:
    """Hears one source to its end.

    All times count from the first sample that was heard. Sound that was lost, or that was not heard while
    a device was away, takes no time: so the words of a recording lie where its own sound is.

    Args:
        recognizer: The model.
        source: Chunks at the model's rate, where sound was lost an ``Overflow``, and where a sensor gave
            nothing a ``Gap``, after which the model begins afresh; as a
            :class:`~speechlstm.sources.source.Source` gives them, whose ``stop()`` ends the listening.
        sink: Where the words go; opened and closed by the caller. When a device is lost the listener closes
            it too, before anything is said of that; what comes after a wait is given to it as before.
        partials: Whether to say what the model believes of sound that is not final yet.
        endpoint: When an utterance is over; None for words alone.
        recording: Keeps the sound as the model heard it, if given: one channel at the model's rate, in
            16 bits. Transcribing it shows what the model made of it.
        on_lost: Asked when the device has vanished and the last words are out: True if the source can be
            iterated anew, as :class:`Reconnection` says. The model then begins afresh, for what it heard
            before has no connection with what it hears next.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        source: Iterable[Samples | Overflow | Gap],
        sink: Sink,
        *,
        partials: bool = True,
        endpoint: EndpointConfig | None = None,
        recording: RecordingWriter | None = None,
        on_lost: Callable[[DeviceError], bool] | None = None,
    ) -> None:
        self._begin_stream = partial(recognizer.stream, partials=partials, endpoint=endpoint)
        self._recognizer = recognizer
        self._source, self._sink, self._recording, self._on_lost = source, sink, recording, on_lost
        self._stats, self._loudness = LiveStats(0, recognizer.sample_rate_hz), Loudness()
        self._begin()

    @property
    def stats(self) -> LiveStats:
        """What was done so far; may be read while another thread runs."""
        return self._stats

    @property
    def oddity(self) -> str | None:
        """What is odd about the sound so far, as the rest of a sentence; None where nothing is."""
        return self._loudness.oddity

    def run(self) -> None:
        """Hear until the source ends; when it returns or raises, the last words are with the sink.

        The sink is left open, but for a device that was lost.

        Raises:
            DeviceError: The device vanished, and nobody waits for it.
            AudioError: The sound cannot be read, or the recording cannot be written.
            DataError: The records cannot be read.
            OSError: The sink cannot write; nothing more is given to it then.
        """
        while (lost := self._hear()) is not None:
            self._sink.close()
            if self._on_lost is None:
                raise lost
            if not self._on_lost(lost):
                return
            self._begin()
            self._stats = replace(self._stats, n_reconnections=self._stats.n_reconnections + 1)

    def _begin(self) -> None:
        self._stream = self._begin_stream()
        self._began_samples = self._stats.n_samples

    def _hear(self) -> DeviceError | None:
        """Hear the source to its end, last words included; the error if its device vanished."""
        lost = None
        try:
            for item in self._source:
                self._take(item)
        except DeviceError as error:
            lost = error
        except (AudioError, DataError):
            self._give(self._stream.finish())
            raise
        self._give(self._stream.finish())
        return lost

    def _take(self, item: Samples | Overflow | Gap) -> None:
        began_s = time.perf_counter()
        if isinstance(item, Overflow):
            self._lose(item)
        elif isinstance(item, Gap):
            self._skip(item)
        else:
            self._hear_chunk(item)
        step_s = time.perf_counter() - began_s
        self._stats = replace(
            self._stats,
            n_samples=self._began_samples + self._stream.n_samples,
            processing_s=self._stats.processing_s + step_s,
            longest_step_s=max(self._stats.longest_step_s, step_s),
        )

    def _hear_chunk(self, chunk: Samples) -> None:
        if self._recording is not None:
            self._recording.write(chunk)
        events = self._stream.feed(chunk)
        if chunk.ndim == 1:
            self._loudness.add(chunk)
            self._sink.level(*meter(chunk))
        self._give(events)
        settled = self._stream.n_samples - self._recognizer.latency_samples
        self._sink.settled(self._began_samples + settled)

    def _skip(self, gap: Gap) -> None:
        self._give(self._stream.finish())
        self._stats = replace(
            self._stats,
            n_samples=self._stats.n_samples + gap.n_samples,
            n_gap_samples=self._stats.n_gap_samples + gap.n_samples,
        )
        self._begin()

    def _lose(self, overflow: Overflow) -> None:
        self._stats = replace(
            self._stats,
            n_overflows=self._stats.n_overflows + 1,
            n_dropped_samples=self._stats.n_dropped_samples + overflow.n_samples,
        )
        self._sink.handle(overflow)

    def _give(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Final):
                self._stats = replace(self._stats, n_words=self._stats.n_words + len(event.words))
            self._sink.handle(_later(event, self._began_samples))


@runtime_checkable
class Reopenable(Protocol):
    """A source whose device may come back; ``device_name`` says which one it is."""

    device_name: str

    def reopen(self) -> None:
        """Try to open the device again; DeviceError if it is not back."""


class Reconnection:
    """Waits until a device that vanished is back; made for :class:`Listener`'s ``on_lost``.

    Args:
        source: What heard the device.
        say: Told, for a person to read, that the wait begins and that it is over.
        every_s: Seconds between two looks.
    """

    def __init__(self, source: Reopenable, say: Callable[[str], None], *, every_s: float = 1.0) -> None:
        self._source, self._say, self._every_s = source, say, every_s
        # a plain flag, because a signal handler may set it
        self._stopped = False

    def __call__(self, lost: DeviceError) -> bool:
        """Wait for the device; False if :meth:`stop` came first."""
        self._say("device lost, waiting for it")
        while self._wait():
            try:
                self._source.reopen()
            except DeviceError:
                continue
            self._say(f"hearing {self._source.device_name!r} again")
            return True
        return False

    def stop(self) -> None:
        """End the wait within a tenth of a second; safe in any thread and signal handler."""
        self._stopped = True

    def _wait(self) -> bool:
        until_s = time.monotonic() + self._every_s
        while not self._stopped and (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(_LOOK_S, left_s))
        return not self._stopped


def _later(event: Event, n_samples: int) -> Event:
    """The event, with its words or its forecast, ``n_samples`` later."""
    if isinstance(event, Overflow) or not n_samples:
        return event
    if isinstance(event, Forecast):
        return later(event, n_samples)
    if isinstance(event, Utterance):
        return later(event, n_samples)
    return replace(event, words=tuple(later(word, n_samples) for word in event.words))
