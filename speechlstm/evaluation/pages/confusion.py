"""What was recognised for what was said, as part of a page."""

from collections import Counter
from collections.abc import Sequence

from speechlstm.evaluation.table import percent
from speechlstm.evaluation.words import ClipResult, align
from speechlstm.page import Html, figure, heat_map, section, table

__all__ = ["confusion_section", "pair_counts"]

_NOTHING = "(nothing)"
_MOST_WORDS = 24
_MOST_PAIRS = 12


def pair_counts(results: Sequence[ClipResult]) -> Counter[tuple[str, str]]:
    """How often each word was recognised for each, right ones included; ``""`` stands for none."""
    done = (r for r in results if r.error is None)
    return Counter(pair for r in done for pair in align(r.reference.split(), r.hypothesis.split()))


def confusion_section(results: Sequence[ClipResult], vocabulary: Sequence[str]) -> Html | None:
    """A map of who was taken for whom, or ``None`` where nothing was said and nothing recognised.

    Args:
        results: What became of the clips.
        vocabulary: Words of the model, in its order.
    """
    pairs = pair_counts(results)
    if not pairs:
        return None
    shown = _shown(pairs, vocabulary)
    names = [*shown, ""]
    counts = [[pairs[said, heard] for heard in names] for said in names]
    told = [word or _NOTHING for word in names]
    drawn = heat_map(
        counts,
        rows=told,
        columns=told,
        row_name="said",
        column_name="recognised",
        title="Confusions of words",
    )
    left_out = len({word for pair in pairs for word in pair if word}) - len(shown)
    caption = (
        "Each row is a word that was said. Blue is how often it was recognised, orange what was given in its "
        f"place; the column {_NOTHING} counts words missed, the row {_NOTHING} words that nobody said."
    )
    if left_out:
        caption += f" Of {left_out + len(shown)} words, the {len(shown)} with the most mistakes."
    worst = table(("said", "recognised", "times", "of the word"), _worst(pairs))
    return section(
        "Confusions",
        figure(drawn, caption, beside=worst),
        name="confusions",
        lead="Which words are taken for which.",
    )


def _shown(pairs: Counter[tuple[str, str]], vocabulary: Sequence[str]) -> list[str]:
    """The words that occur, those with the most mistakes if there are many, in the vocabulary's order."""
    mistakes: Counter[str] = Counter()
    for (said, heard), n in pairs.items():
        for word in filter(None, {said, heard}):
            mistakes[word] += n * (said != heard)
    order = {word: i for i, word in enumerate(vocabulary)}
    kept = [word for word, _ in mistakes.most_common(_MOST_WORDS)]
    return sorted(kept, key=lambda word: (order.get(word, len(order)), word))


def _worst(pairs: Counter[tuple[str, str]]) -> list[tuple[str, ...]]:
    said_in_all: Counter[str] = Counter()
    for (said, _), n in pairs.items():
        said_in_all[said] += n
    wrong = Counter({pair: n for pair, n in pairs.items() if pair[0] != pair[1]})
    return [
        (said or _NOTHING, heard or _NOTHING, str(n), percent(n / said_in_all[said]) if said else "")
        for (said, heard), n in wrong.most_common(_MOST_PAIRS)
    ]
