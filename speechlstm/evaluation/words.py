"""Word errors of one clip: what was said against what was recognised."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from types import ModuleType

from speechlstm.data.manifest import Clip
from speechlstm.errors import MissingDependency
from speechlstm.messages import Word
from speechlstm.odds import BY_THEMSELVES, Joint

__all__ = ["ClipResult", "WordErrors", "align", "confusions", "words_in"]


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Counts of an alignment with the fewest edits.

    Attributes:
        n_words: Words of the reference.
        substitutions: Words recognised as another one.
        deletions: Words of the reference that were not recognised.
        insertions: Recognised words that nobody said.
    """

    n_words: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @classmethod
    def of(cls, reference: Sequence[str], hypothesis: Sequence[str]) -> "WordErrors":
        """Count the errors of ``hypothesis``.

        Example:
            >>> WordErrors.of([], ["go"])
            WordErrors(n_words=0, substitutions=0, deletions=0, insertions=1)
        """
        pairs = align(reference, hypothesis)
        return cls(
            n_words=len(reference),
            substitutions=sum(bool(said and heard) and said != heard for said, heard in pairs),
            deletions=sum(not heard for _, heard in pairs),
            insertions=sum(not said for said, _ in pairs),
        )

    @property
    def total(self) -> int:
        """Substitutions, deletions and insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        """Errors per word of the reference, 0 or more; ``None`` for an empty reference."""
        return self.total / self.n_words if self.n_words else None

    def __add__(self, other: "WordErrors") -> "WordErrors":
        """Sum the counts of two clips or sets."""
        return WordErrors(
            self.n_words + other.n_words,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


@dataclass(frozen=True, slots=True)
class ClipResult:
    """What became of one clip.

    Attributes:
        clip: The clip as the manifest lists it.
        reference: The words of its text that the recogniser could know, separated by spaces.
        hypothesis: The words recognised, separated by spaces.
        errors: The one against the other.
        n_samples: Length of the sound, at the model's sample rate.
        words: The words recognised, with times and confidences.
        n_dropped_words: Words of the text outside the vocabulary, which are not in ``reference``.
        error: Why the clip could not be transcribed; ``None`` where it was.
        joint: What makes the confidence of all of it of those of its words.
    """

    clip: Clip
    reference: str
    hypothesis: str
    errors: WordErrors
    n_samples: int
    words: tuple[Word, ...] = ()
    n_dropped_words: int = 0
    error: str | None = None
    joint: Joint = BY_THEMSELVES

    @property
    def exact(self) -> bool:
        """Whether every word is right and nothing was added; for an empty reference, silence."""
        return self.error is None and self.errors.total == 0


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the words of two sentences with the fewest edits (Levenshtein, by jiwer).

    Args:
        reference: The words said; a word may hold any character, a space too.
        hypothesis: The words recognised.

    Returns:
        Pairs of a word said and a word recognised; ``""`` in place of the one that is missing.

    Raises:
        MissingDependency: jiwer is not installed.

    Example:
        >>> align(["one", "two"], ["one", "five", "two"])
        [('one', 'one'), ('', 'five'), ('two', 'two')]
    """
    if not reference or not hypothesis:  # jiwer before 4.0 refuses an empty reference
        return list(zip_longest(reference, hypothesis, fillvalue=""))
    # jiwer takes sentences apart at spaces
    number = {word: str(i) for i, word in enumerate(dict.fromkeys([*reference, *hypothesis]))}
    sentences = ([" ".join(number[word] for word in words)] for words in (reference, hypothesis))
    output = _jiwer().process_words(*sentences)
    return [
        pair
        for chunk in output.alignments[0]
        for pair in zip_longest(
            reference[chunk.ref_start_idx : chunk.ref_end_idx],
            hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx],
            fillvalue="",
        )
    ]


def words_in(texts: Iterable[str]) -> list[str]:
    """The words of entries of a vocabulary, of which each may be several.

    Example:
        >>> words_in(["turn left", "go"])
        ['turn', 'left', 'go']
    """
    return [word for text in texts for word in text.split()]


def confusions(results: Iterable[ClipResult]) -> Counter[tuple[str, str]]:
    """Count the wrong pairs of a word said and a word recognised; ``""`` stands for none.

    Args:
        results: The clips; failed ones are left out.

    Returns:
        Counts by pair: ``("five", "nine")`` is a substitution, ``("five", "")`` a deletion,
        ``("", "nine")`` an insertion.
    """
    wrong = (r for r in results if r.error is None and not r.exact)
    pairs = (pair for r in wrong for pair in align(r.reference.split(), r.hypothesis.split()))
    return Counter((said, heard) for said, heard in pairs if said != heard)


def _jiwer() -> ModuleType:
    try:
        import jiwer
    except ImportError as error:
        raise MissingDependency("counting word errors needs jiwer; run: pip install jiwer") from error
    return jiwer
