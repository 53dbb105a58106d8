"""A loaded model: its parts at a setting of the dial, and what its network answers frame by frame."""

from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from speechlstm.bundle import Bundle
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.engine.engine import Answer
from speechlstm.engine.stage import NetworkStage, answer_batch
from speechlstm.features.frontend import levels_of, limits_of
from speechlstm.messages import Kind
from speechlstm.recognizer.intake import Intake
from speechlstm.recognizer.output import Output
from speechlstm.recognizer.parts import decoder_of, engine_of, lead_of, require_latency
from speechlstm.stage import Chain, concatenate, run
from speechlstm.timing import Rate
from speechlstm.trace import Trace, trace_frames

if TYPE_CHECKING:
    from speechlstm.sources.sensor import Sensor

__all__ = ["LoadedModel"]


class LoadedModel:
    """A bundle's front end, network and decoder at a setting of the dial; what it hears and what it gives.

    Args:
        bundle: The model.
        latency: ``low``, ``balanced``, ``high`` or ``offline``.
        engine: ``onnx`` or ``keras`` (needs TensorFlow).
        n_threads: Threads of one step of the network.
        sensitivity: 0 (few words, few false ones) to 1; 0.5 is the model's own operating point.

    Raises:
        ConfigError: Unknown latency or engine, or a sensitivity out of range or of a model that has none.
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
        self.intake = Intake(bundle.name, features, limits_of(bundle.front_end), levels_of(bundle.front_end))
        self.output = Output(bundle.config)
        self.engine = engine_of(bundle, engine, n_threads)
        self.features, self.lead = bundle.front_end.chain(), lead_of(bundle.front_end)
        self.decoder = decoder_of(bundle, sensitivity)
        self._turn(latency)

    def at_latency(self, latency: str) -> Self:
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
        self.network = NetworkStage(self.engine, self.bundle.config.latency[latency], self.lead)
        self.chain = Chain([self.features, self.network, self.decoder])

    @property
    def hears_sound(self) -> bool:
        """Whether it takes sound; else the samples of a sensor's channels, or a pen's points."""
        return self.intake.hears_sound

    @property
    def kind(self) -> Kind:
        """``words`` of sound, ``writing`` of a pen, ``segments`` of a class each, or ``forecasts``."""
        return self.output.kind

    @property
    def sound_rate_hz(self) -> int:
        """Samples per second of the sound that it hears.

        Raises:
            ConfigError: It hears a sensor or reads a pen.
        """
        return self.intake.sound_rate_hz

    @property
    def reads_pen(self) -> bool:
        """Whether it takes the points of a pen."""
        return self.intake.reads_pen

    @property
    def sensor(self) -> "Sensor":
        """Channels, rate, longest gap, limits, units and levels of the sensor it hears.

        Raises:
            ConfigError: It hears sound or reads a pen.
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

    def posteriors(self, samples: np.ndarray) -> Answer:
        """The network's answer to a whole stream, frame by frame.

        Args:
            samples: Float samples ``[n]`` in -1..1 at the model's rate, of a sensor ``[n, n_channels]``.

        Returns:
            Of sound and sensors one frame for every ``bundle.config.features.frame_samples`` begun, of sound
            with the ``tail_frames`` of silence behind it: natural
            logarithms of probabilities ``[frames, n_outputs]``, see
            :class:`~speechlstm.engine.engine.Answer`.

        Raises:
            AudioError: Samples of another shape or type, or not finite.
        """
        answer: Answer = concatenate(
            list(run(Chain([self.features, self.network]), [self.intake.checked(samples)]))
        )
        return answer

    def frames(self, samples: np.ndarray) -> np.ndarray:
        """What the front end makes of a whole stream.

        Args:
            samples: As for :meth:`posteriors`.

        Returns:
            ``[n, n_features]``, of sound with the ``onset_frames`` before it and the ``tail_frames`` behind.

        Raises:
            AudioError: As of :meth:`posteriors`.
        """
        found: np.ndarray = concatenate(list(run(self.features, [self.intake.checked(samples)])))
        return found

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
            sound: As for :meth:`Recognizer.transcribe`; of a sensor a path or samples ``[n, n_channels]``.
            sample_rate_hz: As for :meth:`Recognizer.transcribe`.
            channel: As for :meth:`Recognizer.transcribe`.

        Returns:
            Gates and states by layer and direction, as arrays ``[frames, units]``, with the frames' times;
            and what the lower layers tell of phones, where the network has such a head.

        Raises:
            AudioError: The sound cannot be read, or is neither a path nor an array.
            BundleError: The bundle's graph holds no weights of LSTM cells.
            ConfigError: A rate for a file, or a channel of an array.
            DataError: A sensor's records have a gap.
        """
        samples = self.intake.whole(sound, sample_rate_hz, channel)
        config = self.bundle.config
        frames = self.frames(samples)
        answer, inside = trace_frames(
            frames, self.bundle.weights(), config.network, self.network.setting, self.lead
        )
        times = config.features.frame_samples, len(samples), self.sample_rate_hz
        n_onset = len(frames) - len(answer.log_probs)
        return Trace(frames[n_onset:], inside.layers, inside.phones, answer, *times)

    def posteriors_batch(self, clips: Iterable[np.ndarray]) -> list[Answer]:
        """:meth:`posteriors` of several clips, computed side by side in one batch.

        Args:
            clips: Samples of each, as for :meth:`posteriors`; of any lengths.

        Returns:
            One for each clip, equal to that of :meth:`posteriors` within 1e-4.

        Raises:
            AudioError: As of :meth:`posteriors`.
        """
        return answer_batch(self.network, [self.frames(clip) for clip in clips])

    def labels(self, answer: Answer) -> np.ndarray:
        """The class of the segment that each frame of an answer lies in, int64 ``[n]``, -1 for none.

        Raises:
            ConfigError: The model hears words, not classes of frames.
        """
        return self.output.labels(answer)
