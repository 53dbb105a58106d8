"""How words and speakers fared, one by one, as part of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from speechlstm.evaluation.intervals import Interval, wilson
from speechlstm.evaluation.pages.confusion import pair_counts
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.table import limits, percent
from speechlstm.evaluation.words import ClipResult
from speechlstm.page import Axis, Bar, Html, bar_chart, figure, section, table, tag

__all__ = ["who_section"]

_MOST = 20
# with more words a clip, speakers are told apart by words, not by clips that are right as a whole
_WORDS_A_CLIP = 1.5


@dataclass(frozen=True, slots=True)
class _Share:
    """How many of ``n`` were right."""

    name: str
    right: int
    n: int

    @property
    def value(self) -> float:
        return self.right / self.n

    @property
    def ci95(self) -> Interval:
        return wilson(self.right, self.n)


def who_section(evaluation: Evaluation, vocabulary: Sequence[str]) -> Html | None:
    """Bars for every word and every speaker; ``None`` where there are neither.

    Args:
        evaluation: The figures.
        vocabulary: Words of the model, in its order.
    """
    words, speakers = _words(evaluation, vocabulary), _speakers(evaluation)
    figures = [_chart("Words", "a word's utterances that were recognised", "recognised", words)]
    in_words = evaluation.errors.n_words > _WORDS_A_CLIP * max(1, evaluation.spoken.n_clips)
    what = "words that were recognised" if in_words else "clips with every word right and none added"
    shares = [_words_right(*one) if in_words else _clips_right(*one) for one in speakers]
    known = [share for share in shares if share.n]
    figures.append(_chart("Speakers", f"a speaker's {what}", "words right" if in_words else "exact", known))
    shown = [one for one in figures if one is not None]
    if not shown:
        return None
    return section(
        "Words and speakers",
        tag("div", *shown, class_="grid-of-two"),
        name="speakers",
        lead="A good average can hide a word that never comes, or a speaker who is never understood.",
    )


def _words(evaluation: Evaluation, vocabulary: Sequence[str]) -> list[_Share]:
    pairs = pair_counts(evaluation.results)
    said = ((word, sum(n for (one, _), n in pairs.items() if one == word)) for word in vocabulary)
    return [_Share(word, pairs[word, word], n) for word, n in said if n]


def _speakers(evaluation: Evaluation) -> list[tuple[str, list[ClipResult]]]:
    named = (r for r in evaluation.results if r.error is None and r.clip.speaker)
    in_order = sorted(named, key=lambda r: r.clip.speaker)
    return [(name, list(clips)) for name, clips in groupby(in_order, key=lambda r: r.clip.speaker)]


def _words_right(name: str, clips: Iterable[ClipResult]) -> _Share:
    errors = [clip.errors for clip in clips]
    wrong = sum(e.deletions + e.substitutions for e in errors)
    n_words = sum(e.n_words for e in errors)
    return _Share(name, n_words - wrong, n_words)


def _clips_right(name: str, clips: Sequence[ClipResult]) -> _Share:
    return _Share(name, sum(clip.exact for clip in clips), len(clips))


def _chart(title: str, what: str, axis_name: str, shares: Sequence[_Share]) -> Html | None:
    if not shares:
        return None
    # who is sure to fare badly first, not who was heard but once
    worst = sorted(shares, key=lambda share: (share.ci95[1], share.value))[:_MOST]
    bars = [
        Bar(s.name, s.value, s.ci95, f"{s.name}: {s.right} of {s.n}, {percent(s.value)} ({limits(s.ci95)})")
        for s in worst
    ]
    values = sorted(share.value for share in shares)
    caption = (
        f"The bar is the share of {what}, the line its 95 % interval, which takes them as independent. "
        f"The worst has {percent(values[0])}, the median {percent(values[len(values) // 2])}."
    )
    if len(shares) > _MOST:
        caption += f" Shown are {_MOST} of {len(shares)}, the worst first by the upper end of the interval."
    numbers = table(
        (title[:-1].lower(), "right", "of", "share", "95 %"),
        ((s.name, str(s.right), str(s.n), percent(s.value), limits(s.ci95)) for s in worst),
    )
    axis = Axis(axis_name, 0.0, 1.0, percent=True, n_ticks=4)
    return figure(bar_chart(bars, axis=axis, title=title), caption, title=title, numbers=numbers)
