"""The pen's front end: points of a tablet in, network frames out, evenly spaced along the path.

``y`` points upwards, as in UNIPEN (all its writers, checked by eye and by the way a 7 is drawn); a screen,
whose ``y`` points downwards, has to be turned by its source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.features.arc_length import ArcLength, Ink
from speechlstm.features.framing import Stack
from speechlstm.stage import Chain, Stage

__all__ = [
    "PEN_CHANNELS",
    "STROKE_FEATURES",
    "StrokeConfig",
    "StrokeFeatures",
    "StrokeFrontEnd",
    "pen_points",
    "stroke_chain",
]

PEN_CHANNELS = ("x", "y", "pen")
STROKE_FEATURES = (
    "direction_x",
    "direction_y",
    "turn_cos",
    "turn_sin",
    "delta_x",
    "delta_y",
    "pen_up",
    "jump_x",
    "jump_y",
    "above",
    "aside",
)


@dataclass(frozen=True, slots=True)
class StrokeConfig:
    """What the features of a pen's path are computed with. They are of order one, and need no statistics.

    Attributes:
        kind: ``strokes``.
        step: Distance from frame to frame, in sizes of the writing.
        head_points: Points, at most, that are held at the start until the size is known.
        size: The writing's size in the tablet's units; none lets it follow what has been written.
        n_stack: Neighbouring frames laid side by side into one network frame.
        sample_rate_hz: Points a second, for people: results are placed by the number of the point, and
            seconds are made of it at this rate, for what tablets state is often wrong.
        max_gap_s: A step in time that is longer ends a piece of writing, where points carry their time.
    """

    kind: Literal["strokes"] = "strokes"
    step: float = 0.08
    head_points: int = 64
    size: float | None = None
    n_stack: int = 1
    sample_rate_hz: int = 100
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        require(self.kind == "strokes", f"kind must be strokes, got {self.kind!r}")
        require(0 < self.step <= 1, f"step must be more than 0 and at most 1 size, got {self.step:g}")
        require(self.head_points >= 2, f"head_points must be at least 2, got {self.head_points}")
        require(self.size is None or self.size > 0, f"size must be positive, or absent; got {self.size}")
        require(self.n_stack >= 1, f"n_stack must be at least 1, got {self.n_stack}")
        require(self.sample_rate_hz > 0, f"sample_rate_hz must be positive, got {self.sample_rate_hz}")
        require(self.max_gap_s > 0, f"max_gap_s must be positive, got {self.max_gap_s:g}")

    @property
    def n_channels(self) -> int:
        """Numbers of a point: x, y and pen-up."""
        return 3

    @property
    def frame_samples(self) -> int:
        """1, for want of a fixed number of points in a frame: what a decoder counts is frames, not points."""
        return 1

    @property
    def width(self) -> int:
        """Features in one network frame."""
        return len(STROKE_FEATURES) * self.n_stack


@dataclass(frozen=True)
class StrokeFrontEnd:
    """A front end for a pen, as a bundle stores it; it has no numbers.

    Attributes:
        config: Its settings.
    """

    config: StrokeConfig

    def numbers(self) -> dict[str, Any]:
        """Nothing: its features are of order one."""
        return {}

    def chain(self) -> Chain:
        """Points ``[n, 3]`` -> network frames ``[frames, width]``."""
        return stroke_chain(self.config)

    def check(self) -> None:
        """Nothing can be wrong with no numbers."""


def stroke_chain(config: StrokeConfig) -> Chain:
    """Points ``[n, 3]`` of x, y and pen-up -> network frames ``[frames, width]``.

    How many frames come depends on the path; :class:`ArcLength` says to which point each belongs.
    """
    return Chain(
        [
            ArcLength(step=config.step, head_points=config.head_points, size=config.size),
            StrokeFeatures(step=config.step),
            Stack(config.n_stack, len(STROKE_FEATURES)),
        ]
    )


def pen_points(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Strokes, each ``[n, 2]``, as the points ``[n, 3]`` of a stream: x, y, and 1 at the last of a stroke.

    Example:
        >>> pen_points([np.array([[0, 0], [3, 4]]), np.array([[1, 1]])]).tolist()
        [[0.0, 0.0, 0.0], [3.0, 4.0, 1.0], [1.0, 1.0, 1.0]]
    """
    parts = [np.zeros((0, 3), np.float32)]
    for stroke in strokes:
        part = np.zeros((len(stroke), 3), np.float32)
        part[:, :2] = np.reshape(stroke, (-1, 2))
        part[-1:, 2] = 1
        parts.append(part)
    return np.concatenate(parts)


class _Line(NamedTuple):
    """What is known of the line that is being written on, and of where on it the pen is.

    Attributes:
        weight: Weights of the lowest points so far, together.
        foot: Their sum, ``weight`` times the baseline.
        top: From where the pen is coming down.
        falling: Whether it is coming down.
        y: Where it is.
        centre: Where it has been of late, from side to side.
    """

    weight: float
    foot: float
    top: float
    falling: bool
    y: float
    centre: float


class _StrokeState(NamedTuple):
    place: np.ndarray
    direction: np.ndarray
    has_begun: bool
    line: _Line


class StrokeFeatures(Stage[_StrokeState]):
    """Direction, turn, position and pen-ups of :class:`Ink` -> ``[n, 11]``, see ``STROKE_FEATURES``.

    ========================  ===========================================================================
    ``direction_x, _y``       cosine and sine of the way from the last point; 0, 0 where a stroke begins
    ``turn_cos, _sin``        curvature: by what angle the direction has changed, left is positive; 0, 0
                              where there is no direction before
    ``delta_x, _y``           the way from the last point, in steps
    ``pen_up``                1 at the last point of a stroke
    ``jump_x, _y``            at the first point of a stroke, the way from the end of the last stroke:
                              ``arcsinh`` of sizes, as a word is many sizes wide
    ``above``                 height above the baseline, in sizes
    ``aside``                 distance from where the pen has been of late, to the right, in sizes
    ========================  ===========================================================================

    The baseline is the mean of the points in which the pen has turned upwards or was lifted, weighted by how
    far it had come down, but by no more than half a size, so that the tail of a g weighs no more than a
    letter; until the first of them, it is the lowest point known. "Of late" is a mean that forgets over the
    last size of path.

    Args:
        step: Distance between neighbours, in sizes of the writing.
    """

    def __init__(self, *, step: float) -> None:
        self._step = step

    def initial_state(self) -> _StrokeState:
        return _StrokeState(np.zeros(2), np.zeros(2), False, _Line(0.0, 0.0, 0.0, False, 0.0, 0.0))

    def step(self, x: Ink, state: _StrokeState) -> tuple[np.ndarray, _StrokeState]:
        """Take points of ink, give as many frames ``[n, 11]``."""
        if len(x.place) == 0:
            return self.flush(state), state
        size, goes_on = x.size[:, np.newaxis], ~x.first[:, np.newaxis]
        start = state.place if state.has_begun else x.place[0]
        way = np.diff(x.place, axis=0, prepend=start[np.newaxis])
        length = np.hypot(way[:, :1], way[:, 1:])
        direction = way * goes_on / np.where(length > 0, length, 1)
        before = np.concatenate([state.direction[np.newaxis], direction[:-1]])
        turn_cos = (before * direction).sum(axis=1)
        turn_sin = before[:, 0] * direction[:, 1] - before[:, 1] * direction[:, 0]
        position, line = self._follow(x, state)
        columns = [
            direction,
            np.stack([turn_cos, turn_sin], axis=1),
            way * goes_on / (self._step * size),
            x.last[:, np.newaxis],
            np.arcsinh(way * ~goes_on / size),
            position / size,
        ]
        frames = np.concatenate(columns, axis=1).astype(np.float32)
        return frames, _StrokeState(x.place[-1].copy(), direction[-1].copy(), True, line)

    def flush(self, state: _StrokeState) -> np.ndarray:
        return np.zeros((0, len(STROKE_FEATURES)), np.float32)

    def _follow(self, x: Ink, state: _StrokeState) -> tuple[np.ndarray, _Line]:
        """Heights above the baseline and distances aside, ``[n, 2]``, in the tablet's units."""
        line = state.line
        if not state.has_begun:
            line = line._replace(centre=float(x.place[0, 0]))
        position = np.empty((len(x.place), 2))
        rows = zip(x.place.tolist(), x.size.tolist(), x.low.tolist(), x.first, x.last, strict=True)
        for row, ((across, y), size, low, first, last) in zip(position, rows, strict=True):
            line = _come_to(y, line, size=size, first=first, last=last)
            line = line._replace(centre=line.centre + self._step * (across - line.centre))
            baseline = line.foot / line.weight if line.weight > 0 else low
            row[:] = y - baseline, across - line.centre
        return position, line


def _come_to(y: float, line: _Line, *, size: float, first: bool, last: bool) -> _Line:
    """Go on to a point of height ``y``; where the pen turned upwards, or is lifted, it was at a foot."""
    if first:
        line = line._replace(top=y, falling=False)
    elif y > line.y:
        if line.falling:
            line = _stand(line.y, line, size=size)
        line = line._replace(top=y, falling=False)
    elif y < line.y:
        line = line._replace(falling=True)
    line = line._replace(y=y)
    return _stand(y, line, size=size) if last and line.falling else line


def _stand(y: float, line: _Line, *, size: float) -> _Line:
    """Let ``y`` weigh in the baseline, by how far the pen has come down to it."""
    weight = min(line.top - y, size / 2)
    return line._replace(weight=line.weight + weight, foot=line.foot + weight * y)
