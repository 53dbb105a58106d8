import pytest

from speechlstm.data.texts import entries_in, in_vocabulary


def test_only_words_of_the_vocabulary_are_expected() -> None:
    assert in_vocabulary("We  go to one zeros one", ("zero", "one", "go")) == ["go", "one", "one"]
    assert in_vocabulary("turn left", ("turn left", "stop")) == ["turn", "left"]


def test_of_entries_that_begin_alike_the_longest_counts() -> None:
    vocabulary = ("turn", "turn left", "left turn only", "only")
    assert entries_in("turn Left, turn only turn", vocabulary) == ["turn left", "turn", "only", "turn"]
    assert entries_in("left", vocabulary) == []


@pytest.mark.parametrize(
    ("text", "vocabulary", "words"),
    [
        ("Three Five ZERO", ("zero", "three", "five"), ["three", "five", "zero"]),
        ('five, "three!" (zero) — ¿five?', ("zero", "three", "five"), ["five", "three", "zero", "five"]),
        ("STRASSE Straße", ("straße",), ["straße", "straße"]),
        ("don't Don't, dont 'don't'", ("don't",), ["don't"] * 3),
        ("e.g. e.g.,", ("e.g.", "e.g"), ["e.g.", "e.g"]),
        # where case tells words apart, it counts
        ("Polish polish, POLISH", ("Polish", "polish"), ["Polish", "polish"]),
        ("ab a-b", ("a", "b"), []),
        # accents apart and composed
        ("fu\u0308r, F\u00fcr f\u00fcr", ("f\u00fcr",), ["f\u00fcr"] * 3),
        ("fu\u0308r F\u00fcr", ("fu\u0308r", "F\u00fcr"), ["fu\u0308r", "F\u00fcr"]),
    ],
)
def test_case_and_punctuation_of_a_text(text: str, vocabulary: tuple[str, ...], words: list[str]) -> None:
    assert in_vocabulary(text, vocabulary) == words
