"""An automaton over words: which word may follow which, and after which words a phrase is complete."""

from collections.abc import Mapping
from typing import NamedTuple

from speechlstm.errors import GrammarError

__all__ = ["START", "Automaton", "Choice", "Entry", "Phrase", "Row", "Slot", "Times", "automaton_of"]

START = 0
# telephone numbers of a town would be as many
_MAX_STATES = 20_000


class Entry(NamedTuple):
    """A word, by its token."""

    token: int


class Row(NamedTuple):
    """Parts one after the other."""

    parts: "tuple[Phrase, ...]"


class Choice(NamedTuple):
    """One of several parts."""

    options: "tuple[Phrase, ...]"


class Times(NamedTuple):
    """A part ``least`` to ``most`` times; ``None`` for any number."""

    part: "Phrase"
    least: int
    most: int | None


class Slot(NamedTuple):
    """A part that has a name, and the line it is used in."""

    name: str
    line: int


Phrase = Entry | Row | Choice | Times | Slot


class Automaton(NamedTuple):
    """What may follow what, without choice: a state and a word lead to one state.

    Attributes:
        following: For every state, the state that each token leads to; :data:`START` comes first.
        is_complete: For every state, whether a phrase may end there.
    """

    following: tuple[Mapping[int, int], ...]
    is_complete: tuple[bool, ...]

    @classmethod
    def of_any_words(cls, n_words: int) -> "Automaton":
        """That of any of the tokens 1 to ``n_words`` in any order, where every word is a phrase."""
        return cls((dict.fromkeys(range(1, n_words + 1), START),), (True,))

    def n_open(self) -> int | None:
        """Most words in a row after which nothing is complete; None where there is no bound."""
        longest: dict[int, int] = {}
        # without recursion: a state is left when all that follows it is known
        for begin in (START, *(s for s, done in enumerate(self.is_complete) if done)):
            path = [(begin, iter(self._open_after(begin)))]
            on_path = {begin}
            while path:
                state, left = path[-1]
                after = next(left, None)
                if after is None:
                    on_path.discard(state)
                    longest[state] = max((1 + longest[s] for s in self._open_after(state)), default=0)
                    path.pop()
                elif after in on_path:
                    return None
                elif after not in longest:
                    on_path.add(after)
                    path.append((after, iter(self._open_after(after))))
        return max(longest.values())

    def n_shortest(self) -> int:
        """Words of the shortest phrase."""
        n_words, states = 1, set(self.following[START].values())
        while not any(self.is_complete[state] for state in states):
            n_words, states = n_words + 1, {s for state in states for s in self.following[state].values()}
        return n_words

    def _open_after(self, state: int) -> set[int]:
        return {s for s in self.following[state].values() if not self.is_complete[s]}


def automaton_of(phrase: Phrase, slots: Mapping[str, Phrase]) -> Automaton:
    """The automaton of a phrase.

    Args:
        phrase: Its parts.
        slots: What slots stand for; none stands within itself.

    Raises:
        GrammarError: It is too large.
    """
    return _Graph(slots).automaton(phrase)


class _Graph:
    """States with arrows of words and silent ones (Thompson, Communications of the ACM 1968)."""

    def __init__(self, slots: Mapping[str, Phrase]) -> None:
        self._slots = slots
        self._silent: list[list[int]] = []
        self._words: list[list[tuple[int, int]]] = []

    def automaton(self, part: Phrase) -> Automaton:
        """The states that can be had at the same time are one: no choice is left."""
        begin = self._state()
        end = self._add(part, self._arrow(begin))
        first = self._reached({begin})
        numbers, queue = {first: START}, [first]
        following: list[dict[int, int]] = []
        for states in queue:
            leads: dict[int, set[int]] = {}
            for token, to in (arrow for s in states for arrow in self._words[s]):
                leads.setdefault(token, set()).add(to)
            following.append({})
            for token, targets in sorted(leads.items()):
                after = self._reached(targets)
                if after not in numbers:
                    numbers[after] = len(numbers)
                    queue.append(after)
                    _require_size(len(numbers))
                following[-1][token] = numbers[after]
        # that nothing is said completes no phrase; nothing leads back to the start
        return Automaton(tuple(following), (False, *(end in states for states in queue[1:])))

    def _add(self, part: Phrase, at: int) -> int:
        """Lay out a part from state ``at`` on; where it ends."""
        if isinstance(part, Slot):
            return self._add(self._slots[part.name], at)
        if isinstance(part, Entry):
            end = self._state()
            self._words[at].append((part.token, end))
            return end
        if isinstance(part, Row):
            for one in part.parts:
                at = self._add(one, at)
            return at
        if isinstance(part, Choice):
            end = self._state()
            for option in part.options:
                self._arrow(self._add(option, self._arrow(at)), end)
            return end
        return self._repeat(part, at)

    def _repeat(self, part: Times, at: int) -> int:
        for _ in range(part.least):
            at = self._add(part.part, self._arrow(at))
        end = self._arrow(at)
        if part.most is None:
            again = self._add(part.part, self._arrow(at))
            self._arrow(again, end)
            self._arrow(again, at)
            return end
        for _ in range(part.most - part.least):
            at = self._add(part.part, self._arrow(at))
            self._arrow(at, end)
        return end

    def _state(self) -> int:
        _require_size(len(self._silent) // 8)
        self._silent.append([])
        self._words.append([])
        return len(self._silent) - 1

    def _arrow(self, at: int, to: int | None = None) -> int:
        """A silent arrow to ``to``, or to a new state."""
        to = self._state() if to is None else to
        self._silent[at].append(to)
        return to

    def _reached(self, states: set[int]) -> frozenset[int]:
        """These and all that silent arrows lead to."""
        reached, left = set(states), list(states)
        while left:
            for state in self._silent[left.pop()]:
                if state not in reached:
                    reached.add(state)
                    left.append(state)
        return frozenset(reached)


def _require_size(n_states: int) -> None:
    if n_states > _MAX_STATES:
        raise GrammarError(
            f"the grammar needs more than {_MAX_STATES} states; repeat less, or list fewer phrases"
        )
