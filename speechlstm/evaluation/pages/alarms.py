"""Words given where none were said, as part of a page."""

from collections.abc import Iterator

from speechlstm.evaluation.alarms import Alarms, OperatingPoint
from speechlstm.evaluation.pages.wording import counted
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Axis, Bar, Html, Line, Point, bar_chart, figure, line_chart, section, table, tag

__all__ = ["alarms_section"]

_LABELLED = (0.0, 0.5, 1.0)
_MOST = 12


def alarms_section(alarms: Alarms) -> Html:
    """The curve of misses against alarms an hour, and which words and files gave them.

    Args:
        alarms: The figures.
    """
    figures = [_curve(alarms)]
    if alarms.n_alarms:
        figures.append(_words(alarms))
    return section(
        "False alarms",
        tag("div", *figures, class_="grid-of-two"),
        name="alarms",
        lead=f"{counted(alarms.n_alarms, 'word')} given in {alarms.hours:.2f} hours of sound that holds none "
        f"({counted(alarms.n_files, 'file')}), at sensitivity {alarms.sensitivity:g}.",
    )


def _curve(alarms: Alarms) -> Html:
    low, high = _range(alarms)
    hours = Axis("false words an hour", low, high, log=True)
    numbers = table(
        ("sensitivity", "alarms an hour", "95 %", "words missed", "95 %"), map(_row, alarms.curve)
    )
    if alarms.n_words:
        missed = [point for point in alarms.curve if point.misses is not None]
        most = max([0.02, *(point.misses_ci95[1] for point in missed if point.misses_ci95 is not None)])
        points = tuple(_missed(point) for point in missed)
        drawn = line_chart(
            [Line("", points)],
            x=hours,
            y=Axis("words missed", 0, most, percent=True),
            title="Misses and alarms",
            joined_up=False,
        )
        caption = (
            "Each dot is a sensitivity. Towards the lower left there is less of both mistakes: words missed, "
            f"of {alarms.n_words}, and false words an hour. Lines are 95 % intervals."
        )
        return figure(drawn, caption, title="Misses against false alarms", numbers=numbers)
    points = tuple(
        Point(p.sensitivity, p.alarms_per_hour, p.alarms_per_hour_ci95, _told(p)) for p in alarms.curve
    )
    drawn = line_chart(
        [Line("", points)], x=Axis("sensitivity", 0, 1), y=hours, title="False words an hour by sensitivity"
    )
    caption = "How often a word is given where none was said, by sensitivity; the band is the 95 % interval."
    return figure(drawn, caption, title="False alarms by sensitivity", numbers=numbers)


def _range(alarms: Alarms) -> tuple[float, float]:
    """From below the least that could be told in so many hours; no alarm at all lies there."""
    rates = [p.alarms_per_hour for p in alarms.curve] + [p.alarms_per_hour_ci95[1] for p in alarms.curve]
    low = min([1 / alarms.hours, *(rate for rate in rates if rate > 0)]) / 2
    return low, max(10 * low, 1.2 * max(rates))


def _missed(point: OperatingPoint) -> Point:
    label = f"{point.sensitivity:g}" if point.sensitivity in _LABELLED else ""
    return Point(
        point.alarms_per_hour,
        point.misses or 0.0,
        point.misses_ci95,
        _told(point),
        label,
        x_ci95=point.alarms_per_hour_ci95,
    )


def _told(point: OperatingPoint) -> str:
    low, high = point.alarms_per_hour_ci95
    rate = f"sensitivity {point.sensitivity:g}: {point.alarms_per_hour:.1f} an hour ({low:.1f} to {high:.1f})"
    return (
        rate
        if point.misses is None
        else f"{rate}, {percent(point.misses)} missed ({limits(point.misses_ci95)})"
    )


def _row(point: OperatingPoint) -> tuple[str, ...]:
    low, high = point.alarms_per_hour_ci95
    misses = (percent(point.misses), limits(point.misses_ci95)) if point.misses is not None else ("", "")
    return f"{point.sensitivity:g}", f"{point.alarms_per_hour:.1f}", f"{low:.1f} to {high:.1f}", *misses


def _words(alarms: Alarms) -> Html:
    worst = sorted(alarms.by_word.items(), key=lambda pair: -pair[1])[:_MOST]
    bars = [Bar(word, float(n)) for word, n in worst]
    most = max(n for _, n in worst)
    axis = Axis("times", 0, most, n_ticks=min(4, most))
    return figure(
        bar_chart(bars, axis=axis, title="False words"),
        "Which words were given where none was said, and how often.",
        title="Which words",
        numbers=table(("file", "false words"), _files(alarms)),
    )


def _files(alarms: Alarms) -> Iterator[tuple[str, str]]:
    for name, n in alarms.worst:
        yield name, str(n)
