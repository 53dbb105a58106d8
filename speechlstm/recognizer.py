"""The public API: a bundle becomes something that hears."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.bundle import LATENCIES, Bundle, find
from speechlstm.decode.config import DecoderConfig, at_sensitivity
from speechlstm.decode.decoder import make_decoder
from speechlstm.decode.endpoint import EndpointConfig, Endpointer
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.decode.segments import SegmentConfig, labels_of
from speechlstm.decode.spell import SpellConfig
from speechlstm.engine.engine import Answer, Engine
from speechlstm.engine.stage import NetworkStage, answer_batch
from speechlstm.errors import AudioError, ConfigError
from speechlstm.features.frontend import statistics_of
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor import SensorConfig
from speechlstm.features.strokes import PEN_CHANNELS, StrokeConfig
from speechlstm.messages import Forecast, Gap, Kind, Overflow, Transcript, Word, later, within
from speechlstm.sources.counted import Counted
from speechlstm.sources.files import AudioFile
from speechlstm.sources.resample import StreamResampler
from speechlstm.sources.samples import checked_samples
from speechlstm.sources.whole import whole_samples
from speechlstm.stage import Chain, concatenate, run
from speechlstm.stream import Stream
from speechlstm.timing import Rate
from speechlstm.trace import Trace, trace_frames

if TYPE_CHECKING:
    from speechlstm.sources.sensor import Sensor

__all__ = ["Recognizer"]


class Recognizer:
    """A loaded model; may be shared by threads, each with streams of its own.

    Args:
        bundle: The model.
        latency: ``low``, ``balanced``, ``high`` or ``offline``.
        engine: ``onnx`` or ``keras`` (needs TensorFlow).
        n_threads: Threads of one step of the network.
        sensitivity: 0 (few words, few false ones) to 1; 0.5 is the model's own operating point.

    Example:
        >>> recognizer = Recognizer.load("words-en")
        >>> recognizer.transcribe("samples/digits.wav").text
        'three five zero nine'
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        latency: str = "balanced",
        engine: str = "onnx",
        n_threads: int = 1,
        sensitivity: float = 0.5,
    ) -> None:
        _require_latency(latency)
        self.bundle = bundle
        config = bundle.config
        self.sample_rate_hz: Rate = config.features.sample_rate_hz
        self.engine = _engine(bundle, engine, n_threads)
        self.features = bundle.front_end.chain()
        mean, std = _units(bundle)
        chosen = config.decoder if sensitivity == 0.5 else at_sensitivity(config.decoder, sensitivity)
        self.decoder = make_decoder(
            config.vocabulary, config.features.frame_samples, chosen, mean=mean, std=std
        )
        self._turn(latency)

    @classmethod
    def load(
        cls,
        model: str | Path,
        *,
        latency: str = "balanced",
        engine: str = "onnx",
        n_threads: int = 1,
        lexicon: Sequence[str] | None = None,
        sensitivity: float = 0.5,
        grammar: Sequence[str] | None = None,
        hotwords: Mapping[str, float] | None = None,
    ) -> "Recognizer":
        """Load a model by name or folder.

        Args:
            model: Its name or folder.
            latency: As of the class.
            engine: As of the class.
            n_threads: As of the class.
            lexicon: The only words that it may answer, in place of the bundle's; for a model that spells.
            sensitivity: As of the class.
            grammar: The only phrases that it may answer, as lines of :mod:`speechlstm.decode.phrases`; words
                that are part of none are not given. It is then decoded by prefix search, as with hotwords.
            hotwords: What words gain each time they are said, in nats: 2 makes a word e^2 times likelier, -1
                makes it rarer.

        Raises:
            BundleError: No such model, or a damaged one.
            ConfigError: Unknown latency or engine, a lexicon that the model cannot spell, a sensitivity
                out of range or of a model that has none, a grammar that cannot be read or satisfied, a
                hotword that the model does not know or whose weight is no number of nats from -20 to 20.

        Example:
            >>> digits = ["digit = zero | one | two | three | four | five | six | seven | eight | nine"]
            >>> pins = Recognizer.load("words-en", grammar=[*digits, "digit{4}"])
            >>> pins.transcribe("samples/digits.wav").text
            'three five zero nine'
            >>> pins.transcribe("samples/commands.wav").text
            ''
        """
        bundle = Bundle.load(find(model))
        if lexicon is not None:
            bundle = _with_lexicon(bundle, lexicon)
        if grammar is not None or hotwords is not None:
            bundle = _with_words(bundle, grammar, hotwords or {})
        return cls(bundle, latency=latency, engine=engine, n_threads=n_threads, sensitivity=sensitivity)

    def at_latency(self, latency: str) -> "Recognizer":
        """The same model at another setting of the dial; both share the engine.

        Raises:
            ConfigError: Unknown latency.
        """
        _require_latency(latency)
        other = copy(self)
        other._turn(latency)
        return other

    def _turn(self, latency: str) -> None:
        """Set the dial, before anybody has this recogniser."""
        self.latency = latency
        self.network = NetworkStage(self.engine, self.bundle.config.latency[latency])
        self.chain = Chain([self.features, self.network, self.decoder])

    @property
    def hears_sound(self) -> bool:
        """Whether it takes sound; else the samples of a sensor's channels, or a pen's points."""
        return self.bundle.config.features.n_channels is None

    @property
    def kind(self) -> Kind:
        """What it gives: ``words``, ``segments`` of a class each, or ``forecasts``."""
        decoder = self.bundle.config.decoder
        if isinstance(decoder, ForecastConfig):
            return "forecasts"
        return "segments" if isinstance(decoder, SegmentConfig) else "words"

    @property
    def sound_rate_hz(self) -> int:
        """Samples per second of the sound that it hears.

        Raises:
            ConfigError: It hears a sensor.
        """
        if not self.hears_sound:
            raise ConfigError(f"{self.bundle.name} hears a sensor, no sound")
        return int(self.sample_rate_hz)

    @property
    def reads_pen(self) -> bool:
        """Whether it takes the points of a pen."""
        return isinstance(self.bundle.config.features, StrokeConfig)

    @property
    def sensor(self) -> "Sensor":
        """Channels, rate and longest gap of the sensor it hears.

        Raises:
            ConfigError: It hears sound.
        """
        features = self.bundle.config.features
        if not isinstance(features, SensorConfig):
            other = "reads a pen" if self.reads_pen else "hears sound"
            raise ConfigError(f"{self.bundle.name} {other}, no sensor's records")
        from speechlstm.sources.sensor import Sensor

        return Sensor(features.channels, features.sample_rate_hz, features.max_gap_s)

    @property
    def latency_samples(self) -> int:
        """Algorithmic delay: a word is final at most this many samples after the frame that told it.

        Of a pen 0: a character or word is final when it ends. With a grammar, :attr:`wait_samples`
        are part of it.
        """
        return 0 if self.reads_pen else self.chain.latency

    @property
    def wait_samples(self) -> int:
        """How long a word waits for the rest of its phrase, at most; 0 where all phrases are single words."""
        wait_frames = self.decoder.wait_frames if isinstance(self.decoder, PrefixDecoder) else 0
        return wait_frames * self.bundle.config.features.frame_samples

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
        with self._opened(sound, sample_rate_hz, channel) as chunks:
            return self.transcribe_chunks(chunks)

    def open(
        self,
        path: str | Path,
        *,
        channel: int | None = None,
        columns: Sequence[str] | None = None,
        y_down: bool = False,
    ) -> Any:
        """The source that reads a file for this model: of sound, of records of a sensor, or of pen strokes.

        Args:
            path: The file.
            channel: Of sound with several channels, the one to take; all are mixed if not given.
            columns: Of CSV without a header, of a sensor or a pen, the names of its columns.
            y_down: Of a pen, whether y grows downwards.

        Returns:
            A :class:`~speechlstm.sources.source.Source`.

        Raises:
            ConfigError: A channel of a sensor's or a pen's records, or columns of sound.
        """
        features = self.bundle.config.features
        if isinstance(features, MfccConfig):
            if columns is not None:
                raise ConfigError(f"{self.bundle.name} hears sound, which has no columns; leave them out")
            return AudioFile(path, self.sound_rate_hz, channel=channel)
        if channel is not None:
            channels = PEN_CHANNELS if isinstance(features, StrokeConfig) else features.channels
            raise ConfigError(f"{self.bundle.name} hears {', '.join(channels)}, not one channel")
        if isinstance(features, StrokeConfig):
            from speechlstm.sources.pen import PenSource

            return PenSource(
                path,
                sample_rate_hz=features.sample_rate_hz,
                max_gap_s=features.max_gap_s,
                columns=columns,
                y_down=y_down,
            )
        from speechlstm.sources.table import TableSource

        return TableSource(path, self.sensor, columns=columns)

    def transcribe_chunks(self, chunks: Iterable[np.ndarray | Overflow | Gap]) -> Transcript:
        """All words of what comes in chunks at the model's rate; memory does not grow with them.

        After a :class:`~speechlstm.messages.Gap` the model begins afresh; times go on. What was lost by an
        :class:`~speechlstm.messages.Overflow` takes no time.

        Raises:
            ConfigError: The model forecasts.
        """
        if self.kind == "forecasts":
            raise ConfigError(
                f"{self.bundle.name} forecasts {', '.join(self.bundle.vocabulary)}; there is nothing to "
                "transcribe: use `speechlstm forecast`, or Recognizer.forecast()"
            )
        words: list[Word] = []
        n_before, counted = 0, Counted(chunks)
        while not counted.is_done:
            heard = [word for ready in run(self.chain, counted) for word in ready]
            words += (later(word, n_before) for word in self.ended(heard, counted.n_heard))
            n_before = counted.n_samples
        return Transcript(tuple(words), counted.n_samples, self.sample_rate_hz, self.kind)

    def forecast(
        self, series: str | Path | np.ndarray | Iterable[np.ndarray | Overflow | Gap]
    ) -> Iterator[Forecast]:
        """A forecast after every sample of a series, once the model has heard enough of it.

        Args:
            series: A path to a file of records, samples ``[n, n_channels]`` in the units of the channels, or
                chunks of them at the model's rate. After a gap the model begins afresh.

        Yields:
            The forecasts, the same that :meth:`stream` gives.

        Raises:
            ConfigError: The model does not forecast.
        """
        if self.kind != "forecasts":
            raise ConfigError(f"{self.bundle.name} does not forecast: it gives {self.kind}")
        if isinstance(series, str | Path):
            with self.open(series) as chunks:
                yield from self.forecast(chunks)
            return
        chunks = [series] if isinstance(series, np.ndarray) else series
        n_before, counted = 0, Counted(chunks)
        while not counted.is_done:
            for ready in run(self.chain, map(self._checked, counted)):
                yield from (later(forecast, n_before) for forecast in ready)
            n_before = counted.n_samples

    def posteriors(self, samples: np.ndarray) -> Answer:
        """The network's answer to float samples ``[n]`` at the model's rate, frame by frame."""
        answer: Answer = concatenate(
            list(run(Chain([self.features, self.network]), [self._checked(samples)]))
        )
        return answer

    def trace(
        self,
        sound: str | Path | np.ndarray,
        *,
        sample_rate_hz: int | None = None,
        channel: int | None = None,
    ) -> Trace:
        """What every cell of the network did, frame by frame.

        The network is computed anew in NumPy, from its equations; its posteriors are those of
        :meth:`posteriors`, within 1e-4. A minute of sound takes tens of megabytes.

        Args:
            sound: As for :meth:`transcribe`; of a sensor a path or samples ``[n, n_channels]``.
            sample_rate_hz: As for :meth:`transcribe`.
            channel: As for :meth:`transcribe`.

        Returns:
            Gates and states by layer and direction, as arrays ``[frames, units]``, with the frames' times.

        Raises:
            AudioError: The sound cannot be read, or is neither a path nor an array.
            BundleError: The bundle's graph holds no weights of LSTM cells.
            ConfigError: A rate for a file, or a channel of an array.
            DataError: A sensor's records have a gap.
        """
        with self._opened(sound, sample_rate_hz, channel) as chunks:
            name = "the array" if isinstance(sound, np.ndarray) else str(sound)
            samples = whole_samples(chunks, self.sample_rate_hz, name)
        config = self.bundle.config
        n_channels = config.features.n_channels
        if not len(samples):
            samples = np.zeros((0,) if n_channels is None else (0, n_channels), np.float32)
        frames = concatenate(list(run(self.features, [samples])))
        setting = config.latency[self.latency]
        answer, layers = trace_frames(frames, self.bundle.weights(), config.network, setting)
        times = config.features.frame_samples, len(samples), self.sample_rate_hz
        return Trace(frames, layers, answer, *times)

    def posteriors_batch(self, clips: Iterable[np.ndarray]) -> list[Answer]:
        """:meth:`posteriors` of several clips, computed side by side in one batch."""
        frames = [concatenate(list(run(self.features, [self._checked(clip)]))) for clip in clips]
        return answer_batch(self.engine, self.bundle.config.latency[self.latency], frames)

    def words_of(self, answer: Answer, n_samples: int) -> tuple[Word, ...]:
        """The words of a whole stream of ``n_samples``, out of the network's answer to it."""
        return self.ended([word for ready in run(self.decoder, [answer]) for word in ready], n_samples)

    def ended(self, words: Iterable[Word], n_samples: int) -> tuple[Word, ...]:
        """What was told of a stream, now that it has ended after ``n_samples``.

        The last segment ends there, not with its last frame, of which part may be missing. The ends of words
        are estimates, and stay as they were given. What a pen wrote is one character or word, from the first
        point to the last: a frame of its path has no fixed number of points.
        """
        if self.reads_pen:
            return tuple(replace(word, start_samples=0, end_samples=n_samples) for word in words)
        if not isinstance(self.bundle.config.decoder, SegmentConfig):
            return tuple(words)
        return tuple(within(word, n_samples) for word in words)

    def labels(self, answer: Answer) -> np.ndarray:
        """The class of the segment that each frame of an answer lies in, int64 ``[n]``, -1 for none.

        Raises:
            ConfigError: The model hears words, not classes of frames.
        """
        config = self.bundle.config.decoder
        if not isinstance(config, SegmentConfig):
            raise ConfigError(f"{self.bundle.name} gives {self.kind}; frames have no class")
        return labels_of(answer, config)

    def stream(
        self,
        *,
        sample_rate_hz: int | None = None,
        partials: bool = True,
        endpoint: str | EndpointConfig | None = None,
    ) -> Stream:
        """Begin a live stream.

        Args:
            sample_rate_hz: Rate of the samples that will be fed; the model's if not given.
            partials: Whether to say what the model believes of sound that is not final yet.
            endpoint: When an utterance is over: ``short``, ``default`` or ``long``, as the bundle has them,
                or rules of one's own, see :meth:`endpoint`. An :class:`~speechlstm.messages.Utterance` then
                follows the last word of each. None for words alone.

        Raises:
            AudioError: A rate that no sound has.
            ConfigError: Another rate than the model's for a sensor, an unknown endpoint, or one for a model
                that gives no words in a row.
        """
        rules = self.endpoint(endpoint) if isinstance(endpoint, str) else endpoint
        chain = self.chain if rules is None else self._endpointed(rules)
        return Stream(self, chain, self._resampler(sample_rate_hz), partials=partials)

    def endpoint(
        self, name: str = "default", *, silence_s: float | None = None, max_s: float | None = None
    ) -> EndpointConfig:
        """The rules by which an utterance is over.

        Args:
            name: Which of the bundle's.
            silence_s: Seconds without a word after the last one, in place of theirs.
            max_s: Seconds from the first word on, in place of theirs.

        Raises:
            ConfigError: An unknown name, no positive time, or a model that gives no words in a row.

        Example:
            >>> Recognizer.load("words-en").endpoint("short", silence_s=0.5).silence_frames
            17
        """
        known = self._word_decoder("an endpoint").endpoint
        if name not in known:
            raise ConfigError(f"unknown endpoint {name!r}; {self.bundle.name} has {', '.join(known)}")
        silence = {} if silence_s is None else {"silence_frames": self._n_frames(silence_s, "silence_s")}
        longest = {} if max_s is None else {"max_frames": self._n_frames(max_s, "max_s")}
        return replace(known[name], **silence, **longest)

    def _endpointed(self, rules: EndpointConfig) -> Chain:
        self._word_decoder("an endpoint")
        frame_samples, decoder = self.bundle.config.features.frame_samples, self.decoder
        waits = {"is_waiting": decoder.is_waiting} if isinstance(decoder, PrefixDecoder) else {}
        return Chain([self.features, self.network, Endpointer(decoder, frame_samples, rules, **waits)])

    def _word_decoder(self, what: str) -> DecoderConfig:
        decoder = self.bundle.config.decoder
        if not isinstance(decoder, DecoderConfig):
            raise ConfigError(
                f"{what} is for models of words; {self.bundle.name} decodes by {decoder.method!r}"
            )
        return decoder

    def _n_frames(self, seconds: float, name: str) -> int:
        """At least one."""
        if not 0 < seconds < math.inf:
            raise ConfigError(f"{name} must be a time above 0 seconds, got {seconds}")
        return max(1, round(seconds * self.sample_rate_hz / self.bundle.config.features.frame_samples))

    @contextmanager
    def _opened(
        self, sound: str | Path | np.ndarray, sample_rate_hz: int | None, channel: int | None
    ) -> Iterator[Iterable[np.ndarray | Overflow | Gap]]:
        """A file's or an array's samples in chunks, at the model's rate."""
        if isinstance(sound, np.ndarray):
            if channel is not None:
                raise ConfigError(f"channel {channel} of an array: it must be mono; give sound[:, {channel}]")
            yield self._at_its_rate(self._checked(sound), sample_rate_hz)
            return
        _require_path(sound)
        if sample_rate_hz is not None:
            raise ConfigError(f"sample_rate_hz {sample_rate_hz} for a file, which says its own; leave it out")
        with self.open(sound, channel=channel) as chunks:
            yield chunks

    def _checked(self, samples: np.ndarray) -> np.ndarray:
        return checked_samples(samples, self.bundle.config.features.n_channels)

    def _resampler(self, sample_rate_hz: int | None) -> StreamResampler | None:
        """What brings samples to the model's rate; None where they have it."""
        # not `or`: a rate of 0 is a mistake, and the resampler says so
        if sample_rate_hz is None or sample_rate_hz == self.sample_rate_hz:
            return None
        if not self.hears_sound:
            raise ConfigError(
                f"{self.bundle.name} hears its {'pen' if self.reads_pen else 'sensor'} "
                f"at {self.sample_rate_hz} Hz, got {sample_rate_hz}; resample the samples first"
            )
        return StreamResampler(sample_rate_hz, int(self.sample_rate_hz))

    def _at_its_rate(self, samples: np.ndarray, sample_rate_hz: int | None) -> Iterator[np.ndarray]:
        resampler = self._resampler(sample_rate_hz)
        block = max(1, int(10 * (sample_rate_hz or self.sample_rate_hz)))
        for i in range(0, len(samples), block):
            part = samples[i : i + block]
            yield part if resampler is None else resampler.feed(part)
        if resampler is not None:
            yield resampler.finish()


def _require_latency(latency: str) -> None:
    if latency not in LATENCIES:
        raise ConfigError(f"unknown latency {latency!r}; expected one of {', '.join(LATENCIES)}")


def _with_lexicon(bundle: Bundle, lexicon: Sequence[str]) -> Bundle:
    decoder = bundle.config.decoder
    if not isinstance(decoder, SpellConfig):
        raise ConfigError(
            f"{bundle.name} does not spell words, its decoder is of method {decoder.method!r}; "
            "give no lexicon, or a model that spells"
        )
    spelling = replace(decoder, lexicon=tuple(lexicon))
    return replace(bundle, config=replace(bundle.config, decoder=spelling))


def _with_words(bundle: Bundle, grammar: Sequence[str] | None, hotwords: Mapping[str, float]) -> Bundle:
    decoder = bundle.config.decoder
    if not isinstance(decoder, DecoderConfig):
        raise ConfigError(
            f"a grammar and hotwords are for models of words; {bundle.name} decodes by {decoder.method!r}: "
            "leave them out, or give a model of words"
        )
    phrases = decoder.grammar.phrases if grammar is None else tuple(grammar)
    if not phrases and grammar is not None:
        raise ConfigError("the grammar is empty; give a phrase a line, such as: turn (left | right)")
    weighed = replace(
        decoder, method="prefix", hotwords=dict(hotwords), grammar=replace(decoder.grammar, phrases=phrases)
    )
    return replace(bundle, config=replace(bundle.config, decoder=weighed))


def _engine(bundle: Bundle, name: str, n_threads: int) -> Engine:
    if name == "onnx":
        from speechlstm.engine.onnx import OnnxEngine

        return OnnxEngine(bundle.model, bundle.config.network, n_threads=n_threads)
    if name == "keras":
        from speechlstm.engine.keras import KerasEngine

        return KerasEngine(bundle.model, bundle.config.network)
    raise ConfigError(f"unknown engine {name!r}; expected onnx or keras")


def _units(bundle: Bundle) -> tuple[np.ndarray | None, np.ndarray | None]:
    """What brings forecasts back to units; nothing for other heads."""
    if bundle.config.network.head != "forecast":
        return None, None
    return statistics_of(bundle.front_end, bundle.vocabulary)


def _require_path(sound: object) -> None:
    if not isinstance(sound, str | os.PathLike):
        raise AudioError(
            f"expected a path or an array of float samples [n], got {type(sound).__name__}; "
            "turn numbers into an array: np.asarray(sound, np.float32)"
        )
