"""One live stream of a recogniser: what became final, and what is believed of the rest."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from speechlstm.engine.stage import NetworkState
from speechlstm.errors import AudioError
from speechlstm.messages import Event, Final, Forecast, Partial, Utterance, Word
from speechlstm.recognizer.intake import Intake
from speechlstm.recognizer.output import Output
from speechlstm.sources.resample import StreamResampler
from speechlstm.stage import Chain

__all__ = ["Stream"]

# a belief computes all that is pending, so it waits for this share of it to be new: else a stream whose
# chunk is long would take time that grows with the square of it
_PENDING_A_NEW_FRAME = 32
# its place in the chain
_NETWORK = 1


class Stream:
    """One live stream of sound, a sensor's samples or a pen's points; made by :meth:`Recognizer.stream`.

    Not to be shared by threads; streams of one recogniser may run in a thread each.

    Attributes:
        n_samples: Samples heard so far, at the model's rate. What the resampler still holds, of another rate,
            is not among them before :meth:`finish`.
    """

    def __init__(
        self,
        chain: Chain,
        intake: Intake,
        output: Output,
        *,
        resampler: StreamResampler | None,
        partials: bool,
    ) -> None:
        self._intake, self._output = intake, output
        # a forecast is never taken back
        self._resampler, self._partials = resampler, partials and output.kind != "forecasts"
        self._chain, self._state = chain, chain.initial_state()
        # the words of the last partial, less those that a final has overtaken
        self._believed: tuple[Word, ...] = ()
        self._believed_at_frame = 0
        self._is_finished = False
        self.n_samples = 0

    def feed(self, samples: np.ndarray) -> tuple[Event, ...]:
        """Take the next samples.

        Args:
            samples: Float samples ``[n]`` in -1..1, of a sensor ``[n, n_channels]`` in its units; any ``n``.
                They are copied.

        Returns:
            What became final, in order of time and in samples at the model's rate, then what is believed of
            the rest if that has changed.

        Raises:
            AudioError: Samples of another shape or type, or not finite, which leave the stream as it was; or
                the stream is finished.
        """
        self._require_open()
        checked = self._intake.checked(samples)
        final = self._hear(checked if self._resampler is None else self._resampler.feed(checked))
        # a final ends the partial, so what it leaves open is said again
        return (*final, *self._belief(anew=bool(final and self._believed)))

    def finish(self) -> tuple[Event, ...]:
        """End the stream: the last words, and nothing believed any more.

        Raises:
            AudioError: The stream was finished before.
        """
        self._require_open()
        self._is_finished = True
        tail = () if self._resampler is None else self._hear(self._resampler.finish())
        final = (*tail, *self._settle(self._owed()))
        return (*final, Partial(())) if self._believed else final

    def _require_open(self) -> None:
        if self._is_finished:
            raise AudioError("the stream is finished; begin another with Recognizer.stream()")

    def _hear(self, samples: np.ndarray) -> tuple[Event, ...]:
        self.n_samples += len(samples)
        told, self._state = self._chain.step(samples, self._state)
        return self._settle(told)

    def _settle(self, told: tuple[Word | Utterance | Forecast, ...]) -> tuple[Event, ...]:
        """What was told as events; words that no end of an utterance parts are one."""
        events: list[Event] = []
        words: list[Word] = []
        for one in told:
            if isinstance(one, Word):
                words.append(one)
                continue
            if isinstance(one, Utterance):
                events += self._final(words)
                words = []
            events.append(one)
        return (*events, *self._final(words))

    def _final(self, words: Sequence[Word]) -> Iterator[Final]:
        if words:
            self._believed = tuple(w for w in self._believed if w.start_samples >= words[-1].end_samples)
            yield Final(tuple(words))

    def _belief(self, *, anew: bool) -> Iterator[Partial]:
        """What is believed of sound that is not final, if it has changed or shall be said anew."""
        frame = self.n_samples // self._intake.features.frame_samples
        n_new_frames = frame - self._believed_at_frame
        is_early = n_new_frames < self._n_frames_between_beliefs() and not anew
        if not self._partials or is_early:
            return
        self._believed_at_frame = frame
        words = tuple(one for one in self._owed() if isinstance(one, Word))
        if anew or [word.text for word in words] != [word.text for word in self._believed]:
            self._believed = words
            yield Partial(words)

    def _owed(self) -> tuple[Any, ...]:
        """What is left to tell if the stream ends here: words, utterances or forecasts."""
        return self._output.ended(self._chain.flush(self._state), self.n_samples)

    def _n_frames_between_beliefs(self) -> int:
        pending: NetworkState = self._state[_NETWORK]
        return max(1, pending.n_owed // _PENDING_A_NEW_FRAME)
