"""A stream of hours, as part of a page."""

from collections.abc import Iterator

from speechlstm.evaluation.curves import endless_chart
from speechlstm.evaluation.endless.report import Endless
from speechlstm.evaluation.pages.wording import duration
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Html, figure, section, table, tag

__all__ = ["endless_section"]


def endless_section(found: Endless) -> Html:
    """Errors over the hours, and what rules for the carried state would give.

    Args:
        found: The figures.
    """
    gained = f"{percent(found.wer_gained)} (95 %: {limits(found.wer_gained_ci95)})"
    memory = ""
    if found.resident_mb_gained is not None:
        memory = f" Memory grew by {found.resident_mb_gained:.1f} MB."
    states = "stayed finite" if found.is_finite else "did NOT stay finite"
    errors = figure(
        endless_chart(found),
        "Word errors of each stretch of the stream; the band is the 95 % interval. Level means no drift.",
        title="Errors over the hours",
        numbers=table(("from", "words", "word errors", "95 %"), _stretches(found)),
    )
    policies = tag(
        "figure",
        tag("h3", "What carrying the state is worth"),
        table(("state", "word errors", "95 %", "above never reset", "95 %"), _policies(found)),
        tag("figcaption", "The same sound, with the network's state carried on or begun afresh."),
        class_="wide",
    )
    return section(
        "An endless stream",
        tag("div", errors, policies, class_="grid-of-two"),
        name="endless",
        lead=f"{duration(3600 * found.hours)} as one stream. The last stretch repeats the sound of the "
        f"first: it has {gained} more word errors.{memory} The states {states}.",
    )


def _stretches(found: Endless) -> Iterator[tuple[str, ...]]:
    for s in found.stretches:
        yield f"{s.start_s / 3600:.2f} h", str(s.errors.n_words), percent(s.wer), limits(s.wer_ci95)


def _policies(found: Endless) -> Iterator[tuple[str, ...]]:
    for p in found.policies:
        yield p.policy, percent(p.wer), limits(p.wer_ci95), percent(p.wer_gained), limits(p.wer_gained_ci95)
