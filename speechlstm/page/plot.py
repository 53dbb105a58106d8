"""The ground of every chart: its area, grid, axes and key."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from speechlstm.page.axis import Axis
from speechlstm.page.markup import Html, joined, tag

__all__ = ["LETTER_WIDTH", "N_SERIES", "Plot", "drawing", "shortened"]

N_SERIES = 6
LETTER_WIDTH = 8
_KEY_HEIGHT = 22


@dataclass(frozen=True, slots=True)
class Plot:
    """An area with two axes, in pixels of the drawing.

    Attributes:
        x: The axis to the right.
        y: The axis upwards.
        left: Where the area begins.
        top: Where it begins.
        width: Its width.
        height: Its height.
    """

    x: Axis
    y: Axis
    left: int = 56
    top: int = 30
    width: int = 370
    height: int = 220

    @property
    def bottom(self) -> int:
        """Where the area ends."""
        return self.top + self.height

    def px(self, value: float) -> float:
        """Where a value of ``x`` lies."""
        return self.left + self.width * self.x.place(value)

    def py(self, value: float) -> float:
        """Where a value of ``y`` lies."""
        return self.bottom - self.height * self.y.place(value)

    def ground(self) -> Iterator[Html]:
        """Grid, ticks and the names of both axes."""
        for value, text in self.y.ticks():
            y = self.py(value)
            yield tag("path", d=f"M{self.left} {y:.1f}h{self.width}", class_="grid")
            yield tag("text", text, x=self.left - 8, y=y + 4, text_anchor="end", class_="tick")
        for value, text in self.x.ticks():
            x = self.px(value)
            yield tag("path", d=f"M{x:.1f} {self.bottom}v5", class_="axis")
            yield tag("text", text, x=x, y=self.bottom + 19, text_anchor="middle", class_="tick")
        yield tag("path", d=f"M{self.left} {self.bottom}h{self.width}", class_="axis")
        yield tag("text", self.y.name, x=self.left, y=self.top - 12, class_="name")
        right = self.left + self.width
        yield tag("text", self.x.name, x=right, y=self.bottom + 38, text_anchor="end", class_="name")

    def key(self, names: Sequence[str], y: float) -> tuple[list[Html], float]:
        """Which colour is which series, in as many rows as they need, and where they end."""
        drawn, x = [], float(self.left)
        for i, name in enumerate(names):
            needed = 18 + LETTER_WIDTH * len(name) + 18
            if x > self.left and x + needed > self.left + self.width:
                x, y = self.left, y + _KEY_HEIGHT
            mark = tag("rect", x=x, y=y - 10, width=11, height=11, rx=2, class_="mark")
            drawn.append(tag("g", mark, tag("text", name, x=x + 17, y=y), class_=f"s{i % N_SERIES + 1}"))
            x += needed
        return drawn, y + _KEY_HEIGHT


def drawing(
    width: float, height: float, children: Iterable[str], *, title: str, class_: str = "chart"
) -> Html:
    """An SVG element that grows and shrinks with the page.

    Args:
        width: Of the drawing's own measure, in pixels; it is never shown larger.
        height: Likewise.
        children: Its elements.
        title: What it shows, for who cannot see it.
        class_: Of the element.
    """
    return tag(
        "svg",
        tag("title", title),
        joined(children),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=float(width),
        height=float(height),
        role="img",
        class_=class_,
    )


def shortened(text: str, n_letters: int) -> str:
    """At most so many letters.

    Example:
        >>> shortened("nowhere else", 7)
        'nowher…'
    """
    return text if len(text) <= n_letters else text[: n_letters - 1] + "…"
