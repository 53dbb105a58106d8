"""Panels that lie over each other on one axis of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from speechlstm.messages import Word
from speechlstm.page import Axis, Html, picture_uri, tag
from speechlstm.page.plot import LETTER_WIDTH, drawing, shortened

__all__ = [
    "LEFT",
    "TOTAL",
    "WIDTH",
    "Panel",
    "line_panel",
    "map_panel",
    "time_panel",
    "wave_panel",
    "word_panel",
]

# of each drawing, in pixels of its own; the page's script knows them too
LEFT, WIDTH, TOTAL = 104, 880, 1000
_MAX_LETTERS = 13
_ROW, _MAX_MAP = 15, 320
_WAVE, _LINES, _WORDS = 70, 64, 24


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing, and the values that pointing at it tells.

    Attributes:
        drawing: The SVG element.
        title: What it shows.
        kind: ``lines`` (all values of a time are told) or ``map`` (the one that is pointed at, else the
            largest).
        names: Of the rows of values.
        values: ``[rows, steps]``, over the whole width of the panel.
        digits: How many of each value are told behind the point.
        first_colour: Of ``lines``, of the first; the others follow.
        begins_unit: Whether it is the first of a unit.
    """

    drawing: Html
    title: str
    kind: str = "lines"
    names: tuple[str, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    digits: int = 2
    first_colour: int = 0
    begins_unit: bool = False

    @property
    def colours(self) -> dict[str, int]:
        """Which of the page's colours each line has; none where there are no lines."""
        named = enumerate(self.names if self.first_colour else ())
        return {name: self.first_colour + i for i, name in named}

    def data(self) -> dict[str, object]:
        """What the page's script needs."""
        values = np.round(self.values.astype(np.float64), self.digits).tolist()
        return {"kind": self.kind, "names": self.names, "values": values, "digits": self.digits}


def wave_panel(samples: np.ndarray, channels: Sequence[str], title: str) -> Panel:
    """The samples ``[n, channels]``: of each channel the range of values in each pixel, on one scale."""
    n_columns = min(WIDTH, len(samples))
    edges = np.linspace(0, len(samples), n_columns + 1).astype(int)
    low = np.minimum.reduceat(samples, edges[:-1])
    high = np.maximum.reduceat(samples, edges[:-1])
    bottom, top = float(low.min()), float(high.max())
    room = (top - bottom) or 1.0
    groups = []
    for i in range(samples.shape[1]):
        x = LEFT + WIDTH * (np.arange(n_columns) + 0.5) / n_columns
        upper = 4 + (_WAVE - 8) * (top - high[:, i]) / room
        lower = 4 + (_WAVE - 8) * (top - low[:, i]) / room
        there = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, upper - 0.4, strict=True))
        back = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[::-1], lower[::-1] + 0.4, strict=True))
        groups.append(
            tag("g", tag("polygon", points=f"{there} {back}", class_="mark"), class_=f"s{i % 6 + 1}")
        )
    labels = _labels([(top, 12), (bottom, _WAVE - 2)], 3)
    values = np.where(np.abs(high) > np.abs(low), high, low).T
    drawn = drawing(TOTAL, _WAVE, [_ground(_WAVE), *labels, *groups], title=title)
    return Panel(drawn, title, names=tuple(channels), values=values, digits=3)


def map_panel(
    values: np.ndarray, names: Sequence[str], title: str, *, low: float, high: float, rising: bool = False
) -> Panel:
    """A matrix ``[rows, steps]`` as a picture, its first row on top, or below where ``rising``."""
    shown = values[::-1] if rising else values
    height = min(_MAX_MAP, _ROW * len(values)) if len(values) <= _MAX_MAP // _ROW else _MAX_MAP // 2
    row = height / len(values)
    picture = tag(
        "image",
        href=picture_uri(shown, low=low, high=high),
        x=LEFT,
        y=0,
        width=WIDTH,
        height=height,
        preserveAspectRatio="none",
        style="image-rendering: pixelated",
    )
    every = max(1, round(_ROW / row))
    ordered = list(names)[::-1] if rising else list(names)
    labels = [
        tag(
            "text",
            shortened(name, _MAX_LETTERS),
            x=LEFT - 8,
            y=row * (i + 0.5) + 4,
            text_anchor="end",
            class_="tick",
        )
        for i, name in enumerate(ordered)
        if i % every == 0
    ]
    drawn = drawing(TOTAL, height, [picture, *labels], title=title)
    return Panel(drawn, title, "map", tuple(ordered), shown, 3)


def line_panel(
    lines: Mapping[str, np.ndarray],
    title: str,
    *,
    low: float,
    high: float,
    first_colour: int = 1,
    begins_unit: bool = False,
) -> Panel:
    """Values over the frames, each ``[steps]``; a value holds for its frame."""
    room = (high - low) or 1.0
    groups = []
    for i, values in enumerate(lines.values()):
        x = LEFT + WIDTH * np.arange(len(values) + 1) / len(values)
        y = 4 + (_LINES - 8) * (high - np.clip(values, low, high)) / room
        points = " ".join(
            f"{a:.1f},{v:.1f} {b:.1f},{v:.1f}" for a, b, v in zip(x[:-1], x[1:], y, strict=True)
        )
        line = tag("polyline", points=points, class_="line thin")
        groups.append(tag("g", line, class_=f"s{first_colour + i}"))
    labels = _labels([(high, 12), (low, _LINES - 2)], 2)
    children = [_ground(_LINES), *labels, *groups]
    drawn = drawing(TOTAL, _LINES, children, title=title)
    values = np.stack(list(lines.values()))
    return Panel(drawn, title, "lines", tuple(lines), values, 3, first_colour, begins_unit)


def word_panel(words: Sequence[Word], n_samples: int, title: str) -> Panel:
    """The words, each over the time that it took."""
    return Panel(drawing(TOTAL, _WORDS, list(_spans(words, n_samples)), title=title), title)


def time_panel(start_s: float, duration_s: float) -> Html:
    """The axis that all panels share."""
    axis = Axis("time (s)", start_s, start_s + duration_s, n_ticks=10)
    children = [tag("path", d=f"M{LEFT} 1h{WIDTH}", class_="axis")]
    for value, text in axis.ticks():
        x = LEFT + WIDTH * axis.place(value)
        children.append(tag("path", d=f"M{x:.1f} 1v5", class_="axis"))
        children.append(tag("text", text, x=x, y=19, text_anchor="middle", class_="tick"))
    children.append(tag("text", axis.name, x=LEFT - 8, y=19, text_anchor="end", class_="name"))
    return drawing(TOTAL, 26, children, title="time")


def _spans(words: Sequence[Word], n_samples: int) -> Iterator[Html]:
    for word in words:
        x = LEFT + WIDTH * word.start_samples / n_samples
        width = max(2.0, WIDTH * (min(word.end_samples, n_samples) - word.start_samples) / n_samples)
        told = tag("title", f"{word.text}, confidence {word.confidence:.2f}")
        yield tag("rect", told, x=x, y=2, width=width, height=_WORDS - 4, rx=4, class_="span")
        letters = max(1, int(width // LETTER_WIDTH))
        text = shortened(word.text, letters) if letters < len(word.text) else word.text
        yield tag("text", text, x=x + width / 2, y=_WORDS - 7, text_anchor="middle", class_="label")


def _ground(height: int) -> Html:
    return tag("rect", x=LEFT, y=0, width=WIDTH, height=height, class_="cell")


def _labels(marks: Sequence[tuple[float, int]], n_digits: int) -> list[Html]:
    return [
        tag("text", f"{value:.{n_digits}g}", x=LEFT - 8, y=y, text_anchor="end", class_="tick")
        for value, y in marks
    ]
