"""Prefix search with a grammar and with hotwords."""

import itertools
from collections import defaultdict

import numpy as np
import pytest
from contract import drive, verify_contract
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.grammar import GrammarConfig
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.messages import Word

VOCABULARY = ("yes", "no", "up")
REJECT = 4.0
BLANK, YES, NO, UP = ([float(i == j) for j in range(4)] for i in range(4))


def decoder(*phrases: str, settle: int = 2, hotwords: dict[str, float] | None = None, **setting: float):
    grammar = GrammarConfig(phrases, reject_nats=REJECT, **setting)  # type: ignore[arg-type]
    config = DecoderConfig(0.0, settle, hotwords=hotwords or {}, grammar=grammar)
    return PrefixDecoder(VOCABULARY, 240, config)


def answer(rows: list[list[float]]) -> Answer:
    log_probs = np.log(np.array(rows, np.float32) + 1e-9)
    return Answer(log_probs, np.full((len(rows), 2), 1.5, np.float32))


def random_answer(n_frames: int, *, seed: int, blank: float = 0.0) -> Answer:
    rng = np.random.default_rng(seed)
    logits = 2.5 * rng.normal(size=(n_frames, 4))
    logits[:, 0] += blank
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Answer(log_probs.astype(np.float32), rng.normal(1, 3, size=(n_frames, 2)).astype(np.float32))


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def parse(tokens: tuple[int, ...], phrases: list[tuple[int, ...]]) -> tuple[tuple[int, ...], int]:
    """The words of complete phrases and the number of others, by comparing with every phrase of a list."""
    given, n_rejected = [], 0
    done: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    left = list(tokens)
    while left:
        begun = (*done, *waiting, left.pop(0))
        if any(phrase[: len(begun)] == begun for phrase in phrases):
            waiting = begun[len(done) :]
            if begun in phrases:
                given += waiting
                done, waiting = begun, ()
        elif done:
            left, done, waiting = [*begun[len(done) :], *left], (), ()
        else:
            n_rejected, left, waiting = n_rejected + 1, [*begun[1:], *left], ()
    return tuple(given), n_rejected + len(waiting)


def likeliest(
    log_probs: np.ndarray, phrases: list[tuple[int, ...]], weights: dict[int, float]
) -> tuple[str, float]:
    """What the best of all transcripts gives, by summing all paths; its lead over what gives other words."""
    sums: dict[tuple[int, ...], float] = defaultdict(lambda: -np.inf)
    for path in itertools.product(range(4), repeat=len(log_probs)):
        key = tuple(t for t, before in zip(path, (0, *path), strict=False) if t and t != before)
        sums[key] = np.logaddexp(sums[key], float(sum(log_probs[i, t] for i, t in enumerate(path))))
    # where nothing can be complete there is no other answer
    best: dict[tuple[int, ...], float] = {(-1,): -np.inf}
    for key, likelihood in sums.items():
        words, n_rejected = parse(key, phrases) if phrases else (key, 0)
        score = likelihood + sum(weights.get(t, 0.0) for t in key) - REJECT * n_rejected
        best[words] = max(best.get(words, -np.inf), score)
    first, second = sorted(best, key=lambda words: -best[words])[:2]
    return " ".join(VOCABULARY[t - 1] for t in first), best[first] - best[second]


@pytest.mark.parametrize(
    ("lines", "phrases"),
    [
        (["yes no"], [(1, 2)]),
        (["yes [up] no", "up"], [(1, 2), (1, 3, 2), (3,)]),
        (["(yes | no){3}"], list(itertools.product((1, 2), repeat=3))),
        (["yes | no up"], [(1,), (2, 3)]),
        (["yes | up"], [(1,), (3,)]),
        ([], []),
    ],
)
@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(2, 5),
    st.sampled_from([{}, {"yes": 2.0}, {"no": -1.5, "up": 1.0}]),
)
def test_is_the_likeliest_of_all_transcripts(
    lines: list[str], phrases: list[tuple[int, ...]], seed: int, n_frames: int, hotwords: dict[str, float]
) -> None:
    """Nothing is settled before the end here, so the search is exact but for what it drops as hopeless."""
    x = random_answer(n_frames, seed=seed)
    weights = {VOCABULARY.index(word) + 1: weight for word, weight in hotwords.items()}
    expected, lead = likeliest(x.log_probs, phrases, weights)
    if lead > 0.25:
        assert texts(drive(decoder(*lines, settle=100, hotwords=hotwords), [x])) == expected


def test_words_outside_the_grammar_and_incomplete_phrases_give_nothing() -> None:
    x = answer([UP, BLANK, YES, NO, BLANK, YES, BLANK, UP, NO, BLANK])
    assert texts(drive(decoder("yes no"), [x])) == "yes no"
    assert texts(drive(decoder("yes no", "up"), [x])) == "up yes no up"


def test_a_likely_word_outside_gives_way_to_a_less_likely_one_inside() -> None:
    """Of e^-4 it would have to be less: the price of a rejected word."""
    unsure = [0.001, 0.1, 0.0, 0.899]
    assert texts(drive(decoder("yes | no"), [answer([unsure, BLANK])])) == "yes"
    surer = [0.001, 0.01, 0.0, 0.989]
    assert texts(drive(decoder("yes | no"), [answer([surer, BLANK])])) == ""


def test_an_unlikely_word_completes_a_phrase() -> None:
    """Alone it is left out, at 0.02 against the blank; as the second word of three it fits."""
    weak = [0.98, 0.0, 0.02, 0.0]
    x = answer([YES, BLANK, weak, BLANK, YES, *[BLANK] * 60])
    assert texts(drive(decoder(), [x])) == "yes yes"
    assert texts(drive(decoder("yes no yes"), [x])) == "yes no yes"


def test_a_phrase_is_given_when_its_last_word_has_settled() -> None:
    x = answer([YES, BLANK, BLANK, BLANK, NO, BLANK, BLANK])
    stage = decoder("yes no", settle=2)
    words, state = stage.step(Answer(x.log_probs[:6], x.extent[:6]), stage.initial_state())
    assert words == ()
    # what would be said if the stream ended here
    assert texts(stage.flush(state)) == "yes no"
    words, _ = stage.step(Answer(x.log_probs[6:], x.extent[6:]), state)
    assert texts(words) == "yes no"


def test_no_word_waits_longer_than_is_declared() -> None:
    """Every word that is given was said at most ``latency`` frames before, whatever comes."""
    stage = decoder("(yes | no){4}", "up yes", settle=1, pause_frames=6)
    assert (stage.wait_frames, stage.latency) == (18, 19)
    n_words = 0
    for seed in range(6):
        x, state = random_answer(150, seed=seed, blank=4.0), stage.initial_state()
        for i in range(150):
            words, state = stage.step(Answer(x.log_probs[i : i + 1], 0 * x.extent[i : i + 1]), state)
            n_words += len(words)
            for word in words:
                # without extent, a word begins at the frame of its peak, or where the one before it ended
                assert i - word.end_samples // 240 <= stage.latency
    assert n_words > 30


def test_it_holds_no_more_however_long_a_stream_is() -> None:
    stage = decoder("(yes | no){4}", "up yes* up", settle=1, pause_frames=20, longest_frames=60)
    state = stage.initial_state()
    for seed in range(8):
        _, state = stage.step(random_answer(100, seed=seed), state)
        held = state.held.hypotheses
        assert len(held) <= 48
        assert all(len(h.spikes) <= 2 * stage.latency and len(h.reading.parts) <= len(h.spikes) for h in held)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "stage",
    [
        decoder("yes no", "up+", settle=1),
        decoder("(yes | no){3}", settle=2, pause_frames=5),
        decoder("up (yes | no)* up", settle=0, pause_frames=8, longest_frames=12),
        decoder(hotwords={"yes": 2.0, "no": -1.0}),
        decoder("yes up", "no", settle=3, pause_frames=4, hotwords={"up": 1.5}),
    ],
    ids=["pairs", "threes", "open", "hotwords", "both"],
)
def test_contract(stage: PrefixDecoder, seed: int) -> None:
    verify_contract(stage, random_answer(60, seed=seed, blank=float(seed)), counted=False, n_examples=10)


def test_hotwords_are_likelier_each_time_they_are_said() -> None:
    x = answer([[0.8, 0.2, 0, 0], BLANK, [0.6, 0.1, 0.3, 0], BLANK])
    assert texts(drive(decoder(), [x])) == ""
    (word,) = drive(decoder(hotwords={"yes": 1.6}), [x])
    assert word.text == "yes"
    # of four transcripts: "", "yes" at the first, at the second, at both; "no" at the second with either
    e = np.exp(1.6)
    first = np.array([0.8, 0.2 * e])
    second = np.array([0.6, 0.1 * e, 0.3])
    everything = first.sum() * second.sum()
    # "no" alone is settled later, so it still stands against the first "yes"
    assert word.confidence == pytest.approx((everything - 0.8 * (0.6 + 0.3)) / everything, abs=1e-3)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"hotwords": {"yess": 1.0}}, r"hotwords: there is no word 'yess'; did you mean yes\?"),
        ({"hotwords": {"yes": 21.0}}, "weight of 'yes' must be a number of nats from -20 to 20, got 21"),
        (
            {"hotwords": {"yes": float("nan")}},
            "'yes' must be a number of nats from -20 to 20, got nan",
        ),
        ({"hotwords": {"yes": 1.0}, "method": "greedy"}, "need the method prefix"),
        ({"grammar": GrammarConfig(("yes",)), "method": "greedy"}, "need the method prefix"),
        (
            {"grammar": GrammarConfig(("yes", "nu"))},
            r"line 2: there is no word 'nu'; did you mean",
        ),
    ],
)
def test_bad_settings(setting: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PrefixDecoder(VOCABULARY, 240, DecoderConfig(**setting))  # type: ignore[arg-type]
