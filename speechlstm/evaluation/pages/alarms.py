"""Words given where none were said, as part of a page."""

from collections.abc import Iterator

from speechlstm.evaluation.alarms import Alarms, OperatingPoint
from speechlstm.evaluation.curves import alarms_chart
from speechlstm.evaluation.pages.wording import counted
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Axis, Bar, Html, bar_chart, figure, section, table, tag

__all__ = ["alarms_section"]

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
    numbers = table(
        ("sensitivity", "alarms an hour", "95 %", "words missed", "95 %"), map(_row, alarms.curve)
    )
    if alarms.n_words:
        title = "Misses against false alarms"
        caption = (
            "Each dot is a sensitivity. Towards the lower left there is less of both mistakes: words missed, "
            f"of {alarms.n_words}, and false words an hour. Lines are 95 % intervals."
        )
    else:
        title = "False alarms by sensitivity"
        caption = (
            "How often a word is given where none was said, by sensitivity; the band is the 95 % interval."
        )
    return figure(alarms_chart(alarms), caption, title=title, numbers=numbers)


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
