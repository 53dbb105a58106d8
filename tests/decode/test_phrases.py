import itertools
import re

import pytest

from speechlstm.decode.automaton import START, Automaton
from speechlstm.decode.phrases import compile_phrases
from speechlstm.errors import ConfigError, GrammarError

VOCABULARY = ("a", "b", "c", "turn left")


def accepts(automaton: Automaton, tokens: tuple[int, ...]) -> bool:
    state = START
    for token in tokens:
        if token not in automaton.following[state]:
            return False
        state = automaton.following[state][token]
    return automaton.is_complete[state]


@pytest.mark.parametrize(
    ("lines", "pattern"),
    [
        (["a b c"], "abc"),
        (["a", "b b"], "a|bb"),
        (["a | b c"], "a|bc"),
        (["a (b | c) [a]"], "a(b|c)a?"),
        (["a+ [b]"], "a+b?"),
        (["(a | b)* c"], "(a|b)*c"),
        (["(a b){2} c{1,3}"], "(ab){2}c{1,3}"),
        (["a{0,2} [b] c*"], "a{0,2}b?c*"),
        (["x = a | b", "x x [c]", "y = x{3}", "y y"], "(a|b)(a|b)c?|(a|b){6}"),
        (["pair = x b", "x = [a] c", "pair+ # x = b"], "(a?cb)+"),
        (['"turn left" [a]', "", "# nothing here"], "da?"),
        (["A\tB"], "ab"),
        (["((a)+)+ b"], "a+b"),
        (["[[a] b] c"], "(a?b)?c"),
    ],
)
def test_it_accepts_what_a_regular_expression_accepts(lines: list[str], pattern: str) -> None:
    """Against Python's own expressions, over all strings of up to six words; the empty one is no phrase."""
    automaton = compile_phrases(lines, VOCABULARY)
    assert not automaton.is_complete[START]
    for n in range(1, 7):
        for tokens in itertools.product(range(1, 5), repeat=n):
            text = "".join("abcd"[token - 1] for token in tokens)
            assert accepts(automaton, tokens) == bool(re.fullmatch(pattern, text)), text


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("lines", "tokens", "is_accepted"),
    [
        (["digit digit"], (1, 10), True),
        (["digit digit"], (1, 11), False),
        (["x = digit{2}", "go x"], (12, 3, 4), True),
        (["digit = right | go", "digit digit"], (11, 12), True),
        (["digit = right | go", "digit digit"], (1, 1), False),
    ],
)
def test_a_digit_is_known_without_a_line(
    lines: list[str], tokens: tuple[int, ...], is_accepted: bool
) -> None:
    assert accepts(compile_phrases(lines, (*DIGITS, "right", "go")), tokens) == is_accepted


def test_a_digit_may_be_a_word_of_the_model() -> None:
    automaton = compile_phrases(["digit"], ("digit", *DIGITS))
    assert accepts(automaton, (1,)) and not accepts(automaton, (2,))


def test_a_digit_needs_all_ten_and_is_like_no_other_word() -> None:
    with pytest.raises(GrammarError, match=r"line 1: there is no word 'digit'; there are eight, .*, two \("):
        compile_phrases(["digit digit"], (*DIGITS[1:], "right"))
    with pytest.raises(GrammarError, match="names parts of phrases, but holds no phrase"):
        compile_phrases(["x = digit"], DIGITS)
    with pytest.raises(GrammarError, match="holds no phrases"):
        compile_phrases(["# digit"], DIGITS)


@pytest.mark.parametrize(
    ("lines", "n_open"),
    [(["a", "b"], 0), (["a+"], 0), (["a{4}"], 3), (["a b", "c"], 1), (["a b* c"], None), (["a [b c b]"], 2)],
)
def test_how_many_words_wait(lines: list[str], n_open: int | None) -> None:
    assert compile_phrases(lines, VOCABULARY).n_open() == n_open


def test_how_many_words_the_shortest_phrase_has() -> None:
    assert compile_phrases(["a{7}", "[a] b c{3}"], VOCABULARY).n_shortest() == 4


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a", "b turn"], r"line 2: there is no word 'turn'; did you mean turn left\?"),
        (["x = a", "xx"], r"line 2: there is no word 'xx'; did you mean x\?"),
        (["zebra"], r"line 1: there is no word 'zebra'; there are a, b, c, turn left"),
        ([""], r"holds no phrases; give a phrase a line, such as: turn \(left \| right\)"),
        (["# a"], "holds no phrases"),
        (["x = a"], "names parts of phrases, but holds no phrase"),
        (["x = y a", "y = [x]", "y"], "line 2: 'x' stands within itself; say what is repeated"),
        (["x = a", "x = b", "x"], "line 2: 'x' is named a second time"),
        (["a = b", "a"], "line 1: 'a' is a word of the model; give it another name"),
        (["| = b", "a"], "line 1: '|' cannot name a part of phrases"),
        (["a (b"], r"line 1: '\(' that is never closed; close it with '\)'"),
        (["a b)"], r"line 1: '\)' where a word should be; take it out"),
        (["a |"], r"line 1: no word after '\|'"),
        (["+ a"], "line 1: no word"),
        (["a []"], r"line 1: no word after '\['"),
        (["a = b = c"], "line 1: "),
        (["a{2,1}"], r"line 1: '\{2,1\}' does not say how often; write \{2\} or \{2,4\}, 99 at most"),
        (["a{0}"], r"line 1: '\{0\}' does not say how often"),
        (["a{x}"], r"line 1: '\{x\}' does not say how often"),
        (["a{2"], r"line 1: '\{2' does not say how often"),
        (['"a b'], 'line 1: a " that is never closed; close it'),
        (["((a{99}){99}){99}"], "more than 20000 states; repeat less"),
        ([f"{'[' * 3000}a"], "line 1: more than 40 brackets within each other; give parts of it names"),
        ([*(f"x{i} = x{i + 1}" for i in range(3000)), "x3000 = a", "x0"], "more than 40 names within each"),
    ],
)
def test_bad_grammars(lines: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        compile_phrases(lines, VOCABULARY)
