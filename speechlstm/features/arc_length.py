"""A pen's path as points evenly spaced along it, whatever the tablet's rate and size.

Tablets differ in rate, and what they state of it is often wrong; the length of the path is not. It is
measured in sizes of the writing, and of that a stream knows only what has been written:

- the **head**, the first stroke or ``head_points`` points, whichever is shorter, is held until it is
  complete, and gives the size to begin with: its height, or half its width if that is more (the bar of a T
  has no height);
- from there on the size is the height so far, once that is more. It never shrinks.

So nothing depends on what is still to be written, the delay has a bound in points, and the same word at
twice the size gives the same points. In UNIPEN, where writers' sizes differ ninety-fold, a head of 64 points
knows the height of three letters in four exactly, and of three words in four at least half of it. A size
stored with the model needs no head, and serves one tablet only.
"""

from typing import NamedTuple

import numpy as np

from speechlstm.stage import Stage, concatenate

__all__ = ["ArcLength", "ArcState", "Ink"]

# a mark that falls on the last point but for this share is that point
_ROUNDING = 1e-9
# a faulty coordinate makes no more points than this
_LEAP_STEPS = 1000.0


class Ink(NamedTuple):
    """Points a step apart, in the order in which they were written.

    Attributes:
        place: ``[n, 2]``, x and y in the tablet's units, y upwards.
        size: ``[n]``, the writing's size as known there, in the tablet's units.
        low: ``[n]``, the lowest y known there.
        first: ``[n]``, whether it begins a stroke.
        last: ``[n]``, whether it ends a stroke; a dot does both.
        point: ``[n]``, the index of the input point with which the pen had come so far.
    """

    place: np.ndarray
    size: np.ndarray
    low: np.ndarray
    first: np.ndarray
    last: np.ndarray
    point: np.ndarray


class ArcState(NamedTuple):
    """What is known of a stream.

    Attributes:
        held: ``[n, 3]``, the points of a head that is not complete.
        held_at: ``[n]``, their indices.
        size: The writing's size so far, 0 while it is not known.
        low: Lowest y so far.
        high: Highest y so far.
        place: ``[2]``, where the pen was last.
        travelled: Steps from the start of the stroke to there.
        writing: Whether the pen is down.
        n_points: Points that have come.
    """

    held: np.ndarray
    held_at: np.ndarray
    size: float
    low: float
    high: float
    place: np.ndarray
    travelled: float
    writing: bool
    n_points: int


class ArcLength(Stage[ArcState]):
    """Points ``[n, 3]`` of x, y and pen-up (1 at the last point of a stroke) -> :class:`Ink`.

    Every stroke gives its first point, a point wherever it has gone a whole step, and its last point; the end
    of the stream lifts the pen. A pen that rests gives nothing. Points that are not finite are passed over.

    Args:
        step: Distance between neighbours, in sizes of the writing.
        head_points: Points after which the head is complete, at most.
        size: The writing's size in the tablet's units, if it is known beforehand; there is no head then.
    """

    def __init__(self, *, step: float, head_points: int, size: float | None = None) -> None:
        self._step, self._head_points, self._size = step, head_points, size
        self.latency = 0 if size else head_points - 1

    def initial_state(self) -> ArcState:
        nothing, nowhere = np.zeros((0, 3)), np.zeros(2)
        return ArcState(
            nothing, np.zeros(0, np.int64), self._size or 0.0, np.inf, -np.inf, nowhere, 0.0, False, 0
        )

    def step(self, x: np.ndarray, state: ArcState) -> tuple[Ink, ArcState]:
        """Take points ``[n, 3]``, give what the pen has come past."""
        here = np.isfinite(x).all(axis=1)
        points = np.concatenate([state.held, x[here]])
        at = np.concatenate([state.held_at, state.n_points + np.flatnonzero(here)])
        state = state._replace(n_points=state.n_points + len(x))
        if not state.size:
            n_head = self._head(points)
            if not n_head:
                kept = self._that_count(points)
                return _nothing(), state._replace(held=points[kept], held_at=at[kept])
            state = _measured(points[:n_head], state)
        return self._write(points, at, state)

    def flush(self, state: ArcState) -> Ink:
        owed = []
        if len(state.held):
            written, state = self._write(state.held, state.held_at, _measured(state.held, state))
            owed.append(written)
        if state.writing:
            owed.append(_closing(state))
        return concatenate(owed) if owed else _nothing()

    def _head(self, points: np.ndarray) -> int:
        """How many points make up the head; 0 while it is not complete, or has no extent."""
        whole = points[:, 2] > 0.5
        whole[self._head_points - 1 :] = True
        has_extent = np.logical_or.accumulate((points[:, :2] != points[:1, :2]).any(axis=1))
        ends = np.flatnonzero(whole & has_extent)
        return int(ends[0]) + 1 if len(ends) else 0

    def _that_count(self, points: np.ndarray) -> np.ndarray:
        """Which points are to be held while there is no head: of a pen that rests where it began no more than
        make the head complete, and ends and beginnings of strokes.
        """
        lifted = points[:, 2] > 0.5
        kept: np.ndarray = lifted | np.append(True, lifted)[: len(points)]
        kept[: self._head_points] = True
        kept |= np.logical_or.accumulate((points[:, :2] != points[:1, :2]).any(axis=1))
        return kept

    def _write(self, points: np.ndarray, at: np.ndarray, state: ArcState) -> tuple[Ink, ArcState]:
        """Go along ``points``, stroke by stroke."""
        state = state._replace(held=np.zeros((0, 3)), held_at=np.zeros(0, np.int64))
        low = np.minimum.accumulate(np.append(state.low, points[:, 1]))[1:]
        high = np.maximum.accumulate(np.append(state.high, points[:, 1]))[1:]
        size = np.full(len(points), self._size) if self._size else np.maximum(state.size, high - low)
        lifted = points[:, 2] > 0.5
        written, start = [_nothing()], 0
        for end in np.union1d(np.flatnonzero(lifted) + 1, len(points)):
            part = slice(start, end)
            if start < end:
                piece = _Piece(points[part, :2], size[part], low[part], at[part], bool(lifted[end - 1]))
                ink, state = self._go_along(piece, state)
                written.append(ink)
            start = end
        if len(points):
            state = state._replace(size=float(size[-1]), low=float(low[-1]), high=float(high[-1]))
        return concatenate(written), state

    def _go_along(self, piece: "_Piece", state: ArcState) -> tuple[Ink, ArcState]:
        """Go along points of one stroke, on from where the pen was if it is down."""
        n, begins = len(piece.place), not state.writing
        path = np.concatenate([piece.place[:1] if begins else state.place[np.newaxis], piece.place])
        n_steps = np.minimum(np.hypot(*np.diff(path, axis=0).T) / (self._step * piece.size), _LEAP_STEPS)
        # summed in order, from what was travelled before: the same however the stream is cut
        travelled = np.cumsum(np.append(0.0 if begins else state.travelled, n_steps))
        marks = np.arange(np.floor(travelled[0]) + 1, np.floor(travelled[-1]) + 1)
        # a mark lies on the way to point i of the piece, which is i + 1 of the path
        i = np.searchsorted(travelled, marks) - 1
        share = (marks - travelled[i]) / (travelled[i + 1] - travelled[i])
        place = path[i] + share[:, np.newaxis] * (path[i + 1] - path[i])
        if begins:
            place, i = np.concatenate([path[:1], place]), np.append(0, i)
        at_end = len(i) > 0 and i[-1] == n - 1 and np.allclose(place[-1], path[-1], rtol=_ROUNDING)
        if piece.lifted and not at_end:
            place, i = np.concatenate([place, path[-1:]]), np.append(i, n - 1)
        first, last = np.zeros(len(i), bool), np.zeros(len(i), bool)
        first[:1], last[-1:] = begins, piece.lifted
        after = state._replace(
            place=path[-1].copy(), travelled=float(travelled[-1]), writing=not piece.lifted
        )
        return Ink(place, piece.size[i], piece.low[i], first, last, piece.at[i]), after


class _Piece(NamedTuple):
    """Points of one stroke that came together, and whether the pen is lifted at the last."""

    place: np.ndarray
    size: np.ndarray
    low: np.ndarray
    at: np.ndarray
    lifted: bool


def _measured(head: np.ndarray, state: ArcState) -> ArcState:
    """What the head tells of the size; of a dot alone, which has none, any size tells the same."""
    width, height = np.ptp(head[:, :2], axis=0)
    low, high = float(head[:, 1].min()), float(head[:, 1].max())
    return state._replace(size=float(max(height, width / 2)) or 1.0, low=low, high=high)


def _closing(state: ArcState) -> Ink:
    """The point at which the end of the stream lifts the pen."""
    size, low, at = np.array([state.size]), np.array([state.low]), np.array([state.n_points - 1])
    return Ink(state.place[np.newaxis], size, low, np.zeros(1, bool), np.ones(1, bool), at)


def _nothing() -> Ink:
    none, no_flag = np.zeros(0), np.zeros(0, bool)
    return Ink(np.zeros((0, 2)), none, none, no_flag, no_flag, np.zeros(0, np.int64))
