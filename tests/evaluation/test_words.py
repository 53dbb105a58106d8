import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechlstm.data.manifest import Clip
from speechlstm.errors import MissingDependency
from speechlstm.evaluation.words import ClipResult, WordErrors, align, confusions

SENTENCES = st.lists(st.sampled_from(["one", "two", "go"]), max_size=6)


def result(reference: str, hypothesis: str, *, error: str | None = None) -> ClipResult:
    errors = WordErrors.of(reference.split(), hypothesis.split())
    return ClipResult(Clip(Path("x.wav"), reference), reference, hypothesis, errors, 0, error=error)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "counts", "wer"),
    [
        ("one two three", "one two three", (3, 0, 0, 0), 0.0),
        ("one two three", "one five three", (3, 1, 0, 0), 1 / 3),
        ("one two three", "one three", (3, 0, 1, 0), 1 / 3),
        ("one two three", "go one two three", (3, 0, 0, 1), 1 / 3),
        ("one two three four", "two five four up", (4, 1, 1, 1), 3 / 4),
        ("one", "go up one left", (1, 0, 0, 3), 3.0),
        ("one two", "", (2, 0, 2, 0), 1.0),
        ("", "go go", (0, 0, 0, 2), None),
        ("", "", (0, 0, 0, 0), None),
    ],
)
def test_counts_by_hand(
    reference: str, hypothesis: str, counts: tuple[int, int, int, int], wer: float | None
) -> None:
    errors = WordErrors.of(reference.split(), hypothesis.split())
    assert errors == WordErrors(*counts)
    assert errors.wer == wer


def test_a_word_may_hold_spaces() -> None:
    assert align(["turn left", "go"], ["go", "turn left"]) == [
        ("", "go"),
        ("turn left", "turn left"),
        ("go", ""),
    ]
    assert WordErrors.of("a b", "a c") == WordErrors(3, substitutions=1)
    assert WordErrors.of(" ", "a") == WordErrors(1, substitutions=1)


def edit_distance(a: list[str], b: list[str]) -> int:
    row = list(range(len(b) + 1))
    for i, j in product(range(1, len(a) + 1), range(len(b) + 1)):
        if j == 0:
            diagonal, row[0] = row[0], i
        else:
            best = min(diagonal + (a[i - 1] != b[j - 1]), row[j] + 1, row[j - 1] + 1)
            diagonal, row[j] = row[j], best
    return row[-1]


@given(SENTENCES, SENTENCES)
def test_alignment_spells_both_sentences_with_the_fewest_edits(a: list[str], b: list[str]) -> None:
    pairs = align(a, b)
    assert [said for said, _ in pairs if said] == a
    assert [heard for _, heard in pairs if heard] == b
    assert WordErrors.of(a, b).total == sum(said != heard for said, heard in pairs) == edit_distance(a, b)


def test_sums() -> None:
    assert WordErrors(3, 1, 0, 2) + WordErrors(1, 0, 1, 1) == WordErrors(4, 1, 1, 3)


def test_confusions_count_each_kind_and_leave_failures_out() -> None:
    results = [
        result("five two", "nine two"),
        result("five", "nine"),
        result("up down", "up"),
        result("", "go"),
        result("left", "", error="gone"),
        result("one", "one"),
    ]
    assert confusions(results) == {("five", "nine"): 2, ("down", ""): 1, ("", "go"): 1}


def test_exact() -> None:
    assert result("go", "go").exact
    assert result("", "").exact
    assert not result("", "go").exact
    assert not result("", "", error="unreadable").exact


def test_jiwer_missing_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(MissingDependency, match="pip install jiwer"):
        align(["one"], ["two"])
