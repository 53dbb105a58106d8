"""How often what is said with some confidence is right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speechlstm.page.axis import Axis
from speechlstm.page.markup import Html, tag
from speechlstm.page.plot import Plot, drawing

__all__ = ["ReliabilityBin", "reliability_chart"]

_COUNTS_HEIGHT = 46


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers of about the same confidence.

    Attributes:
        low: Where the bin begins, 0 to 1.
        high: Where it ends.
        n: How many answers it holds.
        confidence: Their mean confidence.
        right: Share of them that are right.
        ci95: Its interval.
    """

    low: float
    high: float
    n: int
    confidence: float
    right: float
    ci95: tuple[float, float] | None = None


def reliability_chart(bins: Sequence[ReliabilityBin], *, title: str) -> Html:
    """Draw the share that is right over the confidence, the diagonal, and how many answers there are.

    Args:
        bins: Those that hold answers.
        title: What it shows, for who cannot see it.
    """
    plot = Plot(
        Axis("confidence given", 0, 1, percent=True),
        Axis("share that is right", 0, 1, percent=True),
        width=300,
        height=300,
    )
    diagonal = tag("path", d=f"M{plot.px(0)} {plot.py(0)}L{plot.px(1)} {plot.py(1)}", class_="ideal")
    dots = [mark for one in bins for mark in _dot(one, plot)]
    counts = list(_counts(bins, plot, plot.bottom + 56))
    children = [*plot.ground(), diagonal, tag("g", *dots, class_="s1"), tag("g", *counts, class_="s3")]
    return drawing(plot.left + plot.width + 24, plot.bottom + 76 + _COUNTS_HEIGHT, children, title=title)


def _dot(one: ReliabilityBin, plot: Plot) -> Iterator[Html]:
    x = plot.px(one.confidence)
    if one.ci95 is not None:
        low, high = map(plot.py, one.ci95)
        yield tag("path", d=f"M{x:.1f} {low:.1f}V{high:.1f}", class_="whisker")
    told = f"{one.n} answers given {100 * one.confidence:.1f} %: {100 * one.right:.1f} % are right"
    yield tag("circle", tag("title", told), cx=x, cy=plot.py(one.right), r=5, class_="mark")


def _counts(bins: Sequence[ReliabilityBin], plot: Plot, top: float) -> Iterator[Html]:
    most = max((one.n for one in bins), default=1)
    yield tag("text", "answers", x=plot.left, y=top, class_="name")
    for one in bins:
        x, end = plot.px(one.low), plot.px(one.high)
        tall = max(1.0, _COUNTS_HEIGHT * one.n / most)
        told = tag("title", f"{one.n} answers from {100 * one.low:.0f} to {100 * one.high:.0f} %")
        y = top + 8 + _COUNTS_HEIGHT - tall
        yield tag("rect", told, x=x + 1, y=y, width=max(1.0, end - x - 2), height=tall, class_="mark bar")
    bottom = top + 8 + _COUNTS_HEIGHT
    yield tag("path", d=f"M{plot.left} {bottom:.1f}h{plot.width}", class_="axis")
