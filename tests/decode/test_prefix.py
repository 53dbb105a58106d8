import itertools

import numpy as np
import pytest
from answers import FRAME, VOCABULARY, answer, random_answer
from contract import drive, verify_contract
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word


def decoder(threshold: float = 0.0, settle: int = 2) -> PrefixDecoder:
    return PrefixDecoder(VOCABULARY, FRAME, DecoderConfig(threshold, settle))


def texts(words: tuple[Word, ...]) -> list[str]:
    return [word.text for word in words]


def likeliest_transcript(log_probs: np.ndarray) -> tuple[list[str], float]:
    """By summing all paths; and by how much, in nats, it beats the next."""
    sums: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        key = tuple(t for t, before in zip(path, (0, *path), strict=False) if t and t != before)
        score = float(sum(log_probs[i, t] for i, t in enumerate(path)))
        sums[key] = np.logaddexp(sums.get(key, -np.inf), score)
    best, second = sorted(sums, key=lambda key: sums[key])[:-3:-1]
    return [VOCABULARY[token - 1] for token in best], sums[best] - sums[second]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_is_the_likeliest_of_all_transcripts(seed: int, n_frames: int) -> None:
    """Nothing is settled before the end here, so the search is exact but for what it drops as hopeless.

    What it drops adds up: of 600 random answers of six frames it missed eleven, none by more than 0.18 nats.
    """
    x = random_answer(n_frames, seed=seed)
    expected, lead = likeliest_transcript(x.log_probs)
    if lead > 0.25:
        assert texts(drive(decoder(settle=100), [x])) == expected


def test_a_word_no_frame_is_sure_of_is_likely_all_the_same() -> None:
    """Four frames at 0.3: the word at one of them, 1 - 0.7^4 = 0.76, though each frame prefers the blank."""
    x = answer([[1, 0, 0, 0], *[[0.7, 0.3, 0, 0]] * 4, [1, 0, 0, 0]])
    (word,) = drive(decoder(settle=4), [x])
    assert word.text == "yes"
    # all alignments of one "yes", over these and of none and of two
    one = sum(0.3**k * 0.7 ** (4 - k) * (5 - k) for k in range(1, 5))
    none, two = 0.7**4, 1 - 0.7**4 - one
    assert word.confidence == pytest.approx((one + two) / (none + one + two), abs=1e-3)


def test_a_blank_between_makes_two_words_and_none_makes_one() -> None:
    yes, blank = [0, 1.0, 0, 0], [1.0, 0, 0, 0]
    assert texts(drive(decoder(), [answer([yes, yes, yes])])) == ["yes"]
    assert texts(drive(decoder(), [answer([yes, blank, yes])])) == ["yes", "yes"]
    assert texts(drive(decoder(), [answer([yes, *[blank] * 9, yes])])) == ["yes", "yes"]


def test_what_is_settled_does_not_come_back() -> None:
    """A long run of one token is one word, however long it goes on after its word was given."""
    x = answer([[0, 1.0, 0, 0]] * 20)
    assert texts(drive(decoder(settle=1), [x])) == ["yes"]


def test_a_word_is_given_when_its_peak_has_settled() -> None:
    x = answer([[1, 0, 0, 0], [0.1, 0.9, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    stage = decoder(settle=2)
    words, state = stage.step(Answer(x.log_probs[:3], x.extent[:3]), stage.initial_state())
    assert words == ()
    words, _ = stage.step(Answer(x.log_probs[3:], x.extent[3:]), state)
    assert texts(words) == ["yes"]
    assert (words[0].start_samples, words[0].end_samples) == (0, 3 * FRAME)


def test_under_the_threshold_nothing_is_given() -> None:
    x = answer([[1, 0, 0, 0], [0.4, 0.6, 0, 0], [1, 0, 0, 0]])
    assert texts(drive(decoder(0.55), [x])) == ["yes"]
    assert drive(decoder(0.65), [x]) == ()


@pytest.mark.parametrize("settle", [0, 1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_contract(settle: int, seed: int) -> None:
    verify_contract(decoder(0.2, settle), random_answer(60, seed=seed), counted=False)


def test_words_never_overlap() -> None:
    words = drive(decoder(), [random_answer(400, seed=1)])
    assert len(words) > 50
    assert all(a.end_samples <= b.start_samples for a, b in itertools.pairwise(words))
