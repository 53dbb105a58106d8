"""Prefix search frame by frame: the transcripts that are held, each with all its alignments summed."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.decode.grammar import Grammar, Reading
from speechlstm.decode.spike import Spike

__all__ = ["NEVER", "Beam", "Hypothesis", "Limits", "sum_of"]

NEVER = -math.inf


class Limits(NamedTuple):
    """What a search leaves out.

    Attributes:
        candidate: Tokens whose log-probability is below this are no candidates, and frames without candidates
            leave the hypotheses as they are.
        beam: Hypotheses this much less likely than the best are dropped, in nats.
        n_hypotheses: And no more are held than this.
    """

    candidate: float
    beam: float
    n_hypotheses: int


class Hypothesis(NamedTuple):
    """A transcript of what is not settled yet.

    Attributes:
        spikes: Its words.
        last_token: The last token, that of a settled word included; 0 at the beginning.
        in_blank: Log-likelihood of its alignments that end in a blank, less what its words cost.
        in_token: That of those that end in the last token.
        reading: What the grammar makes of its words.
    """

    spikes: tuple[Spike, ...]
    last_token: int
    in_blank: float
    in_token: float
    reading: Reading

    @property
    def total(self) -> float:
        """Log-likelihood of all its alignments, less what its words cost."""
        return _add(self.in_blank, self.in_token)

    @property
    def head(self) -> tuple[Spike, ...]:
        """The words that are decided first; none while the first still waits for its phrase."""
        parts = self.reading.parts
        return self.spikes[: parts[0].n_words] if parts else ()

    @property
    def is_waiting(self) -> bool:
        """Whether its first word waits for its phrase."""
        return bool(self.spikes) and not self.reading.parts

    def after_blank(self) -> "Hypothesis":
        """After frames that hold hardly anything but the blank."""
        return Hypothesis(self.spikes, self.last_token, self.total, NEVER, self.reading)

    def without_head(self) -> "Hypothesis":
        """When its first words are settled."""
        parts = self.reading.parts
        reading = self.reading._replace(parts=parts[1:])
        return self._replace(spikes=self.spikes[parts[0].n_words :], reading=reading)


class Beam:
    """How hypotheses grow.

    Args:
        grammar: What words may follow.
        weights: ``[n_outputs]``, what a word of each token gains, in nats.
        limits: What is left out.
    """

    def __init__(self, grammar: Grammar, weights: Sequence[float], limits: Limits) -> None:
        self.grammar, self.limits = grammar, limits
        self._weights = list(weights)
        self._gains = np.array(weights[1:], np.float32)

    def begin(self) -> Hypothesis:
        """Before the first frame."""
        return Hypothesis((), 0, 0.0, NEVER, self.grammar.begin())

    def candidates(self, log_probs: np.ndarray) -> NDArray[np.int64]:
        """Which frames of ``[n, n_outputs]`` hold a candidate."""
        found: NDArray[np.int64] = np.flatnonzero(
            (log_probs[:, 1:] + self._gains > self.limits.candidate).any(axis=1)
        )
        return found

    def advance(
        self, hypotheses: Iterable[Hypothesis], log_probs: np.ndarray, extent: np.ndarray, frame: int
    ) -> list[Hypothesis]:
        """The hypotheses after a frame, the likeliest first, which has a log-likelihood of 0.

        Args:
            hypotheses: Those before.
            log_probs: ``[n_outputs]``.
            extent: ``[2]``, frames from here back to the start of a word, and on to its end.
            frame: Its number.
        """
        row, weights = log_probs.tolist(), self._weights
        before, after = extent.tolist()
        candidates = [v for v in range(1, len(row)) if row[v] + weights[v] > self.limits.candidate]
        grown: dict[tuple[int, ...], Hypothesis] = {}
        for h in hypotheses:
            total, last, spikes = h.total, h.last_token, h.spikes
            key = tuple(spike.token for spike in spikes)
            if spikes and row[last] > spikes[-1].log_prob:
                peak = Spike(last, spikes[-1].first_frame, frame, row[last], before, after)
                spikes = (*spikes[:-1], peak)
            in_token = h.in_token + row[last] if last else NEVER
            _merge(grown, key, Hypothesis(spikes, last, total + row[0], in_token, h.reading))
            for v in candidates:
                came = h.in_blank if v == last else total
                if came > NEVER:
                    reading, cost = self._read(h.reading, v, frame)
                    spike = Spike(v, frame, frame, row[v], before, after)
                    likelihood = came + row[v] + weights[v] - cost
                    new = Hypothesis((*h.spikes, spike), v, NEVER, likelihood, reading)
                    _merge(grown, (*key, v), new)
        return self._likeliest(grown.values())

    def lapse(self, h: Hypothesis) -> Hypothesis:
        """``h`` when no word has come for too long: those that waited for their phrase are rejected."""
        reading, n_rejected = self.grammar.lapse(h.reading)
        cost = n_rejected * self.grammar.config.reject_nats
        return h._replace(in_blank=h.in_blank - cost, in_token=h.in_token - cost, reading=reading)

    def _read(self, reading: Reading, token: int, frame: int) -> tuple[Reading, float]:
        reading, n_rejected = self.grammar.read(reading, token, frame)
        return reading, n_rejected * self.grammar.config.reject_nats

    def _likeliest(self, grown: Iterable[Hypothesis]) -> list[Hypothesis]:
        ranked = sorted(((h.total, h) for h in grown), key=lambda pair: -pair[0])
        best = ranked[0][0]
        return [
            Hypothesis(h.spikes, h.last_token, h.in_blank - best, h.in_token - best, h.reading)
            for total, h in ranked[: self.limits.n_hypotheses]
            if total > best - self.limits.beam
        ]


def _merge(grown: dict[tuple[int, ...], Hypothesis], key: tuple[int, ...], new: Hypothesis) -> None:
    """Add the alignments of one transcript; when its words came is what the likelier of them say."""
    old = grown.get(key)
    if old is None:
        grown[key] = new
        return
    grown[key] = Hypothesis(
        _likelier_peaks(old.spikes, new.spikes),
        new.last_token,
        _add(old.in_blank, new.in_blank),
        _add(old.in_token, new.in_token),
        old.reading if old.reading == new.reading or old.total >= new.total else new.reading,
    )


def _likelier_peaks(one: tuple[Spike, ...], two: tuple[Spike, ...]) -> tuple[Spike, ...]:
    return tuple(max(pair, key=lambda s: (s.log_prob, -s.peak_frame)) for pair in zip(one, two, strict=True))


def _add(a: float, b: float) -> float:
    """``log(exp(a) + exp(b))``."""
    if a < b:
        a, b = b, a
    return a if b == NEVER else a + math.log1p(math.exp(b - a))


def sum_of(hypotheses: Iterable[Hypothesis]) -> float:
    """Log of the sum of their likelihoods."""
    total = NEVER
    for h in hypotheses:
        total = _add(total, h.total)
    return total
