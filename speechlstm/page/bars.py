"""Bars with whiskers, one under another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speechlstm.page.axis import Axis, figure_text
from speechlstm.page.markup import Html, tag
from speechlstm.page.plot import LETTER_WIDTH, drawing, shortened

__all__ = ["Bar", "bar_chart"]

_ROW, _BAR = 24, 14
_WIDTH, _MAX_LETTERS = 450, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure.

    Attributes:
        name: Of what.
        value: The figure; ``None`` where it is unknown.
        ci95: Its interval; ``None`` where that is unknown.
        told: What pointing at it says.
    """

    name: str
    value: float | None
    ci95: tuple[float, float] | None = None
    told: str = ""


def bar_chart(bars: Sequence[Bar], *, axis: Axis, title: str) -> Html:
    """Draw figures as bars to the right, each with its name, its value and its interval.

    Args:
        bars: From top to bottom.
        axis: What they are figures of.
        title: What it shows, for who cannot see it.
    """
    letters = min(_MAX_LETTERS, max((len(bar.name) for bar in bars), default=0))
    left = 14 + LETTER_WIDTH * letters
    width, top = _WIDTH - left - 70, 8
    bottom = top + _ROW * len(bars)
    children = []
    for value, text in axis.ticks():
        x = left + width * axis.place(value)
        children.append(tag("path", d=f"M{x:.1f} {top}V{bottom}", class_="grid"))
        children.append(tag("text", text, x=x, y=bottom + 17, text_anchor="middle", class_="tick"))
    for i, bar in enumerate(bars):
        children += _bar(bar, axis, left, width, top + _ROW * i)
    children.append(tag("text", axis.name, x=left + width, y=bottom + 36, text_anchor="end", class_="name"))
    return drawing(_WIDTH, bottom + 44, [tag("g", *children, class_="s1")], title=title)


def _bar(bar: Bar, axis: Axis, left: int, width: int, y: int) -> Iterator[Html]:
    middle = y + _ROW / 2
    shown = shortened(bar.name, _MAX_LETTERS)
    yield tag("text", shown, x=left - 8, y=middle + 4, text_anchor="end", class_="label")
    value = "unknown" if bar.value is None else figure_text(bar.value, percent=axis.percent)
    yield tag("text", value, x=left + width + 10, y=middle + 4, class_="label")
    long = width * (0.0 if bar.value is None else axis.place(bar.value))
    told = tag("title", bar.told or f"{bar.name}: {value}")
    yield tag("rect", told, x=left, y=middle - _BAR / 2, width=long, height=_BAR, rx=2, class_="mark bar")
    if bar.ci95 is not None:
        low, high = (left + width * axis.place(limit) for limit in bar.ci95)
        yield tag("path", d=f"M{low:.1f} {middle:.1f}H{high:.1f}", class_="whisker dark")
