import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from contract import drive, verify_contract

from speechlstm.decode.decoder import make_decoder
from speechlstm.decode.lexicon import Lexicon
from speechlstm.decode.spell import LexiconDecoder, SpellConfig, SpellDecoder
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError

CHARACTERS = ("a", "b", "c")
WORDS = ("a", "aa", "ab", "abc", "ba", "cab", "cc")


def answer(seed: int, n: int = 6, *, sharpness: float = 1.5) -> Answer:
    logits = np.random.default_rng(seed).normal(0, sharpness, (n, 1 + len(CHARACTERS))).astype(np.float32)
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Answer(log_probs, np.zeros((n, 2), np.float32))


def likelihoods(log_probs: np.ndarray) -> dict[str, float]:
    """Of every transcript, the sum over all its paths, one by one."""
    found: dict[str, float] = defaultdict(float)
    probs = np.exp(log_probs.astype(np.float64))
    for path in itertools.product(range(probs.shape[1]), repeat=len(probs)):
        collapsed = [token for token, _ in itertools.groupby(path) if token]
        text = "".join(CHARACTERS[token - 1] for token in collapsed)
        found[text] += math.prod(probs[i, token] for i, token in enumerate(path))
    return found


@pytest.mark.parametrize("config", [SpellConfig(), SpellConfig(search="greedy"), SpellConfig(lexicon=WORDS)])
def test_contract(config: SpellConfig) -> None:
    decoder = make_decoder(CHARACTERS, 2, config)
    verify_contract(decoder, answer(1, 30, sharpness=4), counted=False, atol=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_lexicon_is_searched_as_by_enumeration(seed: int) -> None:
    whole = answer(seed)
    found = {word: p for word, p in likelihoods(whole.log_probs).items() if word in WORDS}
    (word,) = drive(LexiconDecoder(CHARACTERS, 1, SpellConfig(lexicon=WORDS)), [whole])
    assert word.text == max(found, key=found.__getitem__)
    assert word.confidence == pytest.approx(found[word.text] / sum(found.values()), rel=1e-4)
    assert (word.start_samples, word.end_samples) == (0, 6)


@pytest.mark.parametrize("seed", range(20))
def test_without_one_the_likeliest_characters_are_found(seed: int) -> None:
    whole = answer(seed, 5, sharpness=3)
    found = likelihoods(whole.log_probs)
    text = "".join(word.text for word in drive(SpellDecoder(CHARACTERS, 1, SpellConfig()), [whole]))
    # the beam drops what is a thousand times less likely
    assert found[text] >= 0.999 * max(found.values())


def test_greedy_is_the_best_path() -> None:
    whole = answer(3, 12, sharpness=4)
    best = [token for token, _ in itertools.groupby(whole.log_probs.argmax(axis=1).tolist()) if token]
    (word,) = drive(SpellDecoder(CHARACTERS, 1, SpellConfig(search="greedy")), [whole])
    assert word.text == "".join(CHARACTERS[token - 1] for token in best)


def test_a_lower_blank_writes_more() -> None:
    log_probs = np.log(np.array([[0.6, 0.4, 1e-9, 1e-9]] * 2, np.float32))
    whole = Answer(log_probs, np.zeros((2, 2), np.float32))
    blank = drive(SpellDecoder(CHARACTERS, 1, SpellConfig(search="greedy")), [whole])
    (word,) = drive(SpellDecoder(CHARACTERS, 1, SpellConfig(search="greedy", blank_penalty=1.0)), [whole])
    assert (blank, word.text) == ((), "a")


def test_a_word_that_needs_more_frames_than_there_are_is_not_answered() -> None:
    assert drive(LexiconDecoder(CHARACTERS, 1, SpellConfig(lexicon=("abc", "aa"))), [answer(0, 2)]) == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "the lexicon holds no words"),
        (("ab", "ax"), "holds 'ax', which the model cannot spell for it does not know 'x'; leave it out"),
        (("",), "holds '', which the model cannot spell; leave it out"),
    ],
)
def test_lexica_that_cannot_be(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Lexicon(words, CHARACTERS)


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="search must be prefix or greedy, got 'beam'"):
        SpellConfig(search="beam")  # type: ignore[arg-type]
