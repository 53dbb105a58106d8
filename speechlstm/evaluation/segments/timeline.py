"""Truth and answer over time, as a drawing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from speechlstm.evaluation.segments.scorer import SegmentResult
from speechlstm.messages import Word
from speechlstm.page import CLOCK_STEPS_S, LETTER_WIDTH, Html, clock, drawing, label_colour, standalone, tag
from speechlstm.timing import Rate

__all__ = ["timeline_chart", "timelines_svg"]

_MIN_WIDTH, _MAX_WIDTH = 900, 3600
_LEFT, _RIGHT, _TOP = 70, 30, 34
_BAND, _GAP = 40, 8
_TICK_WIDTH = 80
_KEY, _ROW = 12, 22
_TITLE = "Truth and answer over time"


def timeline_chart(
    truth: Sequence[Word],
    answer: Sequence[Word],
    *,
    n_samples: int,
    sample_rate_hz: Rate,
    labels: Sequence[str],
    title: str = "",
) -> Html:
    """Draw two bands of coloured segments over one axis of time, with a legend.

    A second is a pixel wide, but the drawing is no narrower than 900 and no wider than 3600 pixels. Pointing
    at a segment tells its label and its times.

    Args:
        truth: True segments, the upper band.
        answer: Answered segments, the lower band.
        n_samples: Length of the recording.
        sample_rate_hz: The unit of all times.
        labels: Names of the labels; a label has the same colour in every drawing with these.
        title: What stands above it.
    """
    return _timeline(truth, answer, _Scale.of(n_samples, sample_rate_hz), labels, title).svg


def timelines_svg(results: Iterable[SegmentResult], *, sample_rate_hz: Rate, labels: Sequence[str]) -> str:
    """:func:`timeline_chart` of several recordings, one under another; what could not be read is left out.

    Args:
        results: What became of them; their names and subjects are the titles.
        sample_rate_hz: The unit of all times.
        labels: Names of the labels.

    Returns:
        An SVG document, without a newline at the end.
    """
    inner, top, width = list[Html](), 0, _MIN_WIDTH
    for r in results:
        if r.error is None:
            title = f"{r.name}, {r.subject}" if r.subject else r.name
            scale = _Scale.of(r.n_samples, sample_rate_hz)
            drawn = _timeline(r.truth, r.answer, scale, labels, title)
            inner.append(Html(drawn.svg.replace("<svg ", f'<svg y="{top}" ', 1)))
            top, width = top + drawn.height, max(width, drawn.width)
    return standalone(drawing(width, top, inner, title=_TITLE))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where samples lie."""

    length_s: float
    width: int
    pixels_a_sample: float
    sample_rate_hz: Rate

    @classmethod
    def of(cls, n_samples: int, sample_rate_hz: Rate) -> "_Scale":
        length_s = float(max(n_samples, 1) / sample_rate_hz)
        width = round(min(_MAX_WIDTH, max(_MIN_WIDTH, length_s)))
        return cls(length_s, width, width / max(n_samples, 1), sample_rate_hz)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A drawing and its size in pixels."""

    svg: Html
    width: int
    height: int


def _timeline(
    truth: Sequence[Word], answer: Sequence[Word], scale: _Scale, labels: Sequence[str], title: str
) -> _Drawn:
    colours = {label: label_colour(i) for i, label in enumerate(labels)}
    axis_y = _TOP + 2 * _BAND + _GAP
    legend = list(_legend(colours, scale.width, axis_y + 44))
    height = axis_y + 50 + _ROW * len({y for y, _ in legend})
    total = scale.width + _LEFT + _RIGHT
    children = [
        tag("rect", width=total, height=height, class_="paper"),
        tag("text", title, x=_LEFT, y=20, class_="title"),
    ]
    for name, segments, y in (("truth", truth, _TOP), ("answer", answer, _TOP + _BAND + _GAP)):
        children += [
            tag("text", name, x=_LEFT - 8, y=y + _BAND // 2 + 4, text_anchor="end"),
            tag("rect", x=_LEFT, y=y, width=scale.width, height=_BAND, class_="cell"),
            tag("g", *_band(segments, colours, y, scale), class_=name),
        ]
    children.append(tag("g", *_axis(scale, axis_y), class_="times"))
    children.append(tag("g", *(key for _, key in legend), class_="legend"))
    return _Drawn(
        drawing(total, height, children, title=title or _TITLE, class_="chart broad"), total, height
    )


def _band(segments: Iterable[Word], colours: dict[str, str], y: int, scale: _Scale) -> Iterator[Html]:
    for segment in segments:
        bounds = (segment.start_samples, segment.end_samples)
        x, end = (_LEFT + scale.pixels_a_sample * n for n in bounds)
        start_s, end_s = (float(n / scale.sample_rate_hz) for n in bounds)
        told = tag("title", f"{segment.text} {clock(start_s, 0.1)} to {clock(end_s, 0.1)}")
        colour = colours.get(segment.text, "#000000")
        yield tag("rect", told, x=x, y=y, width=end - x, height=_BAND, fill=colour)


def _axis(scale: _Scale, y: int) -> Iterator[Html]:
    room = max(1, scale.width // _TICK_WIDTH)
    step_s = next((step for step in CLOCK_STEPS_S if scale.length_s / step <= room), CLOCK_STEPS_S[-1])
    yield tag("path", d=f"M{_LEFT} {y + 4}h{scale.width}", class_="axis")
    for i in range(int(scale.length_s / step_s + 1e-9) + 1):
        x = _LEFT + scale.width * i * step_s / scale.length_s
        yield tag("path", d=f"M{x:.2f} {y + 4}v5", class_="axis")
        yield tag("text", clock(i * step_s, step_s), x=x, y=y + 22, text_anchor="middle", class_="tick")


def _legend(colours: dict[str, str], width: int, y: int) -> Iterator[tuple[int, Html]]:
    """The ``y`` and the drawing of each key, in as many rows as they need."""
    x = _LEFT
    for label, colour in colours.items():
        needed = _KEY + 6 + LETTER_WIDTH * len(label) + 18
        if x > _LEFT and x + needed > _LEFT + width:
            x, y = _LEFT, y + _ROW
        square = tag("rect", x=x, y=y - 10, width=_KEY, height=_KEY, fill=colour)
        yield y, tag("g", square, tag("text", label, x=x + _KEY + 6, y=y))
        x += needed
