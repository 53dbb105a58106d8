"""Greedy CTC decoding as a stage: a word the moment its spike is over."""

import math
from typing import NamedTuple

import numpy as np

from speechlstm.decode.config import DecoderConfig, lower_blank
from speechlstm.decode.spike import Spike, word_of
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word
from speechlstm.stage import Stage

__all__ = ["GreedyDecoder"]


class _State(NamedTuple):
    n_frames: int
    last_token: int
    last_end_samples: int
    spike: Spike


_NO_SPIKE = Spike(0, 0, 0, 0.0, 0.0, 0.0)


class GreedyDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` -> words, by the best path (Graves et al., 2006).

    A run of one token is one word; a blank or another token ends it. The word is given
    ``settle_frames`` after the run began, with the confidence and the extent of its peak.

    Args:
        vocabulary: Words of the tokens 1, 2, ...; token 0 is the blank.
        frame_samples: Samples from one frame to the next.
        config: Threshold and the rest.
    """

    def __init__(self, vocabulary: tuple[str, ...], frame_samples: int, config: DecoderConfig) -> None:
        self.vocabulary, self.frame_samples, self.config = vocabulary, frame_samples, config
        self.latency = config.settle_frames

    def initial_state(self) -> _State:
        return _State(0, 0, 0, _NO_SPIKE)

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word, ...], _State]:
        """Take answers of further frames, give the words they made final."""
        n_frames, last_token, last_end, spike = state
        x = x._replace(log_probs=lower_blank(x.log_probs, self.config.blank_penalty))
        tokens = x.log_probs.argmax(axis=1)
        words: list[Word] = []
        spoken = np.flatnonzero(tokens)
        for i, frame in zip(spoken.tolist(), (spoken + n_frames).tolist(), strict=True):
            token = int(tokens[i])
            before = tokens[i - 1] if i else last_token
            spike, last_end = self._settle(spike, frame, last_end, words)
            if token != before:
                _, last_end = self._settle(spike, None, last_end, words)
                spike = self._spike(x, i, frame, token, first_frame=frame)
            elif spike.token and x.log_probs[i, token] > spike.log_prob:
                spike = self._spike(x, i, frame, token, first_frame=spike.first_frame)
        n_frames += len(tokens)
        spike, last_end = self._settle(spike, n_frames, last_end, words)
        last_token = int(tokens[-1]) if len(tokens) else last_token
        return tuple(words), _State(n_frames, last_token, last_end, spike)

    def flush(self, state: _State) -> tuple[Word, ...]:
        words: list[Word] = []
        self._settle(state.spike, None, state.last_end_samples, words)
        return tuple(words)

    def _spike(self, x: Answer, i: int, frame: int, token: int, *, first_frame: int) -> Spike:
        before, after = x.extent[i].tolist()
        return Spike(token, first_frame, frame, float(x.log_probs[i, token]), before, after)

    def _settle(self, spike: Spike, frame: int | None, last_end: int, words: list[Word]) -> tuple[Spike, int]:
        """Give the spike's word if its time is over at ``frame`` (``None``: whatever the time)."""
        if not spike.token or (frame is not None and frame <= spike.first_frame + self.config.settle_frames):
            return spike, last_end
        confidence = self.config.confidence(math.exp(spike.log_prob), spike.log_prob)
        if confidence >= self.config.threshold:
            words.append(word_of(spike, self.vocabulary, self.frame_samples, confidence, last_end))
            last_end = words[-1].end_samples
        return _NO_SPIKE, last_end
