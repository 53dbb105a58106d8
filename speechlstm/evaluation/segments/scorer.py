"""Segments of one recording: what truly was against what was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.config import unknown_key
from speechlstm.errors import DataError
from speechlstm.messages import Word

__all__ = ["SegmentResult", "SegmentScorer", "frames_of", "segments_of"]

_NO_LABEL = -1
_MIN_OVERLAP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SegmentResult:
    """What became of one recording; all times in samples.

    Attributes:
        name: What to call it, as its file's name.
        subject: Whose it is; empty where that is not known.
        n_samples: Its length.
        n_labelled_samples: Time that has a class; the rest is unlabelled.
        truth: Its true segments with a class, in order of time.
        answer: The segments answered.
        confusion: int64 ``[n_classes, n_classes + 1]``, frames by true and answered class; the last column
            is no answer.
        n_found: True segments that an answered one matches.
        n_wrong: Answered segments that match none, without those of which nothing is known.
        n_false: Answered segments that match none and lie mostly in unlabelled time.
        onset_delays_samples: For each segment found, from its beginning to when the answer was known.
        error: Why the recording could not be read; ``None`` where it was.
        path: Its file; ``None`` where it has none.
        warning: What was odd in its file; ``None`` where nothing was.
    """

    name: str
    subject: str
    n_samples: int
    n_labelled_samples: int
    truth: tuple[Word, ...]
    answer: tuple[Word, ...]
    confusion: NDArray[np.int64]
    n_found: int
    n_wrong: int
    n_false: int
    onset_delays_samples: tuple[int, ...]
    error: str | None = None
    path: Path | None = None
    warning: str | None = None

    @property
    def n_missed(self) -> int:
        """True segments that nothing matches."""
        return len(self.truth) - self.n_found

    @property
    def n_unlabelled_samples(self) -> int:
        """Time without a class."""
        return self.n_samples - self.n_labelled_samples


class _Piece(NamedTuple):
    """The part of the answer's segment ``number`` that lies in one stretch of known time."""

    number: int
    segment: Word


@dataclass(frozen=True, slots=True)
class SegmentScorer:
    """Compares answers with the truth.

    The truth is segments; time without any is unlabelled, and nothing is known of it. Segments of a class
    in ``unlabelled`` are unlabelled time too, but of them it is known that nothing should be answered.

    An answered segment matches a true one of its label if they have half of their common extent in common
    (intersection over union, one to one; Lea et al., CVPR 2017). Time of which nothing is known has no part
    in that: the answer is cut there, and is wrong only if none of its pieces matches.

    Args:
        labels: Names of the network's outputs.
        frame_samples: Samples from one frame to the next.
        unlabelled: Those of the labels that give no segment.
        latency_samples: From the beginning of an answered segment until it is known: the latency of the
            whole chain, with the decoder's.
    """

    labels: tuple[str, ...]
    frame_samples: int
    unlabelled: tuple[str, ...] = ()
    latency_samples: int = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that give segments."""
        return tuple(label for label in self.labels if label not in self.unlabelled)

    def score(
        self,
        name: str,
        *,
        truth: Sequence[Word],
        answer: Sequence[Word],
        frames: np.ndarray,
        subject: str = "",
    ) -> SegmentResult:
        """Compare one recording.

        Args:
            name: What to call it.
            truth: True segments, as from :func:`segments_of`; confidences do not matter.
            answer: Segments answered.
            frames: int ``[n_frames]``, the label answered for each frame, -1 for none, as from
                :func:`speechlstm.decode.segments.labels_of`. Their number is the recording's length.
            subject: Whose recording it is.

        Returns:
            The counts.

        Raises:
            DataError: The true segments overlap.
            ConfigError: A true segment's label is not one of the labels.
        """
        truth, answer = self._checked(truth, len(frames) * self.frame_samples), tuple(answer)
        true = tuple(segment for segment in truth if segment.text in self.classes)
        pieces = _pieces(answer, _stretches(truth))
        found = _match(true, pieces)
        matched = {piece.number for piece in found.values()}
        strays = [i for i in range(len(answer)) if i not in matched]
        begun = [piece.segment.start_samples - true[i].start_samples for i, piece in found.items()]
        return SegmentResult(
            name=name,
            subject=subject,
            n_samples=len(frames) * self.frame_samples,
            n_labelled_samples=sum(map(_length, true)),
            truth=true,
            answer=answer,
            confusion=self._confusion(true, frames),
            n_found=len(found),
            n_wrong=len({piece.number for piece in pieces} - matched),
            n_false=sum(2 * _overlap_with(answer[i], true) < _length(answer[i]) for i in strays),
            onset_delays_samples=tuple(delay + self.latency_samples for delay in begun),
        )

    def failed(self, name: str, error: str, *, subject: str = "") -> SegmentResult:
        """A recording that could not be read."""
        nothing = np.zeros((len(self.classes), len(self.classes) + 1), np.int64)
        return SegmentResult(name, subject, 0, 0, (), (), nothing, 0, 0, 0, (), error=error)

    def _checked(self, truth: Iterable[Word], n_samples: int) -> tuple[Word, ...]:
        """The truth in order of time, less what lies after the end."""
        ordered = sorted(truth, key=lambda segment: segment.start_samples)
        for segment in ordered:
            if segment.text not in self.labels:
                raise unknown_key(segment.text, self.labels, "the true labels")
        for a, b in pairwise(ordered):
            if b.start_samples < a.end_samples:
                raise DataError(
                    f"true segments overlap: {a.text!r} ends at sample {a.end_samples}, {b.text!r} begins at "
                    f"{b.start_samples}; give each time one label"
                )
        whole = (Word(s.text, s.start_samples, min(s.end_samples, n_samples), 1.0) for s in ordered)
        return tuple(segment for segment in whole if _length(segment) > 0)

    def _confusion(self, true: Sequence[Word], frames: np.ndarray) -> NDArray[np.int64]:
        n = len(self.classes)
        said = frames_of(true, self.classes, frame_samples=self.frame_samples, n_frames=len(frames))
        column = {label: i for i, label in enumerate(self.classes)}
        # the label -1 takes the last of these, and is no answer like the unlabelled ones
        columns = np.array([*(column.get(label, n) for label in self.labels), n])
        heard = columns[np.asarray(frames, np.int64)]
        cells = (said * (n + 1) + heard)[said != _NO_LABEL]
        return np.bincount(cells, minlength=n * (n + 1)).reshape(n, n + 1).astype(np.int64)


def segments_of(frames: np.ndarray, labels: Sequence[str], *, frame_samples: int) -> tuple[Word, ...]:
    """Runs of frames with the same label.

    Args:
        frames: int ``[n_frames]``, a label's number, -1 for none.
        labels: Their names.
        frame_samples: Samples from one frame to the next.

    Returns:
        The segments in order of time, with the confidence 1.

    Example:
        >>> for segment in segments_of(np.array([0, 0, -1, 1]), ["sit", "walk"], frame_samples=10):
        ...     print(segment.text, segment.start_samples, segment.end_samples)
        sit 0 20
        walk 30 40
    """
    frames = np.asarray(frames, np.int64)
    starts = np.flatnonzero(np.diff(frames, prepend=frames[:1] - 1))
    ends = [*starts[1:].tolist(), len(frames)]
    return tuple(
        Word(labels[label], start * frame_samples, end * frame_samples, 1.0)
        for label, start, end in zip(frames[starts].tolist(), starts.tolist(), ends, strict=False)
        if label != _NO_LABEL
    )


def frames_of(
    segments: Iterable[Word], labels: Sequence[str], *, frame_samples: int, n_frames: int
) -> NDArray[np.int64]:
    """The label at the middle of each frame, int64 ``[n_frames]``; -1 where there is none.

    Example:
        >>> frames_of([Word("walk", 14, 26, 1.0)], ["sit", "walk"], frame_samples=10, n_frames=4).tolist()
        [-1, 1, 1, -1]
    """
    frames = np.full(n_frames, _NO_LABEL, np.int64)
    number = {label: i for i, label in enumerate(labels)}
    for segment in segments:
        # frame i is inside if start <= i * frame_samples + frame_samples // 2 < end
        first, end = (
            -(-(bound - frame_samples // 2) // frame_samples)
            for bound in (segment.start_samples, segment.end_samples)
        )
        frames[max(0, first) : max(0, end)] = number[segment.text]
    return frames


def _stretches(truth: Iterable[Word]) -> list[tuple[int, int]]:
    """Start and end of each stretch of known time."""
    stretches: list[tuple[int, int]] = []
    for segment in truth:
        if stretches and stretches[-1][1] == segment.start_samples:
            stretches[-1] = (stretches[-1][0], segment.end_samples)
        else:
            stretches.append((segment.start_samples, segment.end_samples))
    return stretches


def _pieces(answer: Iterable[Word], stretches: Sequence[tuple[int, int]]) -> list[_Piece]:
    """The answer without the time of which nothing is known."""
    return [
        _Piece(i, Word(s.text, max(start, s.start_samples), min(end, s.end_samples), s.confidence))
        for i, s in enumerate(answer)
        for start, end in stretches
        if min(end, s.end_samples) > max(start, s.start_samples)
    ]


def _match(true: Sequence[Word], pieces: Iterable[_Piece]) -> dict[int, _Piece]:
    """For the number of each true segment that is found, the piece that matches it.

    No two pieces overlap, and no two true segments; so no greedy choice can take away a better one.
    """
    found: dict[int, _Piece] = {}
    for piece in pieces:
        like = [i for i, segment in enumerate(true) if segment.text == piece.segment.text]
        best = max(like, key=lambda i: _iou(true[i], piece.segment), default=None)
        if best is not None and best not in found and _iou(true[best], piece.segment) >= _MIN_OVERLAP:
            found[best] = piece
    return found


def _iou(a: Word, b: Word) -> float:
    """Intersection over union, 0 to 1."""
    common = _overlap(a, b)
    return common / (_length(a) + _length(b) - common)


def _overlap(a: Word, b: Word) -> int:
    return max(0, min(a.end_samples, b.end_samples) - max(a.start_samples, b.start_samples))


def _overlap_with(segment: Word, others: Iterable[Word]) -> int:
    return sum(_overlap(segment, other) for other in others)


def _length(segment: Word) -> int:
    return segment.end_samples - segment.start_samples
