"""The public API: a bundle becomes something that hears."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from speechlstm.bundle import Bundle, find
from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.decode.segments import SegmentConfig, labels_of
from speechlstm.engine.engine import Answer
from speechlstm.engine.stage import NetworkStage, answer_batch
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import limits_of
from speechlstm.messages import Forecast, Gap, Kind, Overflow, Transcript, Utterance, Word, later, within
from speechlstm.recognizer.adaptation import Adaptation, adapted
from speechlstm.recognizer.endpoints import endpoint_of, endpointer_of
from speechlstm.recognizer.intake import Intake
from speechlstm.recognizer.parts import decoder_of, engine_of, require_latency
from speechlstm.recognizer.stream import Stream
from speechlstm.sources.counted import Counted
from speechlstm.sources.source import Source
from speechlstm.sources.whole import whole_samples
from speechlstm.stage import Chain, Stage, concatenate, run
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
        require_latency(latency)
        self.bundle = bundle
        features = bundle.config.features
        self.sample_rate_hz: Rate = features.sample_rate_hz
        self.intake = Intake(bundle.name, features, limits_of(bundle.front_end))
        self.engine = engine_of(bundle, engine, n_threads)
        self.features = bundle.front_end.chain()
        self.decoder = decoder_of(bundle, sensitivity)
        self._turn(latency)

    @classmethod
    def load(
        cls,
        model: str | Path,
        *,
        latency: str = "balanced",
        engine: str = "onnx",
        n_threads: int = 1,
        sensitivity: float = 0.5,
        **adaptation: Unpack[Adaptation],
    ) -> "Recognizer":
        """Load a model by name or folder.

        Args:
            model: Its name or folder.
            latency: As of the class.
            engine: As of the class.
            n_threads: As of the class.
            sensitivity: As of the class.
            **adaptation: What a speaker is expected to say: ``lexicon``, ``grammar`` and ``hotwords``, see
                :class:`~speechlstm.recognizer.adaptation.Adaptation`.

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
        bundle = adapted(Bundle.load(find(model)), **adaptation)
        return cls(bundle, latency=latency, engine=engine, n_threads=n_threads, sensitivity=sensitivity)

    def at_latency(self, latency: str) -> "Recognizer":
        """The same model at another setting of the dial; both share the engine.

        Raises:
            ConfigError: Unknown latency.
        """
        require_latency(latency)
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
        return self.intake.hears_sound

    @property
    def kind(self) -> Kind:
        """``words`` of sound, ``writing`` of a pen, ``segments`` of a class each, or ``forecasts``."""
        decoder = self.bundle.config.decoder
        if isinstance(decoder, ForecastConfig):
            return "forecasts"
        if isinstance(decoder, SegmentConfig):
            return "segments"
        return "writing" if self.reads_pen else "words"

    @property
    def sound_rate_hz(self) -> int:
        """Samples per second of the sound that it hears.

        Raises:
            ConfigError: It hears a sensor.
        """
        return self.intake.sound_rate_hz

    @property
    def reads_pen(self) -> bool:
        """Whether it takes the points of a pen."""
        return self.intake.reads_pen

    @property
    def sensor(self) -> "Sensor":
        """Channels, rate, longest gap and limits of the sensor it hears.

        Raises:
            ConfigError: It hears sound.
        """
        return self.intake.sensor

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
        endpoint: str | EndpointConfig | None = None,
    ) -> Transcript:
        """All words of a file or an array.

        Args:
            sound: A path to anything soundfile reads, or float samples ``[n]`` in -1..1.
            sample_rate_hz: The array's rate; the model's if not given. A file says its own.
            channel: Of a file with several channels, the one to take (0 is the first); all are mixed
                if not given. An array has one.
            endpoint: When an utterance is over, as for :meth:`stream`; the transcript then has
                ``utterances``.

        Returns:
            The transcript, the same that :meth:`stream` gives for the same samples.

        Raises:
            AudioError: The sound cannot be read, or is neither a path nor an array.
            ConfigError: A rate for a file, a channel of an array, or an endpoint that cannot be.
        """
        with self.intake.chunks(sound, sample_rate_hz, channel) as chunks:
            return self.transcribe_chunks(chunks, endpoint=endpoint)

    def open(
        self,
        path: str | Path,
        *,
        channel: int | None = None,
        columns: Sequence[str] | None = None,
        y_down: bool = False,
    ) -> Source:
        """The source that reads a file for this model: of sound, of records of a sensor, or of pen strokes.

        Args:
            path: The file.
            channel: Of sound with several channels, the one to take; all are mixed if not given.
            columns: Of CSV without a header, of a sensor or a pen, the names of its columns.
            y_down: Of a pen, whether y grows downwards.

        Returns:
            Not yet open: a context manager and an iterator of samples.

        Raises:
            ConfigError: A channel of a sensor's or a pen's records, or columns of sound.
        """
        return self.intake.open(path, channel=channel, columns=columns, y_down=y_down)

    def transcribe_chunks(
        self,
        chunks: Iterable[np.ndarray | Overflow | Gap],
        *,
        endpoint: str | EndpointConfig | None = None,
    ) -> Transcript:
        """All words of what comes in chunks at the model's rate; memory does not grow with them.

        After a :class:`~speechlstm.messages.Gap` the model begins afresh; times go on. What was lost by an
        :class:`~speechlstm.messages.Overflow` takes no time.

        Raises:
            ConfigError: The model forecasts, or an endpoint that cannot be.
        """
        if self.kind == "forecasts":
            raise ConfigError(
                f"{self.bundle.name} forecasts {', '.join(self.bundle.vocabulary)}; there is nothing to "
                "transcribe: use `speechlstm forecast`, or Recognizer.forecast()"
            )
        chain = Chain([self.features, self.network, self._decoder(endpoint)])
        told: list[Word | Utterance] = []
        n_before, counted = 0, Counted(chunks)
        while not counted.is_done:
            heard = [one for ready in run(chain, counted) for one in ready]
            told += (later(one, n_before) for one in self.ended(heard, counted.n_heard))
            n_before = counted.n_samples
        return self._transcript(told, counted.n_samples, endpoint)

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
            with self.open(series) as source:
                yield from self.forecast(source)
            return
        chunks = [series] if isinstance(series, np.ndarray) else series
        n_before, counted = 0, Counted(chunks)
        while not counted.is_done:
            for ready in run(self.chain, map(self.intake.checked, counted)):
                yield from (later(forecast, n_before) for forecast in ready)
            n_before = counted.n_samples

    def posteriors(self, samples: np.ndarray) -> Answer:
        """The network's answer to float samples ``[n]`` at the model's rate, frame by frame."""
        answer: Answer = concatenate(
            list(run(Chain([self.features, self.network]), [self.intake.checked(samples)]))
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
            Gates and states by layer and direction, as arrays ``[frames, units]``, with the frames' times;
            and what the lower layers tell of phones, where the network has such a head.

        Raises:
            AudioError: The sound cannot be read, or is neither a path nor an array.
            BundleError: The bundle's graph holds no weights of LSTM cells.
            ConfigError: A rate for a file, or a channel of an array.
            DataError: A sensor's records have a gap.
        """
        with self.intake.chunks(sound, sample_rate_hz, channel) as chunks:
            name = "the array" if isinstance(sound, np.ndarray) else str(sound)
            samples = whole_samples(chunks, self.sample_rate_hz, name)
        config = self.bundle.config
        n_channels = config.features.n_channels
        if not len(samples):
            samples = np.zeros((0,) if n_channels is None else (0, n_channels), np.float32)
        frames = concatenate(list(run(self.features, [samples])))
        setting = config.latency[self.latency]
        answer, inside = trace_frames(frames, self.bundle.weights(), config.network, setting)
        times = config.features.frame_samples, len(samples), self.sample_rate_hz
        return Trace(frames, inside.layers, inside.phones, answer, *times)

    def posteriors_batch(self, clips: Iterable[np.ndarray]) -> list[Answer]:
        """:meth:`posteriors` of several clips, computed side by side in one batch."""
        frames = [concatenate(list(run(self.features, [self.intake.checked(clip)]))) for clip in clips]
        return answer_batch(self.engine, self.bundle.config.latency[self.latency], frames)

    def transcript_of(
        self, answer: Answer, n_samples: int, *, endpoint: str | EndpointConfig | None = None
    ) -> Transcript:
        """The transcript of a whole stream of ``n_samples``, out of the network's answer to it."""
        told = [one for ready in run(self._decoder(endpoint), [answer]) for one in ready]
        return self._transcript(self.ended(told, n_samples), n_samples, endpoint)

    def _transcript(
        self, told: Iterable[Word | Utterance], n_samples: int, endpoint: str | EndpointConfig | None
    ) -> Transcript:
        found = list(told)
        words = tuple(one for one in found if isinstance(one, Word))
        utterances = tuple(one for one in found if isinstance(one, Utterance))
        by_utterance = None if endpoint is None else utterances
        return Transcript(words, n_samples, self.sample_rate_hz, self.kind, by_utterance)

    def _decoder(self, endpoint: str | EndpointConfig | None) -> Stage[Any]:
        """What gives the words, and with an endpoint the utterances."""
        rules = self.endpoint(endpoint) if isinstance(endpoint, str) else endpoint
        return self.decoder if rules is None else endpointer_of(self.bundle.config, self.decoder, rules)

    def words_of(self, answer: Answer, n_samples: int) -> tuple[Word, ...]:
        """The words of a whole stream of ``n_samples``, out of the network's answer to it."""
        return self.transcript_of(answer, n_samples).words

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
        chain = Chain([self.features, self.network, self._decoder(endpoint)])
        resampler = self.intake.resampler(sample_rate_hz)
        # a forecast is never taken back
        partials = partials and self.kind != "forecasts"
        return Stream(chain, self.intake, resampler, ended=self.ended, partials=partials)

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
        return endpoint_of(self.bundle.config, name, silence_s=silence_s, max_s=max_s)
