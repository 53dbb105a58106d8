import numpy as np
import pytest
from contract import drive, verify_contract

from speechlstm.decode.whole import WholeConfig, WholeDecoder
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.messages import Word


def answer(seed: int = 0, n: int = 40) -> Answer:
    logits = np.random.default_rng(seed).normal(0, 2, (n, 3)).astype(np.float32)
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Answer(log_probs, np.zeros((n, 0), np.float32))


def test_contract() -> None:
    verify_contract(WholeDecoder(("a", "b", "c"), 2, WholeConfig()), answer(), counted=False)


@pytest.mark.parametrize("seed", range(3))
def test_it_answers_the_softmax_of_the_mean_logits(seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 2, (40, 3))
    mean = np.exp(logits.mean(axis=0))
    (word,) = drive(WholeDecoder(("a", "b", "c"), 2, WholeConfig()), [answer(seed)])
    assert word.text == "abc"[mean.argmax()]
    assert (word.start_samples, word.end_samples) == (0, 80)
    assert word.confidence == pytest.approx((mean / mean.sum()).max(), rel=1e-5)


def test_what_it_thinks_now_is_what_it_would_say_at_the_end() -> None:
    decoder, whole = WholeDecoder(("a", "b", "c"), 1, WholeConfig()), answer(4)
    words, state = decoder.step(whole, decoder.initial_state())
    assert words == ()
    assert decoder.flush(state) == drive(decoder, [whole])


def test_a_threshold_keeps_what_is_unsure() -> None:
    decoder = WholeDecoder(("a", "b"), 1, WholeConfig(threshold=0.7))
    unsure, sure = (np.log(np.array([[p, 1 - p]] * 3, np.float32)) for p in (0.65, 0.75))
    assert drive(decoder, [Answer(unsure, np.zeros((3, 0), np.float32))]) == ()
    (word,) = drive(decoder, [Answer(sure, np.zeros((3, 0), np.float32))])
    assert word == Word("a", 0, 3, pytest.approx(0.75))


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match=r"threshold must lie in 0\.\.1, got 2"):
        WholeConfig(threshold=2)
    with pytest.raises(ConfigError, match="method must be whole, got 'part'"):
        WholeConfig(method="part")  # type: ignore[arg-type]
