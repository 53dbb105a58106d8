"""Words given where none were said, as part of a page."""

from speechlstm.evaluation.alarms import Alarms, OperatingPoint, rare_lines
from speechlstm.evaluation.curves import alarms_chart
from speechlstm.evaluation.pages.wording import counted
from speechlstm.evaluation.table import hours_of, limits, percent
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
        lead=f"{counted(alarms.n_alarms, 'word')} given in {hours_of(alarms.hours)} of sound that holds none "
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
    if alarms.rare is not None:
        caption = f"{caption} With {'; '.join(rare_lines(alarms.rare, alarms.hours))}."
    return figure(alarms_chart(alarms), caption, title=title, numbers=numbers)


def _row(point: OperatingPoint) -> tuple[str, ...]:
    low, high = point.alarms_per_hour_ci95
    misses = (percent(point.misses), limits(point.misses_ci95)) if point.misses is not None else ("", "")
    return f"{point.sensitivity:g}", f"{point.alarms_per_hour:.1f}", f"{low:.1f} to {high:.1f}", *misses


def _words(alarms: Alarms) -> Html:
    worst = _by_number(alarms)[:_MOST]
    bars = [Bar(word, float(n)) for word, n in worst]
    most = max(n for _, n in worst)
    axis = Axis("times", 0, most, n_ticks=min(4, most))
    return figure(
        bar_chart(bars, axis=axis, title="False words"),
        f"Which words were given where none was said, and how often{_cut(alarms)}. "
        f"The files with the most: {_files(alarms)}.",
        title="Which words",
        numbers=table(("word", "false words"), ((word, str(n)) for word, n in _by_number(alarms))),
    )


def _by_number(alarms: Alarms) -> list[tuple[str, int]]:
    return sorted(alarms.by_word.items(), key=lambda pair: -pair[1])


def _cut(alarms: Alarms) -> str:
    n = len(alarms.by_word)
    return f", the commonest {_MOST} of {n}" if n > _MOST else ""


def _files(alarms: Alarms) -> str:
    return ", ".join(f"{name} ({n})" for name, n in alarms.worst)
