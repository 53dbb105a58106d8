import itertools
from typing import Any

import numpy as np
import pytest
from contract import drive, verify_contract
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.greedy import GreedyDecoder
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.messages import Word

VOCABULARY = ("yes", "no", "up")
FRAME = 240


def decoder(threshold: float = 0.0, settle: int = 2) -> GreedyDecoder:
    return GreedyDecoder(VOCABULARY, FRAME, DecoderConfig(threshold, settle))


def answer(tokens: str, probability: float = 0.9, extent: tuple[float, float] = (1.5, 1.5)) -> Answer:
    """An answer whose best path is ``tokens``, one figure a frame."""
    best = np.array([int(t) for t in tokens], dtype=np.int64)
    n_others = len(VOCABULARY)
    probs = np.full((len(best), n_others + 1), (1 - probability) / n_others, np.float32)
    probs[np.arange(len(best)), best] = probability
    return Answer(np.log(probs), np.full((len(best), 2), extent, np.float32))


def random_answer(n_frames: int, *, seed: int = 0, sharpness: float = 3) -> Answer:
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.normal(size=(n_frames, len(VOCABULARY) + 1))
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Answer(log_probs.astype(np.float32), rng.normal(1, 3, size=(n_frames, 2)).astype(np.float32))


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize("settle", [0, 1, 2, 5, 200])
@pytest.mark.parametrize("threshold", [0.0, 0.8])
def test_contract(settle: int, threshold: float) -> None:
    verify_contract(decoder(threshold, settle), random_answer(60, seed=settle), counted=False)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 5), st.integers(0, 3))
def test_is_the_best_of_all_paths(seed: int, n_frames: int, settle: int) -> None:
    x = random_answer(n_frames, seed=seed)
    paths = itertools.product(range(len(VOCABULARY) + 1), repeat=n_frames)
    best = max(paths, key=lambda path: sum(x.log_probs[t, token] for t, token in enumerate(path)))
    runs = [token for token, _ in itertools.groupby(best) if token]
    assert texts(drive(decoder(settle=settle), [x])) == " ".join(VOCABULARY[token - 1] for token in runs)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("", ""),
        ("0000", ""),
        ("1", "yes"),
        ("0010", "yes"),
        ("1111", "yes"),
        ("1000000001", "yes yes"),
        ("1011", "yes yes"),
        ("12", "yes no"),
        ("1231", "yes no up yes"),
        ("111111222222000222", "yes no no"),
    ],
)
@pytest.mark.parametrize("settle", [0, 2, 9])
def test_runs_become_words(tokens: str, expected: str, settle: int) -> None:
    assert texts(drive(decoder(settle=settle), [answer(tokens)])) == expected


def test_where_a_word_lies() -> None:
    (word,) = drive(decoder(), [answer("00000100000", extent=(2.0, 3.0))])
    # the spike stands for the middle of its frame, 5.5 hops in
    assert (word.text, word.start_samples, word.end_samples) == ("yes", 3.5 * FRAME, 8.5 * FRAME)
    assert word.confidence == pytest.approx(0.9)


def test_the_peak_tells_confidence_and_extent() -> None:
    x = answer("0011100", probability=0.6)
    x.log_probs[3] = answer("1", probability=0.8).log_probs[0]
    x.extent[3] = (1.0, 2.0)
    (word,) = drive(decoder(), [x])
    assert word.confidence == pytest.approx(0.8)
    assert (word.start_samples, word.end_samples) == (2.5 * FRAME, 5.5 * FRAME)


def test_a_peak_after_the_time_to_settle_comes_too_late() -> None:
    x = answer("00111100", probability=0.6)
    x.log_probs[5] = answer("1", probability=0.8).log_probs[0]
    confidences = [drive(decoder(settle=settle), [x])[0].confidence for settle in (2, 3)]
    assert confidences == [pytest.approx(0.6), pytest.approx(0.8)]


@pytest.mark.parametrize("settle", [0, 1, 4])
def test_a_word_is_given_as_many_frames_after_its_spike_as_declared(settle: int) -> None:
    stage, x = decoder(settle=settle), answer("000" + "1" + "0" * 20)
    state, given_at = stage.initial_state(), []
    for i in range(24):
        words, state = stage.step(Answer(x.log_probs[i : i + 1], x.extent[i : i + 1]), state)
        given_at += [i] * len(words)
    assert given_at == [3 + stage.latency]


def test_another_word_ends_the_one_before_at_once() -> None:
    words, _ = (stage := decoder(settle=9)).step(answer("12"), stage.initial_state())
    assert texts(words) == "yes"


@pytest.mark.parametrize(("threshold", "expected"), [(0.0, "yes"), (0.69, "yes"), (0.71, ""), (1.0, "")])
def test_threshold(threshold: float, expected: str) -> None:
    assert texts(drive(decoder(threshold), [answer("0110", probability=0.7)])) == expected


def test_a_word_under_the_threshold_takes_no_time() -> None:
    x = answer("0010020", extent=(2.0, 2.0))
    x.log_probs[2] = answer("1", probability=0.4).log_probs[0]
    (word,) = drive(decoder(0.5), [x])
    assert (word.text, word.start_samples) == ("no", 3.5 * FRAME)


@pytest.mark.parametrize("seed", range(5))
def test_words_never_overlap_and_never_go_back(seed: int) -> None:
    words = drive(decoder(), [random_answer(200, seed=seed)])
    assert len(words) > 50
    assert words[0].start_samples >= 0
    for before, after in itertools.pairwise(words):
        assert before.start_samples < before.end_samples <= after.start_samples < after.end_samples


@pytest.mark.parametrize("seed", range(5))
def test_confidence_is_a_probability(seed: int) -> None:
    words = drive(decoder(), [random_answer(200, seed=seed, sharpness=100)])
    assert all(0 <= word.confidence <= 1 for word in words)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"threshold": 1.1}, r"threshold must lie in 0\.\.1, got 1\.1"),
        ({"threshold": -0.1}, r"threshold must lie in 0\.\.1, got -0\.1"),
        ({"settle_frames": -1}, "settle_frames must be 0 or more, got -1"),
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        DecoderConfig(**wrong)


def test_a_blank_penalty_gives_the_words_that_bayes_rule_gives() -> None:
    """Half the prior odds of the blank: a word at 0.4 against a blank at 0.6 becomes 0.4 / (0.4 + 0.3)."""
    probs = np.array([[1 - 2e-6, 1e-6, 1e-6, 0], [0.6, 0.4, 0, 0], [1 - 2e-6, 1e-6, 1e-6, 0]], np.float32)
    x = Answer(np.log(probs + 1e-9), np.ones((3, 2), np.float32))
    assert drive(decoder(), [x]) == ()
    penalised = GreedyDecoder(VOCABULARY, FRAME, DecoderConfig(0.0, 2, blank_penalty=float(np.log(2))))
    (word,) = drive(penalised, [x])
    assert word.text == "yes"
    assert word.confidence == pytest.approx(0.4 / 0.7, abs=1e-4)
    verify_contract(penalised, random_answer(40), counted=False)
