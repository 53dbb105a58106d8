"""The public API: a bundle becomes something that hears."""

import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.bundle import LATENCIES, Bundle, find
from speechlstm.decode.decoder import make_decoder
from speechlstm.engine.engine import Answer, Engine
from speechlstm.engine.stage import NetworkStage, NetworkState, answer_batch
from speechlstm.errors import AudioError, ConfigError
from speechlstm.messages import Event, Final, Partial, Transcript, Word
from speechlstm.sources.files import AudioFile
from speechlstm.sources.resample import StreamResampler
from speechlstm.stage import Chain, concatenate, run

__all__ = ["Recognizer", "Stream"]

# a belief computes all that is pending, so it waits for this share of it to be new: else a stream whose
# chunk is long would take time that grows with the square of it
_PENDING_A_NEW_FRAME = 32
# its place in the chain
_NETWORK = 1


class Recognizer:
    """A loaded model; may be shared by threads, each with streams of its own.

    Args:
        bundle: The model.
        latency: ``low``, ``balanced``, ``high`` or ``offline``.
        engine: ``onnx`` or ``keras`` (needs TensorFlow).
        n_threads: Threads of one step of the network.

    Example:
        >>> recognizer = Recognizer.load("words-en")
        >>> recognizer.transcribe("samples/digits.wav").text
        'three five zero nine'
    """

    def __init__(
        self, bundle: Bundle, *, latency: str = "balanced", engine: str = "onnx", n_threads: int = 1
    ) -> None:
        if latency not in LATENCIES:
            raise ConfigError(f"unknown latency {latency!r}; expected one of {', '.join(LATENCIES)}")
        self.bundle, self.latency = bundle, latency
        config = bundle.config
        self.sample_rate_hz = config.features.sample_rate_hz
        self.engine = _engine(bundle, engine, n_threads)
        self.features = bundle.front_end.chain()
        self.network = NetworkStage(self.engine, config.latency[latency])
        self.decoder = make_decoder(config.vocabulary, config.features.frame_samples, config.decoder)
        self.chain = Chain([self.features, self.network, self.decoder])

    @classmethod
    def load(
        cls, model: str | Path, *, latency: str = "balanced", engine: str = "onnx", n_threads: int = 1
    ) -> "Recognizer":
        """Load a model by name or folder.

        Raises:
            BundleError: No such model, or a damaged one.
            ConfigError: Unknown latency or engine.
        """
        return cls(Bundle.load(find(model)), latency=latency, engine=engine, n_threads=n_threads)

    @property
    def latency_samples(self) -> int:
        """Algorithmic delay: a word is final at most this many samples after the frame that told it."""
        return self.chain.latency

    def transcribe(
        self,
        sound: str | Path | np.ndarray,
        *,
        sample_rate_hz: int | None = None,
        channel: int | None = None,
    ) -> Transcript:
        """All words of a file or an array.

        Args:
            sound: A path to anything soundfile reads, or float samples ``[n]`` in -1..1.
            sample_rate_hz: The array's rate; the model's if not given. A file says its own.
            channel: Of a file with several channels, the one to take (0 is the first); all are mixed
                if not given. An array has one.

        Returns:
            The transcript, the same that :meth:`stream` gives for the same samples.

        Raises:
            AudioError: The sound cannot be read, or is neither a path nor an array.
            ConfigError: A rate for a file, or a channel of an array.
        """
        if isinstance(sound, np.ndarray):
            if channel is not None:
                raise ConfigError(f"channel {channel} of an array: it must be mono; give sound[:, {channel}]")
            rate = _rate_or(sample_rate_hz, self.sample_rate_hz)
            return self.transcribe_chunks(_resampled(_checked(sound), rate, self.sample_rate_hz))
        _require_path(sound)
        if sample_rate_hz is not None:
            raise ConfigError(f"sample_rate_hz {sample_rate_hz} for a file, which says its own; leave it out")
        with AudioFile(sound, self.sample_rate_hz, channel=channel) as chunks:
            return self.transcribe_chunks(chunks)

    def transcribe_chunks(self, chunks: Iterable[np.ndarray]) -> Transcript:
        """All words of sound that comes in chunks at the model's rate; memory does not grow with them."""
        counted = _Counted(chunks)
        words = [word for ready in run(self.chain, counted) for word in ready]
        return Transcript(tuple(words), counted.n_samples, self.sample_rate_hz)

    def posteriors(self, samples: np.ndarray) -> Answer:
        """The network's answer to float samples ``[n]`` at the model's rate, frame by frame."""
        answer: Answer = concatenate(list(run(Chain([self.features, self.network]), [_checked(samples)])))
        return answer

    def posteriors_batch(self, clips: Iterable[np.ndarray]) -> list[Answer]:
        """:meth:`posteriors` of several clips, computed side by side in one batch."""
        frames = [concatenate(list(run(self.features, [_checked(clip)]))) for clip in clips]
        return answer_batch(self.engine, self.bundle.config.latency[self.latency], frames)

    def stream(self, *, sample_rate_hz: int | None = None, partials: bool = True) -> "Stream":
        """Begin a live stream.

        Args:
            sample_rate_hz: Rate of the samples that will be fed; the model's if not given.
            partials: Whether to say what the model believes of sound that is not final yet.

        Raises:
            AudioError: A rate that is not positive.
        """
        return Stream(self, _rate_or(sample_rate_hz, self.sample_rate_hz), partials=partials)


class Stream:
    """One live stream of sound; made by :meth:`Recognizer.stream`."""

    def __init__(self, recognizer: Recognizer, sample_rate_hz: int, *, partials: bool) -> None:
        self._recognizer, self._partials = recognizer, partials
        self._resampler = StreamResampler(sample_rate_hz, recognizer.sample_rate_hz)
        self._state: Any = recognizer.chain.initial_state()
        # the words of the last partial, less those that a final has overtaken
        self._believed: tuple[Word, ...] = ()
        self._believed_at_frame = 0
        self._is_finished = False
        self.n_samples = 0

    def feed(self, samples: np.ndarray) -> tuple[Event, ...]:
        """Take the next samples.

        Args:
            samples: Float samples ``[n]`` in -1..1, any ``n``.

        Returns:
            What became final, then what is believed of the rest if that has changed.

        Raises:
            AudioError: Samples of another shape, or not finite; the stream is finished.
        """
        self._require_open()
        final = self._hear(self._resampler.feed(_checked(samples)))
        # a final ends the partial, so what it leaves open is said again
        return (*final, *self._belief(anew=bool(final and self._believed)))

    def finish(self) -> tuple[Event, ...]:
        """End the stream: the last words, and nothing believed any more.

        Raises:
            AudioError: The stream was finished before.
        """
        self._require_open()
        self._is_finished = True
        tail = self._hear(self._resampler.finish())
        final = (*tail, *self._settle(self._recognizer.chain.flush(self._state)))
        return (*final, Partial(())) if self._believed else final

    def _require_open(self) -> None:
        if self._is_finished:
            raise AudioError("the stream is finished; begin another with Recognizer.stream()")

    def _hear(self, samples: np.ndarray) -> tuple[Event, ...]:
        self.n_samples += len(samples)
        words, self._state = self._recognizer.chain.step(samples, self._state)
        return self._settle(words)

    def _settle(self, words: tuple[Word, ...]) -> tuple[Event, ...]:
        if not words:
            return ()
        self._believed = tuple(w for w in self._believed if w.start_samples >= words[-1].end_samples)
        return (Final(words),)

    def _belief(self, *, anew: bool) -> Iterator[Partial]:
        """What is believed of sound that is not final, if it has changed or shall be said anew."""
        frame = self.n_samples // self._recognizer.bundle.config.features.frame_samples
        n_new_frames = frame - self._believed_at_frame
        if not self._partials or (n_new_frames < self._n_frames_between_beliefs() and not anew):
            return
        self._believed_at_frame = frame
        words: tuple[Word, ...] = self._recognizer.chain.flush(self._state)
        if anew or [word.text for word in words] != [word.text for word in self._believed]:
            self._believed = words
            yield Partial(words)

    def _n_frames_between_beliefs(self) -> int:
        pending: NetworkState = self._state[_NETWORK]
        return max(1, pending.n_owed // _PENDING_A_NEW_FRAME)


class _Counted:
    """Chunks, with a count of the samples that went by."""

    def __init__(self, chunks: Iterable[np.ndarray]) -> None:
        self._chunks, self.n_samples = chunks, 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for chunk in self._chunks:
            self.n_samples += len(chunk)
            yield chunk


def _engine(bundle: Bundle, name: str, n_threads: int) -> Engine:
    if name == "onnx":
        from speechlstm.engine.onnx import OnnxEngine

        return OnnxEngine(bundle.model, bundle.config.network, n_threads=n_threads)
    if name == "keras":
        from speechlstm.engine.keras import KerasEngine

        return KerasEngine(bundle.model, bundle.config.network)
    raise ConfigError(f"unknown engine {name!r}; expected onnx or keras")


def _rate_or(sample_rate_hz: int | None, default_hz: int) -> int:
    # not `or`: a rate of 0 is a mistake, and the resampler says so
    return default_hz if sample_rate_hz is None else sample_rate_hz


def _require_path(sound: object) -> None:
    if not isinstance(sound, str | os.PathLike):
        raise AudioError(
            f"expected a path or an array of float samples [n], got {type(sound).__name__}; "
            "turn numbers into an array: np.asarray(sound, np.float32)"
        )


def _checked(samples: np.ndarray) -> np.ndarray:
    samples = np.asarray(samples)
    if samples.ndim != 1:
        raise AudioError(
            f"expected mono samples [n], got an array of shape {samples.shape}; mix it down first"
        )
    if not np.issubdtype(samples.dtype, np.floating):
        raise AudioError(
            f"expected float samples in -1..1, got {samples.dtype}; divide 16-bit integers by 32768"
        )
    with np.errstate(invalid="ignore", over="ignore"):
        is_suspect = not math.isfinite(float(samples.sum()))
    if is_suspect and not np.isfinite(samples).all():
        raise AudioError("the samples hold NaN or infinity; replace them before feeding")
    return samples.astype(np.float32, copy=False)


def _resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> Iterator[np.ndarray]:
    resampler, block = StreamResampler(from_hz, to_hz), 10 * from_hz
    for i in range(0, len(samples), block):
        yield resampler.feed(samples[i : i + block])
    yield resampler.finish()
