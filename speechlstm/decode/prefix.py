"""CTC prefix search as a stage: a word counts by all its alignments, not by its best frame alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from speechlstm.config import require
from speechlstm.decode.beam import Beam, Hypothesis, Limits, sum_of
from speechlstm.decode.config import DecoderConfig, lower_blank
from speechlstm.decode.grammar import Grammar
from speechlstm.decode.phrases import no_such_word
from speechlstm.decode.spike import word_of
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word
from speechlstm.stage import Stage

__all__ = ["PrefixDecoder"]

# sure networks seldom hold three hypotheses
_LIMITS = Limits(candidate=math.log(0.003), beam=math.log(1e3), n_hypotheses=12)
# what seems unlikely may be what completes a phrase
_LIMITS_OF_PHRASES = Limits(candidate=math.log(0.0005), beam=math.log(1e6), n_hypotheses=48)


@dataclass(frozen=True, slots=True)
class _Held:
    hypotheses: tuple[Hypothesis, ...]


class _State(NamedTuple):
    n_frames: int
    last_heard_frame: int
    last_end_samples: int
    held: _Held


class PrefixDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` -> words, by prefix search (Graves et al., 2006; Hannun et al., 2014).

    A word whose time the network is not sure of may be likely although no frame gives it half of the
    probability; the sum over its alignments says so. A word is settled ``settle_frames`` after its peak: it
    is given if it leads the best transcript, and what contradicts it is dropped. Its confidence is made of
    its share of the likelihood of all transcripts then held, see :class:`DecoderConfig`.

    With a grammar, transcripts that reject words are less likely by what that costs. The words of a phrase
    are settled together, ``settle_frames`` after the last one's peak, or never: those of a phrase that does
    not go on in time, and those between phrases, are not given. While the best transcript waits for more
    words of a phrase all others wait too, ``wait_frames`` at most. A phrase is given if the mean confidence
    of its words reaches the threshold.

    Args:
        vocabulary: Words of the tokens 1, 2, ...; token 0 is the blank.
        frame_samples: Samples from one frame to the next.
        config: Threshold and the rest.

    Raises:
        ConfigError: A grammar that cannot be read or satisfied, or a weight of an unknown word.
    """

    def __init__(self, vocabulary: tuple[str, ...], frame_samples: int, config: DecoderConfig) -> None:
        self.vocabulary, self.frame_samples, self.config = vocabulary, frame_samples, config
        grammar = Grammar(vocabulary, config.grammar)
        self.wait_frames = grammar.wait_frames
        self.latency = config.settle_frames + self.wait_frames
        self._beam = Beam(
            grammar,
            _weights(config.hotwords, vocabulary),
            _LIMITS_OF_PHRASES if self.wait_frames else _LIMITS,
        )

    def initial_state(self) -> _State:
        return _State(0, -1, 0, _Held((self._beam.begin(),)))

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word, ...], _State]:
        """Take answers of further frames, give the words they settled."""
        log_probs = lower_blank(x.log_probs, self.config.blank_penalty)
        words: list[Word] = []
        n_before, last_heard, last_end = state.n_frames, state.last_heard_frame, state.last_end_samples
        hypotheses = list(state.held.hypotheses)
        for i in self._beam.candidates(log_probs).tolist():
            frame = n_before + i
            hypotheses, last_end = self._settle(hypotheses, frame - 1, last_end, words)
            if frame > last_heard + 1:
                hypotheses = [h.after_blank() for h in hypotheses]
            hypotheses = self._beam.advance(hypotheses, log_probs[i], x.extent[i], frame)
            last_heard = frame
        n_frames = n_before + len(log_probs)
        hypotheses, last_end = self._settle(hypotheses, n_frames - 1, last_end, words)
        return tuple(words), _State(n_frames, last_heard, last_end, _Held(tuple(hypotheses)))

    def flush(self, state: _State) -> tuple[Word, ...]:
        words: list[Word] = []
        ended = [self._beam.lapse(h) for h in state.held.hypotheses]
        self._settle(ended, math.inf, state.last_end_samples, words)
        return tuple(words)

    def is_waiting(self, state: _State) -> bool:
        """Whether the likeliest transcript ends in words that wait for the rest of their phrase."""
        return bool(max(state.held.hypotheses, key=lambda h: h.total).reading.waiting)

    def _settle(
        self, hypotheses: list[Hypothesis], until: float, last_end: int, words: list[Word]
    ) -> tuple[list[Hypothesis], int]:
        """Settle all that falls due up to frame ``until``, in the order in which it does."""
        # an event changes what is due, so it is one after the other, as if every frame came by itself
        while True:
            due = min(map(self._due, hypotheses))
            lapse = min(map(self._lapse, hypotheses)) if self.wait_frames else math.inf
            if min(due, lapse) > until or min(due, lapse) == math.inf:
                return hypotheses, last_end
            best = max(hypotheses, key=lambda h: h.total)
            at = due + self.wait_frames if best.is_waiting else due
            if min(at, lapse) > until:
                return hypotheses, last_end
            if lapse <= at:
                hypotheses = [self._beam.lapse(h) if self._lapse(h) <= lapse else h for h in hypotheses]
            elif self._due(best) > due:
                hypotheses = [
                    _waiting(h, best) if self._due(h) <= due else h
                    for h in hypotheses
                    if self._due(h) > due or _agrees(h, best)
                ]
            else:
                hypotheses, last_end = self._give(hypotheses, best, last_end, words)

    def _give(
        self, hypotheses: list[Hypothesis], best: Hypothesis, last_end: int, words: list[Word]
    ) -> tuple[list[Hypothesis], int]:
        """Settle the first words of the best transcript."""
        head, confidences = best.head, []
        for i, spike in enumerate(head):
            everything = sum_of(hypotheses)
            hypotheses = [h for h in hypotheses if len(h.spikes) > i and h.spikes[i].token == spike.token]
            posterior = math.exp(sum_of(hypotheses) - everything)
            confidences.append(self.config.confidence(posterior, spike.log_prob))
        if best.reading.parts[0].is_given and sum(confidences) >= self.config.threshold * len(head):
            for spike, confidence in zip(head, confidences, strict=True):
                words.append(word_of(spike, self.vocabulary, self.frame_samples, confidence, last_end))
                last_end = words[-1].end_samples
        return [h.without_head() for h in hypotheses if _agrees(h, best)], last_end

    def _due(self, h: Hypothesis) -> float:
        """Frame at which its first words are settled."""
        parts = h.reading.parts
        last = h.spikes[parts[0].n_words - 1].peak_frame if parts else math.inf
        return last + self.config.settle_frames

    def _lapse(self, h: Hypothesis) -> float:
        """Frame at which its words have waited too long for the rest of their phrase."""
        n_waiting = len(h.reading.waiting)
        if not n_waiting:
            return math.inf
        pause = self.config.grammar.pause_frames
        return min(h.reading.last_frame + pause, h.spikes[-n_waiting].peak_frame + self.wait_frames) + 1


def _agrees(h: Hypothesis, best: Hypothesis) -> bool:
    """Whether ``h`` has the same first words as the best transcript, decided alike."""
    return h.reading.parts[:1] == best.reading.parts[:1] and all(
        one.token == other.token for one, other in zip(h.head, best.head, strict=True)
    )


def _waiting(h: Hypothesis, best: Hypothesis) -> Hypothesis:
    """``h``, whose first words wait for the later peaks that the best transcript has for them."""
    return h._replace(spikes=(*best.head, *h.spikes[len(best.head) :]))


def _weights(hotwords: Mapping[str, float], vocabulary: tuple[str, ...]) -> list[float]:
    """What each token gains, the blank first."""
    for word in hotwords:
        require(word in vocabulary, f"hotwords: {no_such_word(word, vocabulary)}")
    return [0.0, *(hotwords.get(word, 0.0) for word in vocabulary)]
