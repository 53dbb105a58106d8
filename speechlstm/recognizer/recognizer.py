"""The public API: a bundle becomes something that hears."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from speechlstm.bundle import Bundle, find
from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.messages import Forecast, Gap, Overflow, Transcript, Utterance, Word, later
from speechlstm.recognizer.adaptation import Adaptation, adapted
from speechlstm.recognizer.endpoints import endpoint_of, with_endpoint
from speechlstm.recognizer.loaded_model import LoadedModel
from speechlstm.recognizer.series import forecasts, opened
from speechlstm.recognizer.stream import Stream
from speechlstm.sources.counted import Counted
from speechlstm.sources.source import Source
from speechlstm.stage import Chain, Stage, run
from speechlstm.timing import Rate

__all__ = ["Recognizer"]


class Recognizer(LoadedModel):
    """A loaded model that hears files, arrays and live streams; made by :meth:`load`, or of a bundle.

    May be shared by threads, each with streams of its own.

    Example:
        >>> recognizer = Recognizer.load("words-en")
        >>> recognizer.transcribe("samples/digits.wav").text
        'three five zero nine'
    """

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
            latency: ``low``, ``balanced``, ``high`` or ``offline``.
            engine: ``onnx`` or ``keras`` (needs TensorFlow).
            n_threads: Threads of one step of the network.
            sensitivity: 0 (few words, few false ones) to 1; 0.5 is the model's own operating point.
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

        Warns:
            SoundWarning: The answer is in doubt: a file that is silent, cut short or shorter than a frame, or
                samples far out of scale.
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
        record_rate_hz: Rate | None = None,
    ) -> Source:
        """The source that reads a file for this model: of sound, of records of a sensor, or of pen strokes.

        Args:
            path: The file.
            channel: Of sound with several channels, the one to take; all are mixed if not given.
            columns: Of CSV without a header, of a sensor or a pen, the names of its columns.
            y_down: Of a pen, whether y grows downwards.
            record_rate_hz: Of a sensor, the rate of records that carry no time; the model's own if not given.

        Returns:
            Not yet open: a context manager and an iterator of samples.

        Raises:
            ConfigError: A channel of a sensor's or a pen's records, columns of sound, or a rate of records of
                either but a sensor.
        """
        return self.intake.open(
            path, channel=channel, columns=columns, y_down=y_down, record_rate_hz=record_rate_hz
        )

    def transcribe_chunks(
        self,
        chunks: Iterable[np.ndarray | Overflow | Gap],
        *,
        endpoint: str | EndpointConfig | None = None,
    ) -> Transcript:
        """All words of what comes in chunks at the model's rate; memory does not grow with them.

        After a :class:`~speechlstm.messages.Gap` the model begins afresh; times go on. What was lost by an
        :class:`~speechlstm.messages.Overflow` takes no time.

        Args:
            chunks: Float samples ``[n]`` in -1..1, of a sensor ``[n, n_channels]``; any ``n``.
            endpoint: As for :meth:`transcribe`.

        Raises:
            AudioError: Samples of another shape or type, or not finite.
            ConfigError: The model forecasts, or an endpoint that cannot be.
        """
        self._require_transcripts()
        chain = Chain([self.features, self.network, self._decoder(endpoint)])
        told: list[Word | Utterance] = []
        n_before, counted = 0, Counted(self.intake.all_checked(chunks))
        while not counted.is_done:
            heard = [one for ready in run(chain, counted) for one in ready]
            told += (later(one, n_before) for one in self.output.ended(heard, counted.n_heard))
            n_before = counted.n_samples
        return self.output.transcript(told, counted.n_samples, by_utterance=endpoint is not None)

    def forecast(
        self, series: str | os.PathLike[str] | np.ndarray | Iterable[np.ndarray | Overflow | Gap]
    ) -> Iterator[Forecast]:
        """A forecast after every sample of a series, once the model has heard enough of it.

        Args:
            series: A path to a file of records, samples ``[n, n_channels]`` in the units of the channels, or
                chunks of them at the model's rate. After a gap the model begins afresh.

        Returns:
            The forecasts, one after the other, the same that :meth:`stream` gives.

        Raises:
            AudioError: Samples of another shape or type, or not finite; of chunks while iterating.
            ConfigError: The model does not forecast.
            DataError: A file that cannot be opened, or while iterating one that cannot be read.
        """
        if self.kind != "forecasts":
            raise ConfigError(f"{self.bundle.name} does not forecast: it gives {self.kind}")
        if isinstance(series, str | os.PathLike):
            series = opened(self.intake.open(series))
        chunks = [self.intake.checked(series)] if isinstance(series, np.ndarray) else series
        return forecasts(self.chain, self.intake.all_checked(chunks))

    def transcript_of(
        self, answer: Answer, n_samples: int, *, endpoint: str | EndpointConfig | None = None
    ) -> Transcript:
        """The transcript of a whole stream, out of the network's answer to it.

        Args:
            answer: As :meth:`posteriors` gives it.
            n_samples: Samples that it answers, at the model's rate; the last segment or writing ends there.
            endpoint: As for :meth:`transcribe`.

        Raises:
            ConfigError: The model forecasts, or an endpoint that cannot be.

        Example:
            >>> recognizer = Recognizer.load("words-en")
            >>> sound = np.zeros(8000, np.float32)  # a second in which nothing is said
            >>> recognizer.transcript_of(recognizer.posteriors(sound), len(sound)).words
            ()
        """
        self._require_transcripts()
        told = [one for ready in run(self._decoder(endpoint), [answer]) for one in ready]
        ended = self.output.ended(told, n_samples)
        return self.output.transcript(ended, n_samples, by_utterance=endpoint is not None)

    def words_of(self, answer: Answer, n_samples: int) -> tuple[Word, ...]:
        """The words of :meth:`transcript_of`, in order of time.

        Args:
            answer: As :meth:`posteriors` gives it.
            n_samples: Samples that it answers, at the model's rate.

        Raises:
            ConfigError: The model forecasts.
        """
        return self.transcript_of(answer, n_samples).words

    def stream(
        self,
        *,
        sample_rate_hz: int | None = None,
        partials: bool = True,
        endpoint: str | EndpointConfig | None = None,
    ) -> Stream:
        """Begin a live stream.

        Args:
            sample_rate_hz: Rate of the samples that will be fed; the model's if not given. Another one adds
                :func:`~speechlstm.sources.resample.resampling_delay_samples` to the delay: 75 ms from 48 kHz
                to 8 kHz, 118 ms from 16 kHz.
            partials: Whether to say what the model believes of what is not final yet.
            endpoint: When an utterance is over: ``short``, ``default`` or ``long``, as the bundle has them,
                or rules of one's own, see :meth:`endpoint`. An :class:`~speechlstm.messages.Utterance` then
                follows the last word of each. None for words alone.

        Raises:
            AudioError: A rate that no sound has.
            ConfigError: Another rate than the model's for a sensor, an unknown endpoint, or one for a model
                that gives no words in a row.

        Example:
            >>> stream = Recognizer.load("words-en").stream(sample_rate_hz=16_000)
            >>> nothing_said = np.zeros(16_000, np.float32)
            >>> stream.feed(nothing_said), stream.finish()
            ((), ())
            >>> stream.n_samples  # at the model's 8 kHz
            8000
        """
        chain = Chain([self.features, self.network, self._decoder(endpoint)])
        resampler = self.intake.resampler(sample_rate_hz)
        return Stream(chain, self.intake, self.output, resampler=resampler, partials=partials)

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

    def _require_transcripts(self) -> None:
        if self.kind == "forecasts":
            raise ConfigError(
                f"{self.bundle.name} forecasts {', '.join(self.bundle.vocabulary)}; there is nothing to "
                "transcribe: use `speechlstm forecast`, or Recognizer.forecast()"
            )

    def _decoder(self, endpoint: str | EndpointConfig | None) -> Stage[Any]:
        """What gives the words, and with an endpoint the utterances."""
        return with_endpoint(self.bundle.config, self.decoder, endpoint)
