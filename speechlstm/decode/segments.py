"""From a class for every frame to segments: smoothed, with a minimum duration and hysteresis."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.config import require, unknown_key
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word
from speechlstm.stage import Stage

__all__ = ["SegmentConfig", "SegmentDecoder", "labels_of"]

_NO_LABEL = -1


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Settings of the segment decoder.

    Attributes:
        smooth_frames: Time constant of the smoothing of the probabilities, in frames; 0 for none. A clean
            change of label is seen about 0.7 time constants late.
        min_frames: Frames in a row in which a new label must lead before it replaces the running one; no
            segment is shorter.
        enter: Smallest smoothed probability with which a new label leads, above 0, up to 1.
        stay: Smoothed probability from which on the running label stays whatever leads, above 0, up to
            ``enter``; the lower, the longer it stays.
        unlabelled: Names of classes that give no segment, such as ``null``.
        method: ``segments``, which tells these settings from those of a decoder of words.
    """

    smooth_frames: float = 4.0
    min_frames: int = 5
    enter: float = 0.5
    stay: float = 0.4
    unlabelled: tuple[str, ...] = ()
    method: Literal["segments"] = "segments"

    def __post_init__(self) -> None:
        require(self.method == "segments", f"method must be segments, got {self.method!r}")
        require(
            self.smooth_frames >= 0 and math.isfinite(self.smooth_frames),
            f"smooth_frames must be 0 or more, got {self.smooth_frames}",
        )
        require(self.min_frames >= 1, f"min_frames must be 1 or more, got {self.min_frames}")
        require(0 < self.enter <= 1, f"enter must lie above 0 and up to 1, got {self.enter}")
        require(
            0 < self.stay <= self.enter,
            f"stay must lie above 0 and up to enter, which is {self.enter}, got {self.stay}",
        )


class _Average(NamedTuple):
    """Weighted sum of the probabilities so far ``[n_labels]``, and the sum of the weights."""

    total: NDArray[np.float64]
    weight: float


class _Run(NamedTuple):
    """A label, the frame at which it began to lead, and the sum of its probabilities since."""

    label: int
    first_frame: int
    total: float


class _Decision(NamedTuple):
    """The running label, the one that leads against it, and the running one's sum since that one leads."""

    running: _Run
    challenger: _Run
    disputed: float


class _State(NamedTuple):
    n_frames: int
    average: _Average
    decision: _Decision


_NOBODY = _Run(_NO_LABEL, 0, 0.0)
_UNDECIDED = _Decision(_NOBODY, _NOBODY, 0.0)


class SegmentDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` over labels -> segments, each a :class:`Word` that is given when it ends.

    The probabilities are averaged over the past with exponentially falling weights. A label that leads with
    ``enter`` against a running one below ``stay`` for ``min_frames`` in a row replaces it, from the first
    of these frames on; so segments follow one another without overlap, and each begins where its label
    began to lead. A segment is known ``min_frames`` after it has begun, and given as many after it has ended:
    that is the latency. What runs is what ``flush`` tells. The confidence is the mean smoothed probability
    of the label over the segment. Frames that are not finite say nothing and leave the average as it was.

    Args:
        labels: Name of each output; there is no blank.
        frame_samples: Samples from one frame to the next.
        config: Smoothing and the rest.
    """

    def __init__(self, labels: tuple[str, ...], frame_samples: int, config: SegmentConfig) -> None:
        for name in config.unlabelled:
            if name not in labels:
                raise unknown_key(name, labels, "unlabelled")
        self.labels, self.frame_samples, self.config = labels, frame_samples, config
        self.latency = config.min_frames

    def initial_state(self) -> _State:
        return _State(0, _no_average(len(self.labels)), _UNDECIDED)

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word, ...], _State]:
        """Take answers of further frames, give the segments that they ended."""
        smoothed, average = _smooth(x.log_probs, state.average, self.config)
        segments: list[Word] = []
        before = state.decision
        for now in _decide(smoothed, before, state.n_frames, self.config):
            if now.running.label != before.running.label:
                segments += self._segment(before.running, now.running.first_frame)
            before = now
        return tuple(segments), _State(state.n_frames + len(smoothed), average, before)

    def flush(self, state: _State) -> tuple[Word, ...]:
        running, _, disputed = state.decision
        return self._segment(running._replace(total=running.total + disputed), state.n_frames)

    def _segment(self, run: _Run, end_frame: int) -> tuple[Word, ...]:
        """The segment of a run, if its label gives one."""
        if run.label == _NO_LABEL or self.labels[run.label] in self.config.unlabelled:
            return ()
        confidence = min(1.0, run.total / (end_frame - run.first_frame))
        start, end = run.first_frame * self.frame_samples, end_frame * self.frame_samples
        return (Word(self.labels[run.label], start, end, confidence),)


def labels_of(answer: Answer, config: SegmentConfig) -> NDArray[np.int64]:
    """The label of the segment that each frame lies in, as :class:`SegmentDecoder` gives them.

    Args:
        answer: Of a whole stream, ``log_probs`` ``[n, n_labels]``.
        config: As for :class:`SegmentDecoder`.

    Returns:
        int64 ``[n]``, those without segments included; -1 before any label has entered.

    Example:
        >>> log_probs = np.log([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
        >>> config = SegmentConfig(smooth_frames=0, min_frames=2)
        >>> labels_of(Answer(log_probs, np.zeros((4, 0))), config).tolist()
        [0, 0, 1, 1]
    """
    smoothed, _ = _smooth(answer.log_probs, _no_average(answer.log_probs.shape[1]), config)
    labels = np.full(len(smoothed), _NO_LABEL, np.int64)
    for decision in _decide(smoothed, _UNDECIDED, 0, config):
        labels[decision.running.first_frame :] = decision.running.label
    return labels


def _no_average(n_labels: int) -> _Average:
    return _Average(np.zeros(n_labels), 0.0)


def _smooth(
    log_probs: np.ndarray, average: _Average, config: SegmentConfig
) -> tuple[NDArray[np.float64], _Average]:
    """Averages after each frame, float64 ``[n, n_labels]``, zeros before any; and the state after."""
    probs = np.exp(log_probs.astype(np.float64))
    keep = math.exp(-1 / config.smooth_frames) if config.smooth_frames else 0.0
    total, weight = average
    smoothed = np.zeros_like(probs)
    # a sum over what is 0 or more is finite only where all of it is
    for i, known in enumerate(np.isfinite(probs.sum(axis=1)).tolist()):
        if known:
            # the weights add up to `weight`, so that the first frames count fully
            total, weight = keep * total + probs[i], keep * weight + 1
        if weight:
            np.divide(total, weight, out=smoothed[i])
    return smoothed, _Average(total, weight)


def _decide(
    smoothed: NDArray[np.float64], decision: _Decision, n_before: int, config: SegmentConfig
) -> Iterator[_Decision]:
    """The decision after each frame."""
    leaders = smoothed.argmax(axis=1).tolist()
    for i, (row, leader) in enumerate(zip(smoothed.tolist(), leaders, strict=True)):
        decision = _after(decision, n_before + i, row, leader, config)
        yield decision


def _after(now: _Decision, frame: int, row: list[float], leader: int, config: SegmentConfig) -> _Decision:
    """One frame of hysteresis."""
    running, challenger, disputed = now
    lead = row[leader]
    held = 0.0 if running.label == _NO_LABEL else row[running.label]
    stays = running.label != _NO_LABEL and held >= min(config.stay, lead)
    if stays or lead < config.enter:
        return _Decision(running._replace(total=running.total + disputed + held), _NOBODY, 0.0)
    if leader != challenger.label:
        running = running._replace(total=running.total + disputed)
        challenger, disputed = _Run(leader, frame, 0.0), 0.0
    challenger = challenger._replace(total=challenger.total + lead)
    if frame + 1 - challenger.first_frame < config.min_frames:
        return _Decision(running, challenger, disputed + held)
    return _Decision(challenger, _NOBODY, 0.0)
