"""A grammar as people write it, and the automaton over words that it becomes.

A line is a phrase, or names what may stand in phrases::

    # four digits, or where to turn
    digit = zero | one | two | three | four
    digit{4}
    [go] (left | right) [one | two]

Words stand one after the other; ``|`` parts alternatives, ``[...]`` may be left out, ``(...)`` keeps
together. What ends in ``+`` is said once or more often, in ``*`` any number of times, in ``{4}`` or ``{2,4}``
so often. ``digit`` stands for zero to nine where the model knows all ten, unless a line gives it another
meaning. An entry of the vocabulary that has a space in it is quoted: ``"turn left"``. What follows ``#`` is
a remark.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from speechlstm.decode.automaton import (
    Automaton,
    Choice,
    Entry,
    Phrase,
    Row,
    Slot,
    Times,
    automaton_of,
)
from speechlstm.errors import GrammarError

__all__ = ["compile_phrases", "no_such_word"]

_MOST_TIMES = 99
_DIGIT = "digit"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SHORT = 3
_DEEPEST = 40
_FLATTEN = "give parts of it names in lines of their own"
_SYMBOL = re.compile(r'\s*(?:#.*|("[^"]*"|\{[^}]*\}?|[^\s|()\[\]{}+*="#]+|[|()\[\]+*=}"]))')
_TIMES = re.compile(r"\{\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?\}")
_EXAMPLE = "give a phrase a line, such as: turn (left | right)"


def compile_phrases(lines: Sequence[str], vocabulary: Sequence[str]) -> Automaton:
    """The automaton of a grammar.

    Args:
        lines: The grammar, as above.
        vocabulary: Words of the tokens 1, 2, ...

    Raises:
        GrammarError: A line that cannot be read or a word that the model does not know, with the line's
            number; no phrase at all; too many of them.

    Example:
        >>> automaton = compile_phrases(["turn (left | right)"], ("left", "right", "turn"))
        >>> automaton.following[0], automaton.is_complete
        ({3: 1}, (False, False, True, True))
    """
    written = [(number, found) for number, line in enumerate(lines, 1) if (found := _symbols(line, number))]
    words = _Words(vocabulary, [symbols[0] for _, symbols in written if _is_named(symbols)])
    named: dict[str, Phrase] = {}
    phrases: list[Phrase] = []
    named |= words.built_in()
    for number, symbols in written:
        if _is_named(symbols):
            words.check_name(symbols[0], number, taken=symbols[0] in named)
            named[symbols[0]] = _Reader(symbols[2:], number, words).read()
        else:
            phrases.append(_Reader(symbols, number, words).read())
    if not phrases:
        what = "names parts of phrases, but holds no phrase" if written else "holds no phrases"
        raise GrammarError(f"the grammar {what}; {_EXAMPLE}")
    _refuse_circles(named)
    return automaton_of(Choice(tuple(phrases)), named)


def no_such_word(word: str, known: Iterable[str]) -> str:
    """What to say of a word that is not among the ``known`` ones.

    Example:
        >>> no_such_word("fuor", ["four", "five"])
        "there is no word 'fuor'; did you mean four?"
    """
    known = sorted(known)
    # at 0.6 every second letter of a longer word may be another, as of digit and right
    cutoff = 0.5 if len(word) <= _SHORT else 0.61
    near = difflib.get_close_matches(word.casefold(), known, n=3, cutoff=cutoff)
    cure = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    return f"there is no word {word!r}; {cure}"


def _symbols(line: str, number: int) -> list[str]:
    found = [match[1] for match in _SYMBOL.finditer(line) if match[1]]
    if '"' in found:
        raise _mistake(number, 'a " that is never closed', "close it")
    return found


def _is_named(symbols: Sequence[str]) -> bool:
    """Whether a line names a part of phrases."""
    return len(symbols) > 1 and symbols[1] == "="


def _mistake(number: int, what: str, cure: str) -> GrammarError:
    return GrammarError(f"the grammar, line {number}: {what}; {cure}")


class _Words:
    """What names of words and slots stand for."""

    def __init__(self, vocabulary: Sequence[str], slots: Iterable[str]) -> None:
        self._tokens = {word: token for token, word in enumerate(vocabulary, 1)}
        self._is_lower = all(word == word.lower() for word in vocabulary)
        self._slots = set(slots)
        digits = [token for word in _DIGITS if (token := self._token(word)) is not None]
        is_free = _DIGIT not in self._slots and self._token(_DIGIT) is None
        self._digits = digits if is_free and len(digits) == len(_DIGITS) else []
        if self._digits:
            self._slots.add(_DIGIT)

    def built_in(self) -> dict[str, Phrase]:
        """What has a name without a line: ``digit``, where the model knows all ten and nothing else is it."""
        return {_DIGIT: Choice(tuple(map(Entry, self._digits)))} if self._digits else {}

    def part(self, name: str, number: int) -> Phrase:
        """A word's token, or the slot of that name."""
        bare = name.strip('"')
        if name in self._slots:
            return Slot(name, number)
        token = self._token(bare)
        if token is None:
            said = no_such_word(bare, [*self._tokens, *self._slots])
            some = " | ".join(list(self._tokens)[:2])
            raise GrammarError(
                f"the grammar, line {number}: {said} (what stands for several has a line: {bare} = {some})"
            )
        return Entry(token)

    def check_name(self, name: str, number: int, *, taken: bool) -> None:
        """Raise where a slot of that name would be unclear."""
        if not name[0].isalpha():
            raise _mistake(number, f"{name!r} cannot name a part of phrases", "begin its name with a letter")
        if self._token(name) is not None:
            raise _mistake(number, f"{name!r} is a word of the model", "give it another name")
        if taken:
            raise _mistake(number, f"{name!r} is named a second time", "put all of it into one line, with |")

    def _token(self, word: str) -> int | None:
        if word not in self._tokens and self._is_lower:
            word = word.casefold()
        return self._tokens.get(word)


class _Reader:
    """Reads the symbols of a line: alternatives of rows of parts."""

    def __init__(self, symbols: Sequence[str], number: int, words: _Words) -> None:
        self._symbols, self._number, self._words = [*symbols, ""], number, words
        self._at = self._depth = 0

    def read(self) -> Phrase:
        part = self._alternatives()
        if self._symbols[self._at]:
            raise _mistake(self._number, f"{self._symbols[self._at]!r} where a word should be", "take it out")
        return part

    def _alternatives(self) -> Phrase:
        options = [self._row()]
        while self._symbols[self._at] == "|":
            self._at += 1
            options.append(self._row())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self) -> Phrase:
        parts: list[Phrase] = []
        while self._symbols[self._at] not in ("", "|", ")", "]", "=", "+", "*", "}"):
            if self._symbols[self._at].startswith("{"):
                break
            parts.append(self._repeated(self._part()))
        if not parts:
            before = f" after {self._symbols[self._at - 1]!r}" if self._at else ""
            raise _mistake(self._number, f"no word{before}", "write one there, or take the sign out")
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _part(self) -> Phrase:
        symbol = self._symbols[self._at]
        self._at += 1
        if symbol not in ("(", "["):
            return self._words.part(symbol, self._number)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _mistake(self._number, f"more than {_DEEPEST} brackets within each other", _FLATTEN)
        inner, closing = self._alternatives(), ")" if symbol == "(" else "]"
        self._depth -= 1
        if self._symbols[self._at] != closing:
            raise _mistake(self._number, f"{symbol!r} that is never closed", f"close it with {closing!r}")
        self._at += 1
        return inner if symbol == "(" else Times(inner, 0, 1)

    def _repeated(self, part: Phrase) -> Phrase:
        while (sign := self._symbols[self._at]) in ("+", "*") or sign.startswith("{"):
            self._at += 1
            part = Times(part, *self._times(sign))
        return part

    def _times(self, sign: str) -> tuple[int, int | None]:
        if sign in ("+", "*"):
            return int(sign == "+"), None
        match = _TIMES.fullmatch(sign)
        least = int(match[1]) if match else 0
        most = int(match[2] or match[1]) if match else 0
        if not (match and least <= most and 1 <= most <= _MOST_TIMES):
            raise _mistake(
                self._number,
                f"{sign!r} does not say how often",
                f"write {{2}} or {{2,4}}, {_MOST_TIMES} at most",
            )
        return least, most


def _refuse_circles(named: Mapping[str, Phrase]) -> None:
    """Raise where a slot stands within itself, which no automaton can be made of."""
    done: set[str] = set()

    def visit(part: Phrase, within: tuple[str, ...]) -> None:
        if isinstance(part, Slot):
            if part.name in within:
                raise _mistake(
                    part.line, f"{part.name!r} stands within itself", "say what is repeated with + or *"
                )
            if len(within) > _DEEPEST:
                raise _mistake(part.line, f"more than {_DEEPEST} names within each other", "use fewer")
            if part.name not in done:
                visit(named[part.name], (*within, part.name))
                done.add(part.name)
        for inner in _inner(part):
            visit(inner, within)

    for name, part in named.items():
        visit(part, (name,))


def _inner(part: Phrase) -> Sequence[Phrase]:
    if isinstance(part, Row):
        return part.parts
    if isinstance(part, Choice):
        return part.options
    return (part.part,) if isinstance(part, Times) else ()
