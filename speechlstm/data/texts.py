"""What of a transcript belongs to a vocabulary."""

import unicodedata
from collections.abc import Callable, Collection

__all__ = ["entries_in", "in_vocabulary", "plain"]


def entries_in(text: str, vocabulary: Collection[str]) -> list[str]:
    """The entries of a vocabulary that a text says, in order, each as the vocabulary writes it.

    A word that is not in the vocabulary as it stands is looked up with its accents composed (Unicode's NFC;
    names of files from a Mac may have them apart), without the punctuation at its ends and, where the
    vocabulary is all lower case, without regard to case. Of entries that begin alike the longest counts.

    Args:
        text: Words separated by white space.
        vocabulary: Entries of one word or several.

    Example:
        >>> entries_in("Please go, then turn LEFT.", {"go", "turn left"})
        ['go', 'turn left']
    """
    case: Callable[[str], str] = str.casefold if all(e == e.lower() for e in vocabulary) else str

    def fold(word: str) -> str:
        return unicodedata.normalize("NFC", case(word))

    exact = {tuple(entry.split()): entry for entry in vocabulary}
    folded = {tuple(fold(word) for word in words): entry for words, entry in exact.items()}
    longest = max(map(len, exact), default=0)
    said = text.split()
    forms = [(said, exact), ([fold(word) for word in said], folded), ([fold(_bare(w)) for w in said], folded)]
    found, at = [], 0
    while at < len(said):
        starts = (
            (n, known[key])
            for n in range(min(longest, len(said) - at), 0, -1)
            for words, known in forms
            if (key := tuple(words[at : at + n])) in known
        )
        n, entry = next(starts, (1, ""))
        found += [entry] if entry else []
        at += n
    return found


def in_vocabulary(text: str, vocabulary: Collection[str]) -> list[str]:
    """The words that a recogniser of this vocabulary is to give for a text, see :func:`entries_in`.

    Example:
        >>> in_vocabulary("Please go, then turn LEFT.", {"go", "turn left"})
        ['go', 'turn', 'left']
    """
    return [word for entry in entries_in(text, vocabulary) for word in entry.split()]


def plain(word: str) -> str:
    """A word as dictionaries list it: no punctuation at its ends, no capitals, accents composed.

    Example:
        >>> plain("(Seven),")
        'seven'
    """
    return unicodedata.normalize("NFC", _bare(word).casefold())


def _bare(word: str) -> str:
    """A word without the punctuation at its ends."""
    return word.strip("".join(mark for mark in word if unicodedata.category(mark).startswith("P")))
