"""Lines through points, with the band of their intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speechlstm.page.axis import Axis
from speechlstm.page.markup import Html, tag
from speechlstm.page.plot import LETTER_WIDTH, N_SERIES, Plot, drawing

__all__ = ["Line", "Point", "line_chart"]

# a line of text, and where the base line of a label may be, from its point, in pixels
_LINE = 14
_OFFSETS = (-7, 17, -21, 31, -35, 45)


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement.

    Attributes:
        x: Where.
        y: What was measured there.
        ci95: The interval of ``y``; ``None`` where it is unknown.
        told: What pointing at it says.
        label: What stands beside it.
        x_ci95: The interval of ``x``.
    """

    x: float
    y: float
    ci95: tuple[float, float] | None = None
    told: str = ""
    label: str = ""
    x_ci95: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one series, in the order in which they are joined.

    Attributes:
        name: The series.
        points: What was measured.
        expected: What is believed of it, joined by a dashed line.
    """

    name: str
    points: tuple[Point, ...]
    expected: tuple[Point, ...] = ()


def line_chart(lines: Sequence[Line], *, x: Axis, y: Axis, title: str, joined_up: bool = True) -> Html:
    """Draw up to six series; of several, with a key.

    Args:
        lines: The series.
        x: The axis to the right.
        y: The axis upwards.
        title: What it shows, for who cannot see it.
        joined_up: Whether lines and bands go through the points; else each has a whisker.
    """
    plot = Plot(x, y)
    children = list(plot.ground())
    for i, line in enumerate(lines):
        children.append(tag("g", *_line(line, plot, joined_up), class_=f"s{i % N_SERIES + 1}"))
    bottom = plot.bottom + 48.0
    if len(lines) > 1:
        keys, bottom = plot.key([line.name for line in lines], bottom + 14)
        children += keys
    return drawing(plot.left + plot.width + 24, bottom, children, title=title)


def _line(line: Line, plot: Plot, joined_up: bool) -> Iterator[Html]:
    at = [(plot.px(p.x), plot.py(p.y)) for p in line.points]
    banded = [(plot.px(p.x), *map(plot.py, p.ci95)) for p in line.points if p.ci95 is not None]
    if joined_up:
        edge = [f"{x:.1f},{high:.1f}" for x, _, high in banded]
        edge += [f"{x:.1f},{low:.1f}" for x, low, _ in reversed(banded)]
        yield tag("polygon", points=" ".join(edge), class_="band")
        yield tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in at), class_="line")
    if line.expected:
        beyond = " ".join(f"{plot.px(p.x):.1f},{plot.py(p.y):.1f}" for p in line.expected)
        yield tag("polyline", tag("title", line.expected[-1].told), points=beyond, class_="line dashed")
    for x, low, high in [] if joined_up else banded:
        yield tag("path", d=f"M{x:.1f} {low:.1f}V{high:.1f}", class_="whisker")
    for (x, y), point in zip(at, line.points, strict=True):
        if point.x_ci95 is not None:
            low, high = map(plot.px, point.x_ci95)
            yield tag("path", d=f"M{low:.1f} {y:.1f}H{high:.1f}", class_="whisker faint")
        yield tag("circle", tag("title", point.told), cx=x, cy=y, r=4, class_="mark")
    yield from _labels(line, at, plot)


def _labels(line: Line, at: Sequence[tuple[float, float]], plot: Plot) -> Iterator[Html]:
    """Beside the points and above them; below, or further off, where one would lie on another."""
    taken: list[tuple[float, float, float]] = []
    for (x, y), label in ((place, p.label) for place, p in zip(at, line.points, strict=True) if p.label):
        is_last = x > plot.left + 0.8 * plot.width
        width = LETTER_WIDTH * len(label)
        begin = x - 7 - width if is_last else x + 7
        near = [base for left, right, base in taken if left < begin + width and begin < right]
        base = _free([y + offset for offset in _OFFSETS], near)
        taken.append((begin, begin + width, base))
        anchor, beside = ("end", -7) if is_last else ("start", 7)
        yield tag("text", label, x=x + beside, y=base, text_anchor=anchor, class_="label")


def _free(bases: Sequence[float], taken: Sequence[float]) -> float:
    """The first base line that is a line off all that are taken; of none, the last."""
    return next((base for base in bases if all(abs(base - one) >= _LINE for one in taken)), bases[-1])
