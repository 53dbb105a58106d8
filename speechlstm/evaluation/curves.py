"""What was measured at many settings, as drawings."""

from collections.abc import Callable, Iterable

from speechlstm.evaluation.alarms import Alarms, OperatingPoint
from speechlstm.evaluation.delays import Delay
from speechlstm.evaluation.dial import Dial, DialPoint
from speechlstm.evaluation.endless.report import Endless
from speechlstm.evaluation.intervals import Interval
from speechlstm.evaluation.robustness.robustness import ConditionScore, Robustness
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Axis, Bar, Html, Line, Point, bar_chart, line_chart, stacked, standalone

__all__ = [
    "alarms_chart",
    "alarms_svg",
    "delay_chart",
    "dial_chart",
    "dial_svg",
    "endless_chart",
    "endless_svg",
    "robustness_charts",
    "robustness_svg",
]

# sensitivities
_LABELLED = (0.0, 0.5, 1.0)
_TITLES = {
    "noise": "Noise",
    "level": "Level",
    "bandwidth": "Bandwidth",
    "room": "Simulated rooms, by the time in which sound dies away",
}


def dial_chart(dial: Dial) -> Html:
    """Exact clips against the algorithmic delay of each setting."""
    points = [
        Point(p.bound_s, e.exact, e.exact_ci95, _told(p.latency, e.exact, e.exact_ci95), p.latency)
        for p in dial.points
        if (e := p.evaluation).exact is not None
    ]
    delays_s = [p.bound_s for p in dial.points]
    x = Axis("algorithmic delay at most (s)", 0.7 * min(delays_s), 1.4 * max(delays_s), log=True)
    y = _shares("exact clips", ((p.y, p.ci95) for p in points), from_zero=False)
    return line_chart(
        [Line("exact", tuple(points))], x=x, y=y, title="Accuracy against delay", joined_up=False
    )


def delay_chart(dial: Dial) -> Html | None:
    """What the delays consist of, at the settings that answer while one speaks; ``None`` if none is known."""
    live = [p for p in dial.points if p.latency != "offline" and p.delays.final.median_s is not None]
    if not live:
        return None
    parts: tuple[tuple[str, Callable[[DialPoint], Delay]], ...] = (
        ("final", lambda p: p.delays.final),
        ("first partial", lambda p: p.delays.first_partial),
        ("emission", lambda p: p.delays.emission),
        ("algorithmic", lambda p: p.delays.algorithmic),
        ("compute", lambda p: p.delays.compute),
    )
    lines = [Line(name, tuple(_delay(i, p, name, of(p)) for i, p in enumerate(live))) for name, of in parts]
    late = tuple(Point(i, p.delays.final.p95_s or 0.0, None, p.latency) for i, p in enumerate(live))
    lines.insert(1, Line("final, 95 %", late))
    values = [point.y for line in lines for point in line.points]
    room = 0.08 * (max(values) - min(values)) or 0.1
    x = Axis("setting", -0.3, len(live) - 0.7, marks=tuple((i, p.latency) for i, p in enumerate(live)))
    y = Axis("median, after the end of the word (s)", min(values) - room, max(values) + room)
    return line_chart(lines, x=x, y=y, title="What delays consist of")


def robustness_charts(found: Robustness) -> list[tuple[str, Html]]:
    """A chart for each kind of condition, with its title."""
    titles = [kind for kind in _TITLES if found.of(kind)]
    return [(_title(kind, found), _conditions(kind, found)) for kind in titles]


def alarms_chart(found: Alarms) -> Html:
    """Words missed against false words an hour; the latter by sensitivity where no words are known."""
    hours = Axis("false words an hour", *_rates(found), log=True)
    if not found.n_words:
        points = tuple(
            Point(p.sensitivity, p.alarms_per_hour, p.alarms_per_hour_ci95, _alarms(p)) for p in found.curve
        )
        x = Axis("sensitivity", 0, 1)
        return line_chart([Line("", points)], x=x, y=hours, title="False words an hour by sensitivity")
    missed = [point for point in found.curve if point.misses is not None]
    most = max([0.02, *(point.misses_ci95[1] for point in missed if point.misses_ci95 is not None)])
    y = Axis("words missed", 0, most, percent=True)
    lines = [Line("", tuple(_missed(point) for point in missed))]
    return line_chart(lines, x=hours, y=y, title="Misses and alarms", joined_up=False)


def endless_chart(found: Endless) -> Html:
    """Errors over the hours of a stream."""
    points = tuple(
        Point(s.start_s / 3600, s.wer, s.wer_ci95, _told(f"{s.start_s / 60:.0f} min", s.wer, s.wer_ci95))
        for s in found.stretches
        if s.wer is not None
    )
    x = Axis("hours of the stream", 0, max(p.x for p in points) * 1.05 or 1)
    y = _shares("word errors", ((p.y, p.ci95) for p in points))
    return line_chart([Line("word errors", points)], x=x, y=y, title="Errors over an endless stream")


def dial_svg(dial: Dial) -> str:
    """:func:`dial_chart` and :func:`delay_chart` as a document that needs no other file."""
    drawings = [("Accuracy against delay", dial_chart(dial))]
    delays = delay_chart(dial)
    if delays is not None:
        drawings.append(("What delays consist of", delays))
    return standalone(stacked(drawings, title="The latency dial"))


def robustness_svg(found: Robustness) -> str:
    """:func:`robustness_charts` as a document that needs no other file."""
    return standalone(stacked(robustness_charts(found), title="Robustness"))


def alarms_svg(found: Alarms) -> str:
    """:func:`alarms_chart` as a document that needs no other file."""
    return standalone(stacked([("False alarms", alarms_chart(found))], title="False alarms"))


def endless_svg(found: Endless) -> str:
    """:func:`endless_chart` as a document that needs no other file."""
    drawings = [("Errors over an endless stream", endless_chart(found))]
    return standalone(stacked(drawings, title="An endless stream"))


def _rates(found: Alarms) -> tuple[float, float]:
    """From below the least that could be told in so many hours; no alarm at all lies there."""
    rates = [p.alarms_per_hour for p in found.curve] + [p.alarms_per_hour_ci95[1] for p in found.curve]
    low = min([1 / found.hours, *(rate for rate in rates if rate > 0)]) / 2
    return low, max(10 * low, 1.2 * max(rates))


def _missed(point: OperatingPoint) -> Point:
    label = f"{point.sensitivity:g}" if point.sensitivity in _LABELLED else ""
    return Point(
        point.alarms_per_hour,
        point.misses or 0.0,
        point.misses_ci95,
        _alarms(point),
        label,
        x_ci95=point.alarms_per_hour_ci95,
    )


def _alarms(point: OperatingPoint) -> str:
    low, high = point.alarms_per_hour_ci95
    rate = f"sensitivity {point.sensitivity:g}: {point.alarms_per_hour:.1f} an hour ({low:.1f} to {high:.1f})"
    return (
        rate
        if point.misses is None
        else f"{rate}, {percent(point.misses)} missed ({limits(point.misses_ci95)})"
    )


def _title(kind: str, found: Robustness) -> str:
    return f"{_TITLES[kind]} ({found.noises})" if kind == "noise" else _TITLES[kind]


def _conditions(kind: str, found: Robustness) -> Html:
    scores = [s for s in found.of(kind) if s.wer is not None]
    clean = found.clean
    if kind in ("bandwidth", "room"):
        bars = [Bar(s.name, s.wer, s.wer_ci95) for s in (clean, *scores)]
        every = ((s.wer or 0.0, s.wer_ci95) for s in (clean, *scores))
        return bar_chart(bars, axis=_shares("word errors", every), title=_TITLES[kind])
    lines = [Line(_TITLES[kind].lower(), tuple(_point(s) for s in scores))]
    if clean.wer is not None:
        ends = (min(s.value for s in scores), max(s.value for s in scores))
        lines.append(Line("clean", tuple(Point(x, clean.wer, None, _of(clean)) for x in ends)))
    name = "speech to noise (dB)" if kind == "noise" else "peak (dB against full scale)"
    x = Axis(name, min(s.value for s in scores), max(s.value for s in scores))
    y = _shares("word errors", ((s.wer or 0.0, s.wer_ci95) for s in (clean, *scores)))
    return line_chart(lines, x=x, y=y, title=_TITLES[kind])


def _point(score: ConditionScore) -> Point:
    return Point(score.value, score.wer or 0.0, score.wer_ci95, _of(score))


def _of(score: ConditionScore) -> str:
    return _told(score.name, score.wer, score.wer_ci95)


def _delay(place: int, point: DialPoint, part: str, delay: Delay) -> Point:
    median_s = delay.median_s or 0.0
    return Point(place, median_s, delay.median_ci95, f"{point.latency}, {part}: {1000 * median_s:.0f} ms")


def _shares(name: str, found: Iterable[tuple[float, Interval | None]], *, from_zero: bool = True) -> Axis:
    """An axis of shares that holds all of them and their intervals."""
    ends = [end for value, interval in found for end in (value, *(interval or ()))]
    low = 0.0 if from_zero else max(0.0, min(ends, default=0.0) - 0.02)
    return Axis(name, low, max([*ends, low + 0.05]), percent=True)


def _told(name: str, share: float | None, interval: Interval | None) -> str:
    return f"{name}: {percent(share)} ({limits(interval)})"
