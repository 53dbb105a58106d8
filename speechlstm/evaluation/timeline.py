"""Truth and answer over time, as a drawing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from speechlstm.evaluation.segments import SegmentResult
from speechlstm.messages import Word
from speechlstm.timing import Rate

__all__ = ["timeline_svg", "timelines_svg"]

# ColorBrewer's Paired, the dark ones first, so that few labels are easy to tell apart
_COLOURS = (
    *("#1f78b4", "#ff7f00", "#33a02c", "#e31a1c", "#6a3d9a", "#b15928"),
    *("#a6cee3", "#fdbf6f", "#b2df8a", "#fb9a99", "#cab2d6", "#ffff99"),
)
_GOLDEN_ANGLE = 137.508
_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)

_MIN_WIDTH, _MAX_WIDTH = 900, 3600
_LEFT, _RIGHT, _TOP = 70, 30, 34
_BAND, _GAP = 40, 8
_TICK_WIDTH = 80
_LETTER_WIDTH, _KEY = 7, 12
_ROW = 22
_SIZE = re.compile(r'width="(\d+)" height="(\d+)" font')


def timeline_svg(
    truth: Sequence[Word],
    answer: Sequence[Word],
    *,
    n_samples: int,
    sample_rate_hz: Rate,
    labels: Sequence[str],
    title: str = "",
) -> str:
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

    Returns:
        An SVG document that needs no other file, without a newline at the end.
    """
    length_s = float(max(n_samples, 1) / sample_rate_hz)
    width = round(min(_MAX_WIDTH, max(_MIN_WIDTH, length_s)))
    pixels_a_sample = width / max(n_samples, 1)
    colours = {label: _colour(i) for i, label in enumerate(labels)}
    axis_y = _TOP + 2 * _BAND + _GAP
    legend = list(_legend(colours, width, axis_y + 44))
    height = axis_y + 50 + _ROW * len({y for y, _ in legend})
    total = width + _LEFT + _RIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222222">',
        f'<rect width="{total}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
    ]
    for name, segments, y in (("truth", truth, _TOP), ("answer", answer, _TOP + _BAND + _GAP)):
        lines.append(f'<text x="{_LEFT - 8}" y="{y + _BAND // 2 + 4}" text-anchor="end">{name}</text>')
        lines.append(f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAND}" fill="#eeeeee"/>')
        lines.append(f'<g id="{name}">')
        lines += _band(segments, colours, y, pixels_a_sample, sample_rate_hz)
        lines.append("</g>")
    lines += [
        *_axis(length_s, width, axis_y),
        '<g id="legend">',
        *(key for _, key in legend),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines)


def timelines_svg(results: Iterable[SegmentResult], *, sample_rate_hz: Rate, labels: Sequence[str]) -> str:
    """:func:`timeline_svg` of several recordings, one under another; what could not be read is left out.

    Args:
        results: What became of them; their names and subjects are the titles.
        sample_rate_hz: The unit of all times.
        labels: Names of the labels.

    Returns:
        An SVG document, without a newline at the end.
    """
    inner, top, width = [], 0, _MIN_WIDTH
    for r in results:
        if r.error is None:
            title = f"{r.name}, {r.subject}" if r.subject else r.name
            drawing = timeline_svg(
                r.truth,
                r.answer,
                n_samples=r.n_samples,
                sample_rate_hz=sample_rate_hz,
                labels=labels,
                title=title,
            )
            inner.append(drawing.replace("<svg ", f'<svg y="{top}" ', 1))
            drawn_width, height = map(int, _SIZE.findall(drawing)[0])
            top, width = top + height, max(width, drawn_width)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}">'
    )
    return "\n".join([head, *inner, "</svg>"])


def _band(
    segments: Iterable[Word], colours: dict[str, str], y: int, pixels_a_sample: float, sample_rate_hz: Rate
) -> Iterator[str]:
    for segment in segments:
        x, end = (_LEFT + pixels_a_sample * at for at in (segment.start_samples, segment.end_samples))
        bounds = (segment.start_samples, segment.end_samples)
        start_s, end_s = (float(n / sample_rate_hz) for n in bounds)
        told = f"{escape(segment.text)} {_clock(start_s, 0.1)} to {_clock(end_s, 0.1)}"
        colour = colours.get(segment.text, "#000000")
        yield (
            f'<rect x="{x:.2f}" y="{y}" width="{end - x:.2f}" height="{_BAND}" fill="{colour}">'
            f"<title>{told}</title></rect>"
        )


def _axis(length_s: float, width: int, y: int) -> Iterator[str]:
    room = max(1, width // _TICK_WIDTH)
    step_s = next((step for step in _TICKS_S if length_s / step <= room), _TICKS_S[-1])
    yield f'<g id="axis" stroke="#222222"><path d="M{_LEFT} {y + 4}h{width}" fill="none"/>'
    for i in range(int(length_s / step_s + 1e-9) + 1):
        x = _LEFT + width * i * step_s / length_s
        yield f'<path d="M{x:.2f} {y + 4}v5" fill="none"/>'
        label = _clock(i * step_s, step_s)
        yield f'<text x="{x:.2f}" y="{y + 22}" text-anchor="middle" stroke="none">{label}</text>'
    yield "</g>"


def _legend(colours: dict[str, str], width: int, y: int) -> Iterator[tuple[int, str]]:
    """The ``y`` and the drawing of each key, in as many rows as they need."""
    x = _LEFT
    for label, colour in colours.items():
        needed = _KEY + 6 + _LETTER_WIDTH * len(label) + 18
        if x > _LEFT and x + needed > _LEFT + width:
            x, y = _LEFT, y + _ROW
        yield (
            y,
            f'<rect x="{x}" y="{y - 10}" width="{_KEY}" height="{_KEY}" fill="{colour}"/>'
            f'<text x="{x + _KEY + 6}" y="{y}">{escape(label)}</text>',
        )
        x += needed


def _clock(time_s: float, step_s: float) -> str:
    """``m:ss`` or ``h:mm:ss``, with tenths where the step has them.

    Example:
        >>> [_clock(75, 5), _clock(3675, 60), _clock(7.26, 0.1)]
        ['1:15', '1:01:15', '0:07.3']
    """
    tenths = round(10 * time_s)
    minutes, rest = divmod(tenths, 600)
    text = f"{minutes % 60:02}:{rest // 10:02}" if minutes >= 60 else f"{minutes}:{rest // 10:02}"
    text = f"{minutes // 60}:{text}" if minutes >= 60 else text
    return f"{text}.{rest % 10}" if step_s < 1 else text


def _colour(i: int) -> str:
    """Colours far apart, whatever their number."""
    if i < len(_COLOURS):
        return _COLOURS[i]
    return f"hsl({_GOLDEN_ANGLE * i % 360:.0f}, 55%, 45%)"
