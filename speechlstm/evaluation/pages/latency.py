"""The latency dial, as part of a page."""

from collections.abc import Iterator

from speechlstm.evaluation.curves import delay_chart, dial_chart
from speechlstm.evaluation.delays import Delay
from speechlstm.evaluation.dial import Dial
from speechlstm.evaluation.pages.wording import counted
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Html, figure, section, table, tag

__all__ = ["latency_section"]

_PARTS = ("setting", "final", "first partial", "emission", "algorithmic", "compute")


def latency_section(dial: Dial) -> Html:
    """Accuracy against delay, and what the delays consist of.

    Args:
        dial: The figures.
    """
    figures = [
        figure(
            dial_chart(dial),
            "Each dot is a setting of --latency: towards the right one waits longer; the height is the share "
            "of clips that are right then, the line its 95 % interval.",
            title="Accuracy against delay",
            numbers=table(("setting", "at most", "exact", "95 %", "below offline", "95 %"), _accuracy(dial)),
        )
    ]
    delays = delay_chart(dial)
    if delays is not None:
        words = counted(dial.point.delays.n_words, "word")
        caption = (
            f"From the end of a word to its being final (median, and what 95 % stay below), of {words} heard "
            "live; and what it consists of: until a frame tells the word (emission), until enough has been "
            "heard (algorithmic), and the work on this machine (compute)."
        )
        numbers = table(_PARTS, _delays(dial))
        figures.append(figure(delays, caption, title="What the delay consists of", numbers=numbers))
    return section(
        "The latency dial",
        tag("div", *figures, class_="grid-of-two"),
        name="latency",
        lead="One set of weights serves every setting; this is what each costs and gives.",
    )


def _accuracy(dial: Dial) -> Iterator[tuple[str, ...]]:
    for p in dial.points:
        exact, lost = p.evaluation.exact, p.exact_lost
        yield (
            p.latency,
            f"{1000 * p.bound_s:.0f} ms",
            percent(exact),
            limits(p.evaluation.exact_ci95),
            percent(lost),
            limits(p.exact_lost_ci95),
        )


def _delays(dial: Dial) -> Iterator[tuple[str, ...]]:
    for p in dial.points:
        d = p.delays
        yield p.latency, *map(_ms, (d.final, d.first_partial, d.emission, d.algorithmic, d.compute))


def _ms(delay: Delay) -> str:
    if delay.median_s is None or delay.p95_s is None:
        return "unknown"
    return f"{1000 * delay.median_s:.0f}, {1000 * delay.p95_s:.0f} ms"
