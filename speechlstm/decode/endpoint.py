"""When an utterance is over: nothing but blanks for so long after a word, or a length that is enough."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from speechlstm.config import require
from speechlstm.engine.engine import Answer
from speechlstm.messages import Utterance, Word
from speechlstm.odds import BY_THEMSELVES, Joint
from speechlstm.stage import Stage

__all__ = ["EndpointConfig", "Endpointer", "presets"]

# a frame with less blank than this is no silence: a word may be coming, long before it is given
_SILENCE = math.log(0.99)


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """When an utterance is over.

    Attributes:
        silence_frames: Frames of the network in a row, each with 99 % blank or more, since the end of the
            last word. A word shows only after it began, so a short silence parts the words of slow speech.
        max_frames: Frames from the start of the first word after which it is over in any case.
    """

    silence_frames: int = 40
    max_frames: int = 667

    def __post_init__(self) -> None:
        for name in ("silence_frames", "max_frames"):
            value = getattr(self, name)
            require(value >= 1, f"endpoint.{name} must be 1 or more, got {value}")


def presets() -> dict[str, EndpointConfig]:
    """What a bundle offers by name; of frames of 30 ms 0.6, 1.2 and 2.4 s, and at most 10, 20 and 60 s."""
    return {
        "short": EndpointConfig(20, 333),
        "default": EndpointConfig(),
        "long": EndpointConfig(80, 2000),
    }


@dataclass(frozen=True, slots=True)
class _Open:
    words: tuple[Word, ...]


class _State(NamedTuple):
    """What the decoder remembers, the frames up to now and to the last that was no blank, the open words."""

    decoder: Any
    n_frames: int
    n_frames_heard: int
    utterance: _Open


class Endpointer(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` -> the words of a decoder, and after the last of each utterance an
    :class:`Utterance`.

    The rules are of the kind that Kaldi's online decoders have; the silence is what the network takes for a
    blank, so other speech is silence too. They are looked at after every frame: an utterance ends at the same
    frame whatever the chunks. A silence within a phrase of a grammar ends nothing, while the phrase may still
    go on; its greatest length ends an utterance there too.

    Args:
        decoder: What gives the words.
        frame_samples: Samples from one frame to the next.
        config: The rules.
        joint: What makes the confidence of an utterance.
        is_waiting: Whether the decoder, in some state, holds words that wait for the rest of their phrase.
    """

    def __init__(
        self,
        decoder: Stage[Any],
        frame_samples: int,
        config: EndpointConfig,
        *,
        joint: Joint = BY_THEMSELVES,
        is_waiting: Callable[[Any], bool] = lambda state: False,
    ) -> None:
        self.decoder, self.frame_samples, self.config = decoder, frame_samples, config
        self.latency, self._is_waiting = decoder.latency, is_waiting
        self._joint = joint

    def initial_state(self) -> _State:
        return _State(self.decoder.initial_state(), 0, 0, _Open(()))

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word | Utterance, ...], _State]:
        """Take answers of further frames, give the words they settled and the utterances they ended."""
        told: list[Word | Utterance] = []
        inner, n_frames, n_heard, said = (*state[:3], state.utterance.words)
        for i, blank in enumerate(x.log_probs[:, 0].tolist()):
            words, inner = self.decoder.step(Answer(*(part[i : i + 1] for part in x)), inner)
            n_frames, said = n_frames + 1, said + words
            n_heard = n_frames if blank < _SILENCE else n_heard
            told += words
            if said and n_frames >= self._end_frame(said, n_heard, inner):
                told.append(self._utterance(said, n_frames))
                said = ()
        return tuple(told), _State(inner, n_frames, n_heard, _Open(said))

    def flush(self, state: _State) -> tuple[Word | Utterance, ...]:
        words: tuple[Word, ...] = self.decoder.flush(state.decoder)
        said = state.utterance.words + words
        return (*words, self._utterance(said, state.n_frames)) if said else ()

    def _utterance(self, words: tuple[Word, ...], n_frames: int) -> Utterance:
        return Utterance(words, n_frames * self.frame_samples, self._joint)

    def _end_frame(self, words: tuple[Word, ...], n_heard: int, inner: Any) -> int:
        """The frame at which an utterance of these words is over if all that comes is blank."""
        latest = words[0].start_samples // self.frame_samples + self.config.max_frames
        if self._is_waiting(inner):
            return latest
        quiet_from = max(n_heard, -(-words[-1].end_samples // self.frame_samples))
        return min(quiet_from + self.config.silence_frames, latest)
