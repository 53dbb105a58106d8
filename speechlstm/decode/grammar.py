"""What a grammar makes of an endless stream of words: phrases, and words that are rejected."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from speechlstm.config import require
from speechlstm.decode.automaton import START, Automaton
from speechlstm.decode.phrases import compile_phrases
from speechlstm.errors import GrammarError

__all__ = ["Grammar", "GrammarConfig", "Part", "Reading"]


@dataclass(frozen=True, slots=True)
class GrammarConfig:
    """Which phrases there are, and how long one may last.

    Attributes:
        phrases: The lines of the grammar, as :mod:`speechlstm.decode.phrases` describes them; none for words
            in any order.
        pause_frames: Longest time from a word to the next of the same phrase.
        longest_frames: Longest time from the first word of a phrase that is not complete yet to its last.
        reject_nats: What a word outside phrases costs: by so much, in nats, it must be likelier than to be
            left out or taken for another.
    """

    phrases: tuple[str, ...] = ()
    pause_frames: int = 50
    longest_frames: int = 500
    reject_nats: float = 4.0

    def __post_init__(self) -> None:
        for name, value in (("pause_frames", self.pause_frames), ("longest_frames", self.longest_frames)):
            require(value >= 1, f"{name} must be 1 or more, got {value}")
        require(0 <= self.reject_nats < math.inf, f"reject_nats must be 0 or more, got {self.reject_nats}")


class Part(NamedTuple):
    """Words that are decided together.

    Attributes:
        n_words: How many they are.
        is_given: Whether they complete a phrase; else they are rejected.
    """

    n_words: int
    is_given: bool


_REJECTED = Part(1, False)
# faster than anyone speaks: 150 ms a word, at the usual 30 ms a frame
_FASTEST_FRAMES = 5


class Reading(NamedTuple):
    """How far words have been read.

    Attributes:
        parts: What is decided of them, in their order.
        waiting: Tokens of the words after those, which begin a phrase or go on with a complete one.
        begun_at: State that they were read from.
        state: State after them.
        last_frame: Frame of the last word.
    """

    parts: tuple[Part, ...]
    waiting: tuple[int, ...]
    begun_at: int
    state: int
    last_frame: int


class Grammar:
    """Reads words one by one.

    A word goes on with the phrase that has begun, if some phrase goes on so. Words are given as soon as they
    complete a phrase, which may still go on to a longer one. Where a word does not go on with the phrase,
    the earliest of the words waiting is rejected, and the others are read again from the start; a word that
    begins no phrase is rejected. Words that have waited longer than the settings allow are all rejected.

    Args:
        vocabulary: Words of the tokens 1, 2, ...
        config: Phrases and times.

    Raises:
        GrammarError: A grammar that cannot be read, or that no words can satisfy.

    Example:
        >>> grammar = Grammar(("left", "right", "turn"), GrammarConfig(("turn left",)))
        >>> reading, n_rejected = grammar.begin(), []
        >>> for frame, token in enumerate([3, 3, 1, 2]):
        ...     reading, n = grammar.read(reading, token, frame)
        ...     n_rejected.append(n)
        >>> n_rejected, [part.n_words for part in reading.parts if part.is_given]
        ([0, 1, 0, 1], [2])
    """

    def __init__(self, vocabulary: Sequence[str], config: GrammarConfig) -> None:
        self.config = config
        self._automaton = (
            compile_phrases(config.phrases, vocabulary)
            if config.phrases
            else Automaton.of_any_words(len(vocabulary))
        )
        n_shortest, n_open = self._automaton.n_shortest(), self._automaton.n_open()
        if n_shortest * _FASTEST_FRAMES > config.longest_frames:
            raise GrammarError(
                f"the shortest phrase of the grammar has {n_shortest} words, which nobody says in "
                f"the {config.longest_frames} frames that a phrase may last; shorten it, or make it several "
                "phrases"
            )
        longest = math.inf if n_open is None else n_open * config.pause_frames
        #: Frames that a word waits for the rest of its phrase, at most.
        self.wait_frames = int(min(longest, config.longest_frames))

    def begin(self) -> Reading:
        """Before the first word."""
        return Reading((), (), START, START, 0)

    def read(self, reading: Reading, token: int, frame: int) -> tuple[Reading, int]:
        """The reading after a further word, and how many words it rejected.

        Args:
            reading: That of the words before.
            token: The word.
            frame: Its frame.
        """
        n_rejected = 0
        if reading.state != START and frame - reading.last_frame > self.config.pause_frames:
            reading, n_rejected = self.lapse(reading)
        left = [token]
        while left:
            word = left.pop()
            gone_on = self._gone_on(reading, word, frame)
            if gone_on is not None:
                reading = gone_on
                continue
            again = (*reading.waiting, word)
            if reading.begun_at == START:
                # waiting or not, the first of them begins nothing
                again, n_rejected = again[1:], n_rejected + 1
                reading = reading._replace(parts=(*reading.parts, _REJECTED))
            reading = Reading(reading.parts, (), START, START, frame)
            left += reversed(again)
        return reading, n_rejected

    def _gone_on(self, reading: Reading, token: int, frame: int) -> Reading | None:
        """The reading after a word that goes on with the phrase; None where it does not."""
        parts, waiting, begun_at, state, _ = reading
        after = self._automaton.following[state].get(token)
        if after is None:
            return None
        waiting = (*waiting, token)
        if self._automaton.is_complete[after]:
            return Reading((*parts, Part(len(waiting), True)), (), after, after, frame)
        return Reading(parts, waiting, begun_at, after, frame)

    def lapse(self, reading: Reading) -> tuple[Reading, int]:
        """The reading when nothing has come for too long, and how many words that rejected."""
        n_waiting = len(reading.waiting)
        parts = (*reading.parts, *[_REJECTED] * n_waiting)
        return Reading(parts, (), START, START, reading.last_frame), n_waiting
