"""CTC prefix search as a stage: a word counts by all its alignments, not by its best frame alone."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from speechlstm.decode.config import DecoderConfig, lower_blank
from speechlstm.decode.spike import Spike, word_of
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word
from speechlstm.stage import Stage

__all__ = ["PrefixDecoder"]

_NEVER = -math.inf
# tokens below this are no candidates, and frames without candidates leave the hypotheses as they are
_CANDIDATE = math.log(0.003)
# hypotheses this much less likely than the best are dropped
_BEAM = math.log(1e-3)
# and no more are held than this; sure networks seldom hold three
_N_HYPOTHESES = 12


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    """A transcript of what is not settled yet.

    Attributes:
        spikes: Its words.
        last_token: The last token, that of a settled word included; 0 at the beginning.
        in_blank: Log-likelihood of its alignments that end in a blank.
        in_token: Log-likelihood of those that end in the last token.
    """

    spikes: tuple[Spike, ...]
    last_token: int
    in_blank: float
    in_token: float

    @property
    def total(self) -> float:
        return _add(self.in_blank, self.in_token)

    @property
    def first_peak(self) -> float:
        """Frame of the first word's peak; infinity where there is no word."""
        return self.spikes[0].peak_frame if self.spikes else math.inf


@dataclass(frozen=True, slots=True)
class _Beam:
    hypotheses: tuple[_Hypothesis, ...]


class _State(NamedTuple):
    n_frames: int
    last_heard_frame: int
    last_end_samples: int
    beam: _Beam


class PrefixDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` -> words, by prefix search (Graves et al., 2006; Hannun et al., 2014).

    A word whose time the network is not sure of may be likely although no frame gives it half of the
    probability; the sum over its alignments says so. A word is settled ``settle_frames`` after its peak: it
    is given if it leads the best transcript, and what contradicts it is dropped. Its confidence is made of
    its share of the likelihood of all transcripts then held, see :class:`DecoderConfig`.

    Args:
        vocabulary: Words of the tokens 1, 2, ...; token 0 is the blank.
        frame_samples: Samples from one frame to the next.
        config: Threshold and the rest.
    """

    def __init__(self, vocabulary: tuple[str, ...], frame_samples: int, config: DecoderConfig) -> None:
        self.vocabulary, self.frame_samples, self.config = vocabulary, frame_samples, config
        self.latency = config.settle_frames

    def initial_state(self) -> _State:
        return _State(0, -1, 0, _Beam((_Hypothesis((), 0, 0.0, _NEVER),)))

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word, ...], _State]:
        """Take answers of further frames, give the words they settled."""
        log_probs = lower_blank(x.log_probs, self.config.blank_penalty)
        words: list[Word] = []
        n_before, last_heard, last_end = state.n_frames, state.last_heard_frame, state.last_end_samples
        hypotheses = list(state.beam.hypotheses)
        for i in np.flatnonzero((log_probs[:, 1:] > _CANDIDATE).any(axis=1)).tolist():
            frame = n_before + i
            hypotheses, last_end = self._settle(hypotheses, frame - 1, last_end, words)
            if frame > last_heard + 1:
                hypotheses = [_after_blank(h) for h in hypotheses]
            hypotheses, last_heard = _advance(hypotheses, log_probs[i], x.extent[i], frame), frame
        n_frames = n_before + len(log_probs)
        hypotheses, last_end = self._settle(hypotheses, n_frames - 1, last_end, words)
        return tuple(words), _State(n_frames, last_heard, last_end, _Beam(tuple(hypotheses)))

    def flush(self, state: _State) -> tuple[Word, ...]:
        words: list[Word] = []
        self._settle(list(state.beam.hypotheses), None, state.last_end_samples, words)
        return tuple(words)

    def _settle(
        self, hypotheses: list[_Hypothesis], frame: int | None, last_end: int, words: list[Word]
    ) -> tuple[list[_Hypothesis], int]:
        """Settle all words whose peak lies long enough before ``frame`` (``None``: all words)."""
        last_due = math.inf if frame is None else frame - self.config.settle_frames
        # one after the other, as they would fall due frame by frame
        while (
            due := min((h.first_peak for h in hypotheses), default=math.inf)
        ) <= last_due and due < math.inf:
            best = max(hypotheses, key=lambda h: h.total)
            if best.first_peak > due:
                hypotheses = [
                    _waiting(h, best) if h.first_peak <= due else h
                    for h in hypotheses
                    if _agrees(h, best, due)
                ]
                continue
            first, everything = best.spikes[0], _sum(h.total for h in hypotheses)
            hypotheses = [h for h in hypotheses if h.spikes and h.spikes[0].token == first.token]
            posterior = math.exp(_sum(h.total for h in hypotheses) - everything)
            confidence = self.config.confidence(posterior, first.log_prob)
            hypotheses = [_without_first(h) for h in hypotheses]
            if confidence >= self.config.threshold:
                words.append(word_of(first, self.vocabulary, self.frame_samples, confidence, last_end))
                last_end = words[-1].end_samples
        return hypotheses, last_end


def _agrees(h: _Hypothesis, best: _Hypothesis, due: float) -> bool:
    """Whether ``h`` does not contradict the best transcript in what is due."""
    return h.first_peak > due or (bool(best.spikes) and h.spikes[0].token == best.spikes[0].token)


def _waiting(h: _Hypothesis, best: _Hypothesis) -> _Hypothesis:
    """``h``, whose first word waits for the later peak that the best transcript has for it."""
    return _Hypothesis((best.spikes[0], *h.spikes[1:]), h.last_token, h.in_blank, h.in_token)


def _advance(
    hypotheses: list[_Hypothesis], log_probs: np.ndarray, extent: np.ndarray, frame: int
) -> list[_Hypothesis]:
    """One frame of prefix search."""
    row = log_probs.tolist()
    before, after = extent.tolist()
    candidates = [v for v in range(1, len(row)) if row[v] > _CANDIDATE]
    grown: dict[tuple[int, ...], _Hypothesis] = {}

    def add(spikes: tuple[Spike, ...], last_token: int, in_blank: float, in_token: float) -> None:
        key = tuple(spike.token for spike in spikes)
        old = grown.get(key)
        if old is None:
            grown[key] = _Hypothesis(spikes, last_token, in_blank, in_token)
        else:
            grown[key] = _Hypothesis(
                _likelier_peaks(old.spikes, spikes),
                last_token,
                _add(old.in_blank, in_blank),
                _add(old.in_token, in_token),
            )

    for h in hypotheses:
        total, last = h.total, h.last_token
        kept = h.spikes
        if kept and row[last] > kept[-1].log_prob:
            kept = (*kept[:-1], Spike(last, kept[-1].first_frame, frame, row[last], before, after))
        add(kept, last, total + row[0], h.in_token + row[last] if last else _NEVER)
        for v in candidates:
            came = h.in_blank if v == last else total
            if came > _NEVER:
                add((*h.spikes, Spike(v, frame, frame, row[v], before, after)), v, _NEVER, came + row[v])
    ranked = sorted(((h.total, h) for h in grown.values()), key=lambda pair: -pair[0])[:_N_HYPOTHESES]
    best = ranked[0][0]
    return [
        _Hypothesis(h.spikes, h.last_token, h.in_blank - best, h.in_token - best)
        for total, h in ranked
        if total > best + _BEAM
    ]


def _likelier_peaks(one: tuple[Spike, ...], two: tuple[Spike, ...]) -> tuple[Spike, ...]:
    return tuple(max(pair, key=lambda s: (s.log_prob, -s.peak_frame)) for pair in zip(one, two, strict=True))


def _without_first(h: _Hypothesis) -> _Hypothesis:
    return _Hypothesis(h.spikes[1:], h.last_token, h.in_blank, h.in_token)


def _after_blank(h: _Hypothesis) -> _Hypothesis:
    """After frames that hold hardly anything but the blank."""
    return _Hypothesis(h.spikes, h.last_token, h.total, _NEVER)


def _add(a: float, b: float) -> float:
    """``log(exp(a) + exp(b))``."""
    if a < b:
        a, b = b, a
    return a if b == _NEVER else a + math.log1p(math.exp(b - a))


def _sum(values: Iterable[float]) -> float:
    total = _NEVER
    for value in values:
        total = _add(total, value)
    return total
