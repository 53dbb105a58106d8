"""How far confidences mean what they say, as part of a page."""

from collections.abc import Iterator

from speechlstm.evaluation.pages.wording import counted
from speechlstm.evaluation.reliability import Confidence, Reliability
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Html, ReliabilityBin, figure, reliability_chart, section, table, tag

__all__ = ["reliability_section"]


def reliability_section(confidence: Confidence) -> Html | None:
    """Share that is right by confidence, of words and of utterances; ``None`` where nothing was given."""
    if not confidence.words.n:
        return None
    return section(
        "Confidence",
        tag(
            "div",
            _figure(confidence.words, "Words"),
            _figure(confidence.utterances, "Utterances"),
            class_="grid-of-two",
        ),
        name="confidence",
        lead="Of what is given at 0.9 nine in ten are to be right: dots on the diagonal. "
        + " ".join((*_near("words", confidence.words), *_near("utterances", confidence.utterances)))
        + " An utterance is right where every word given is; words that were missed are no part of it.",
    )


def _near(what: str, found: Reliability) -> Iterator[str]:
    if (near := found.at_nine_tenths) is not None:
        right = f"{percent(near.right)} are right (95 %: {limits(near.ci95)})"
        yield f"Of {near.n} {what} given at 0.85 to 0.95 (mean {near.confidence:.2f}) {right}."


def _figure(found: Reliability, title: str) -> Html:
    caption = (
        f"{counted(found.n, 'answer')}; expected calibration error {percent(found.ece)} "
        f"(95 %: {limits(found.ece_ci95)}). Lines are 95 % intervals."
    )
    numbers = table(("confidence", "given", "mean", "right", "95 %"), map(_row, found.bins))
    drawn = reliability_chart(found.bins, title=f"{title}: share that is right by confidence")
    return figure(drawn, caption, title=title, numbers=numbers)


def _row(one: ReliabilityBin) -> tuple[str, ...]:
    between = f"{one.low:.1f} to {one.high:.1f}"
    return between, str(one.n), f"{one.confidence:.2f}", percent(one.right), limits(one.ci95)
