from pathlib import Path

import numpy as np
import pytest

from speechlstm.data.manifest import Clip
from speechlstm.evaluation.intervals import wilson
from speechlstm.evaluation.reliability import Confidence, Given, Reliability, utterances_given, words_given
from speechlstm.evaluation.words import ClipResult, WordErrors
from speechlstm.messages import Word


def result(reference: str, *words: tuple[str, float], speaker: str = "") -> ClipResult:
    hypothesis = " ".join(text for text, _ in words)
    return ClipResult(
        Clip(Path("a.wav"), reference, speaker),
        reference,
        hypothesis,
        WordErrors.of(reference.split(), hypothesis.split()),
        8000,
        tuple(Word(text, 0, 1, confidence) for text, confidence in words),
    )


def test_the_error_by_hand() -> None:
    clips = [
        [Given(0.95, True), Given(0.91, False)],
        [Given(0.15, False)],
        [],
        [Given(1.0, True)],
    ]
    found = Reliability.of(clips, [""] * 4)
    assert found.n == 4
    # in the last bin 2.86 are expected to be right and 2 are, in the second 0.15 and none
    assert found.ece == pytest.approx((0.86 + 0.15) / 4)
    assert [(b.low, b.high, b.n, b.right) for b in found.bins] == [
        (0.1, 0.2, 1, 0.0),
        (0.9, 1.0, 3, pytest.approx(2 / 3)),
    ]
    assert found.bins[1].confidence == pytest.approx(2.86 / 3)
    near = found.at_nine_tenths
    assert near is not None and (near.n, near.right) == (1, 0.0)
    assert near.ci95 == wilson(0, 1)


def test_what_is_calibrated_has_next_to_no_error_and_what_is_not_has_much() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 1, 20_000)
    right = rng.uniform(size=len(truth)) < truth

    def ece(confidences: np.ndarray) -> float:
        words = [Given(float(c), bool(r)) for c, r in zip(confidences, right, strict=True)]
        given = [words[i : i + 100] for i in range(0, len(words), 100)]
        found = Reliability.of(given, [""] * len(given)).ece
        assert found is not None
        return found

    assert ece(truth) < 0.01
    # the square root of a chance says 2/3 on average where 1/2 are right
    assert ece(np.sqrt(truth)) == pytest.approx(2 / 3 - 1 / 2, abs=0.01)


def test_the_interval_is_wider_where_speakers_differ() -> None:
    clips = [[Given(0.5, i % 2 == 0)] * 10 for i in range(20)]
    alike = [[Given(0.5, j % 2 == 0) for j in range(10)] for _ in range(20)]
    speakers = [f"speaker {i}" for i in range(20)]
    differing = Reliability.of(clips, speakers)
    same = Reliability.of(alike, speakers)
    assert differing.ece == same.ece == 0
    assert differing.ece_ci95 is not None and differing.ece_ci95[1] > 0.1
    assert same.ece_ci95 is None  # every resample is alike, and an error is no share of trials


def test_nothing_given_is_nothing_known() -> None:
    found = Reliability.of([[], []], ["", ""])
    assert (found.n, found.ece, found.ece_ci95, found.at_nine_tenths, found.bins) == (0, None, None, None, ())
    assert Reliability.of([], []).n == 0
    assert Reliability.of([[Given(0.9, True)]], [""]).ece_ci95 is None


def test_one_word_is_not_certainty() -> None:
    found = Reliability.of([[Given(0.988, True)], [], []], [""] * 3)
    assert found.ece == pytest.approx(0.012)
    assert found.ece_ci95 is None


def test_words_are_right_where_the_alignment_pairs_them() -> None:
    heard = result("one two three", ("one", 0.9), ("five", 0.8), ("two", 0.7), ("two", 0.6))
    assert words_given(heard) == [(0.9, True), (0.8, False), (0.7, True), (0.6, False)]
    two_in_one = result("turn left go", ("turn left", 0.9), ("go", 0.5))
    assert words_given(two_in_one) == [(0.9, True), (0.5, True)]


def test_a_clip_is_right_where_every_word_given_is() -> None:
    assert utterances_given(result("one two", ("one", 0.9), ("two", 0.5))) == [(0.45, True)]
    assert utterances_given(result("one two", ("one", 0.9))) == [(0.9, True)]
    assert utterances_given(result("one two", ("one", 0.9), ("go", 0.5))) == [(0.45, False)]
    assert utterances_given(result("", ("go", 0.5))) == [(0.5, False)]
    assert utterances_given(result("one")) == []


def test_failed_clips_do_not_count() -> None:
    failed = ClipResult(Clip(Path("b.wav"), "one"), "", "", WordErrors(), 0, error="gone")
    found = Confidence.of([result("one", ("one", 0.9)), failed])
    assert (found.words.n, found.utterances.n) == (1, 1)


def test_the_interval_holds_the_error_though_chance_only_raises_it() -> None:
    # confidences that are right, of few words: every resample is further off
    rng = np.random.default_rng(0)
    for _ in range(20):
        confidences = rng.uniform(0.5, 1, 60)
        clips = [[Given(float(c), bool(rng.random() < c))] for c in confidences]
        found = Reliability.of(clips, [])
        assert found.ece is not None and found.ece_ci95 is not None
        assert 0 <= found.ece_ci95[0] <= found.ece <= found.ece_ci95[1]
