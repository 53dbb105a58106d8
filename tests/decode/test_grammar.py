import itertools

import pytest

from speechlstm.decode.grammar import Grammar, GrammarConfig
from speechlstm.errors import ConfigError

VOCABULARY = ("a", "b", "c")


def read(grammar: Grammar, words: str, frames: list[int] | None = None) -> tuple[str, str, str]:
    """The words given (a phrase between spaces), those rejected, and those that still wait."""
    reading, n_rejected = grammar.begin(), 0
    for frame, word in zip(frames or range(len(words)), words, strict=True):
        reading, n = grammar.read(reading, VOCABULARY.index(word) + 1, frame)
        n_rejected += n
    given, rejected, at = [], "", 0
    for part in reading.parts:
        said = words[at : at + part.n_words]
        at += part.n_words
        given += [said] if part.is_given else []
        rejected += "" if part.is_given else said
    assert len(rejected) == n_rejected
    assert len(reading.waiting) == len(words) - at
    return " ".join(given), rejected, words[at:]


def by_lists(words: str, phrases: list[str]) -> tuple[str, str, str]:
    """The same by comparing with every phrase of a list."""
    given: list[str] = []
    rejected = done = waiting = ""
    left = words
    while left:
        begun, left = done + waiting + left[0], left[1:]
        if any(phrase.startswith(begun) for phrase in phrases):
            waiting = begun[len(done) :]
            if begun in phrases:
                given.append(waiting)
                done, waiting = begun, ""
        elif done:
            left, done, waiting = begun[len(done) :] + left, "", ""
        else:
            rejected, left, waiting = rejected + begun[0], begun[1:] + left, ""
    return " ".join(given), rejected, waiting


@pytest.mark.parametrize(
    "phrases", [["ab"], ["a", "abc"], ["aab", "bca"], ["ab", "bcc", "c"], ["abca", "ca"]]
)
def test_all_words_are_read_as_by_a_list_of_phrases(phrases: list[str]) -> None:
    grammar = Grammar(VOCABULARY, GrammarConfig(tuple(" ".join(phrase) for phrase in phrases)))
    for n in range(8):
        for words in map("".join, itertools.product("abc", repeat=n)):
            assert read(grammar, words) == by_lists(words, phrases), words


def test_a_phrase_that_goes_on_too_late_is_over() -> None:
    grammar = Grammar(VOCABULARY, GrammarConfig(("a b", "c [a c]"), pause_frames=10))
    assert read(grammar, "ab", [0, 10]) == ("ab", "", "")
    assert read(grammar, "ab", [0, 11]) == ("", "ab", "")
    # and a longer phrase may not be completed by what comes later
    assert read(grammar, "cac", [0, 10, 20]) == ("c ac", "", "")
    assert read(grammar, "cac", [0, 11, 20]) == ("c c", "a", "")


def test_words_wait_no_longer_than_is_said() -> None:
    def wait_frames(*phrases: str) -> int:
        return Grammar(VOCABULARY, GrammarConfig(phrases, pause_frames=10, longest_frames=35)).wait_frames

    assert wait_frames() == wait_frames("a", "b+") == 0
    assert wait_frames("a b c", "a") == 10
    assert wait_frames("a b c") == 20
    assert wait_frames("a{7}") == wait_frames("a b* c") == 35


def test_a_grammar_that_nothing_can_satisfy() -> None:
    with pytest.raises(ConfigError, match=r"has 99 words, which nobody says in the 490 frames"):
        Grammar(VOCABULARY, GrammarConfig(("a{99}", "(a b){60}"), longest_frames=490))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"pause_frames": 0}, "pause_frames must be 1 or more, got 0"),
        ({"longest_frames": -1}, "longest_frames must be 1 or more, got -1"),
        ({"reject_nats": -1.0}, "reject_nats must be 0 or more, got -1"),
        ({"reject_nats": float("nan")}, "reject_nats must be 0 or more, got nan"),
    ],
)
def test_bad_settings(setting: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        GrammarConfig(**setting)  # type: ignore[arg-type]
