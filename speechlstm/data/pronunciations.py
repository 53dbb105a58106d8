"""How words are pronounced: a dictionary in the format of CMUdict."""

import re
from dataclasses import dataclass
from pathlib import Path

from speechlstm.data.texts import plain
from speechlstm.errors import DataError

__all__ = ["Pronunciations", "read_pronunciations"]

_COMMENT = ";;;"
_VARIANT = re.compile(r"(?<=.)\(\d+\)$")


@dataclass(frozen=True)
class Pronunciations:
    """Words as phones.

    Attributes:
        phones: All phones there are, sorted.
        of_word: Of every word, as it is listed and plain, the places of its phones in ``phones``.
    """

    phones: tuple[str, ...]
    of_word: dict[str, tuple[int, ...]]

    def of_text(self, text: str) -> tuple[int, ...] | None:
        """Places of the phones of a text; none of one that is empty, or has a word that is not known.

        A word that is not listed as it stands is looked up without regard to case, and without the
        punctuation at its ends.
        """
        words = [self.of_word.get(word, self.of_word.get(plain(word))) for word in text.split()]
        if not words or None in words:
            return None
        return tuple(phone for word in words if word for phone in word)


def read_pronunciations(path: str | Path) -> Pronunciations:
    """Read a dictionary.

    Args:
        path: UTF-8 text, a word and its phones on every line, separated by spaces; of a word that comes
            more than once, as itself or as ``word(2)``, the first counts. Lines that begin with ``;;;`` say
            nothing, and neither does what follows a ``#``.

    Raises:
        DataError: It cannot be read, a line names no phones, or there are none at all.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the pronunciations {path}: {error}; make them, or name none") from error
    spelled: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        word, *phones = line.split() or [_COMMENT]
        if word.startswith(_COMMENT):
            continue
        phones = phones[: phones.index("#")] if "#" in phones else phones
        if not phones:
            raise DataError(f"{path}, line {number}: {word!r} has no phones; expected 'seven  S EH V AX N'")
        spelled.setdefault(_VARIANT.sub("", word), phones)
    if not spelled:
        raise DataError(f"{path} holds no words; expected lines as 'seven  S EH V AX N'")
    for word, phones in list(spelled.items()):
        spelled.setdefault(plain(word) or word, phones)
    names = tuple(sorted({phone for phones in spelled.values() for phone in phones}))
    place = {name: i for i, name in enumerate(names)}
    return Pronunciations(names, {word: tuple(place[p] for p in ps) for word, ps in spelled.items()})
