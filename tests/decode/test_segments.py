import itertools
from typing import Any

import numpy as np
import pytest
from contract import drive, verify_contract
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.decode.segments import SegmentConfig, SegmentDecoder, labels_of
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.messages import Word

LABELS = ("null", "sit", "walk", "run")
FRAME = 10
PLAIN = SegmentConfig(smooth_frames=0, min_frames=1, enter=0.5, stay=0.5)


def decoder(**options: Any) -> SegmentDecoder:
    options = {
        "smooth_frames": 0,
        "min_frames": 1,
        "enter": 0.5,
        "stay": 0.5,
        "unlabelled": ("null",),
    } | options
    return SegmentDecoder(LABELS, FRAME, SegmentConfig(**options))


def as_answer(probs: np.ndarray) -> Answer:
    with np.errstate(divide="ignore"):
        return Answer(np.log(probs).astype(np.float32), np.zeros((len(probs), 0), np.float32))


def answer(tokens: str, probability: float = 0.9) -> Answer:
    """An answer in which ``tokens`` lead, one figure a frame."""
    leaders = np.array([int(t) for t in tokens], dtype=np.int64)
    probs = np.full((len(leaders), len(LABELS)), (1 - probability) / (len(LABELS) - 1))
    probs[np.arange(len(leaders)), leaders] = probability
    return as_answer(probs)


def random_answer(n_frames: int, *, seed: int = 0, sharpness: float = 2, hold: int = 4) -> Answer:
    """Posteriors that keep to a label for some frames, with noise."""
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.normal(size=(n_frames, len(LABELS)))
    held = np.repeat(rng.integers(0, len(LABELS), n_frames // hold + 1), hold)[:n_frames]
    logits[np.arange(n_frames), held] += 2 * sharpness
    return as_answer(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))


def brief(words: tuple[Word, ...]) -> list[tuple[str, int, int]]:
    return [(w.text, w.start_samples // FRAME, w.end_samples // FRAME) for w in words]


# -- the plain reference: every frame from the whole past, by the definition


def reference_smooth(x: Answer, smooth_frames: float) -> np.ndarray:
    probs = np.exp(x.log_probs.astype(np.float64))
    rows = []
    for t in range(len(probs)):
        ages = np.arange(t, -1, -1.0)
        weights = np.exp(-ages / smooth_frames) if smooth_frames else (ages == 0).astype(float)
        rows.append((weights[:, None] * probs[: t + 1]).sum(axis=0) / weights.sum())
    return np.array(rows).reshape(probs.shape)


def reference_starts(p: np.ndarray, config: SegmentConfig) -> list[tuple[int, int, int]]:
    """``(label, first frame, frame at which it was known)`` of each label that came to run."""
    starts: list[tuple[int, int, int]] = []
    for t in range(len(p)):
        first = t - config.min_frames + 1
        running = starts[-1][0] if starts else None
        if first < 0 or (starts and first <= starts[-1][2]):
            continue
        window = p[first : t + 1]
        for label in range(p.shape[1]):
            leads = (window.argmax(axis=1) == label) & (window[:, label] >= config.enter)
            if running is not None:
                leads &= (window[:, running] < window[:, label]) & (window[:, running] < config.stay)
            if label != running and leads.all():
                starts.append((label, first, t))
                break
    return starts


def reference(x: Answer, config: SegmentConfig) -> tuple[list[Word], np.ndarray]:
    p = reference_smooth(x, config.smooth_frames)
    starts = reference_starts(p, config)
    ends = [first for _, first, _ in starts[1:]] + [len(p)] * bool(starts)
    words = [
        Word(LABELS[label], first * FRAME, end * FRAME, p[first:end, label].mean())
        for (label, first, _), end in zip(starts, ends, strict=True)
        if LABELS[label] not in config.unlabelled
    ]
    labels = np.full(len(p), -1)
    for label, first, _ in starts:
        labels[first:] = label
    return words, labels


configs = st.builds(
    lambda smooth, n, enter, share: SegmentConfig(smooth, n, enter, share * enter, ("null",)),
    st.sampled_from([0.0, 0.5, 3.0, 20.0]),
    st.integers(1, 6),
    st.sampled_from([0.1, 0.3, 0.5, 0.7]),
    st.sampled_from([0.1, 0.6, 1.0]),
)


def assert_is_the_reference(x: Answer, config: SegmentConfig) -> None:
    expected, labels = reference(x, config)
    found = drive(SegmentDecoder(LABELS, FRAME, config), [x])
    assert brief(found) == brief(tuple(expected))
    assert [w.confidence for w in found] == pytest.approx([w.confidence for w in expected], abs=1e-9)
    np.testing.assert_array_equal(labels_of(x, config), labels)


@settings(max_examples=300, deadline=None)
@given(configs, st.integers(0, 10**6), st.integers(0, 80), st.integers(1, 12))
def test_is_the_plain_reference(config: SegmentConfig, seed: int, n_frames: int, hold: int) -> None:
    assert_is_the_reference(random_answer(n_frames, seed=seed, hold=hold), config)


@settings(max_examples=200, deadline=None)
@given(configs, st.lists(st.permutations([0, 1, 1, 2]), max_size=40))
def test_ties_are_as_in_the_reference(config: SegmentConfig, quarters: list[list[int]]) -> None:
    config = SegmentConfig(0, config.min_frames, config.enter, config.stay, config.unlabelled)
    assert_is_the_reference(as_answer(np.array(quarters).reshape(-1, len(LABELS)) / 4), config)


@pytest.mark.parametrize("smooth", [0.0, 3.0])
@pytest.mark.parametrize("n_frames", [1, 2, 7])
def test_contract(smooth: float, n_frames: int) -> None:
    stage = decoder(smooth_frames=smooth, min_frames=n_frames, stay=0.3)
    x = random_answer(80, seed=n_frames, hold=9)
    assert len(drive(stage, [x])) >= 2
    verify_contract(stage, x, counted=False)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("", []),
        ("000", []),
        ("1", [("sit", 0, 1)]),
        ("1122", [("sit", 0, 2), ("walk", 2, 4)]),
        ("0110110", [("sit", 1, 3), ("sit", 4, 6)]),
        ("13", [("sit", 0, 1), ("run", 1, 2)]),
    ],
)
def test_runs_become_segments(tokens: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(drive(decoder(), [answer(tokens)])) == expected


def test_a_label_must_last_and_then_begins_where_it_began_to_lead() -> None:
    stage = decoder(min_frames=3)
    # two frames of walk are too few, and a frame of run does not count for walk
    assert brief(drive(stage, [answer("1112211122322211")])) == [("sit", 0, 11), ("walk", 11, 16)]
    assert brief(drive(stage, [answer("11122")])) == [("sit", 0, 5)]
    assert brief(drive(stage, [answer("12")])) == []


def test_the_running_label_stays_above_stay() -> None:
    probs = np.array([[0, 0.9, 0.1, 0]] + [[0, 0.45, 0.55, 0]] * 5 + [[0, 0.35, 0.65, 0]] * 3)
    assert brief(drive(decoder(enter=0.5, stay=0.4), [as_answer(probs)])) == [("sit", 0, 6), ("walk", 6, 9)]
    assert brief(drive(decoder(enter=0.5, stay=0.5), [as_answer(probs)])) == [("sit", 0, 1), ("walk", 1, 9)]


def test_the_running_label_stays_while_no_other_has_entered() -> None:
    probs = np.array([[0, 0.9, 0.1, 0]] + [[0.1, 0.1, 0.45, 0.35]] * 5)
    (word,) = drive(decoder(), [as_answer(probs)])
    assert brief((word,)) == [("sit", 0, 6)]
    assert word.confidence == pytest.approx((0.9 + 5 * 0.1) / 6)


def test_confidence_is_the_mean_of_what_is_in_the_segment() -> None:
    probs = np.array(
        [[0, 0.8, 0.2, 0]] * 2 + [[0, 0.3, 0.7, 0]] + [[0, 0.6, 0.4, 0]] + [[0, 0.1, 0.9, 0]] * 2
    )
    sit, walk = drive(decoder(min_frames=2), [as_answer(probs)])
    # the third frame was disputed in vain and belongs to sit; the last two do not
    assert sit.confidence == pytest.approx((0.8 + 0.8 + 0.3 + 0.6) / 4)
    assert walk.confidence == pytest.approx(0.9)


def test_smoothing_weights_the_past_exponentially() -> None:
    tau = 1 / np.log(2)  # each frame counts half of the next
    probs = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]], float)
    # walk has 2/3 after the second frame (weights 1, 2) and 6/7 after the third (1, 2, 4)
    assert labels_of(as_answer(probs), SegmentConfig(tau, 1, 0.66, 0.5)).tolist() == [1, 2, 2]
    assert labels_of(as_answer(probs), SegmentConfig(tau, 1, 0.67, 0.5)).tolist() == [1, 1, 2]
    assert labels_of(as_answer(probs), SegmentConfig(tau, 1, 0.86, 0.5)).tolist() == [1, 1, 1]
    (word, _) = drive(decoder(smooth_frames=tau), [as_answer(probs)])
    assert word.confidence == pytest.approx(1.0)


@pytest.mark.parametrize("n_frames", [1, 3, 8])
@pytest.mark.parametrize("seed", range(3))
def test_a_segment_is_given_as_many_frames_after_its_end_as_declared(n_frames: int, seed: int) -> None:
    stage, x = decoder(min_frames=n_frames, smooth_frames=2), random_answer(400, seed=seed, hold=12)
    state, n_given = stage.initial_state(), 0
    for i in range(400):
        words, state = stage.step(Answer(x.log_probs[i : i + 1], x.extent[i : i + 1]), state)
        for word in words:
            last_frame = word.end_samples // FRAME - 1
            assert i == last_frame + stage.latency
        n_given += len(words)
    assert n_given > 8


@pytest.mark.parametrize("seed", range(3))
def test_segments_never_overlap_and_are_never_too_short(seed: int) -> None:
    words = drive(decoder(min_frames=4, smooth_frames=1), [random_answer(2000, seed=seed, hold=9)])
    assert len(words) > 50
    assert all(w.end_samples - w.start_samples >= 4 * FRAME for w in words)
    assert all(a.end_samples <= b.start_samples for a, b in itertools.pairwise(words))
    assert all(0 < w.confidence <= 1 for w in words)


def test_flush_shows_what_runs_and_commits_nothing() -> None:
    stage = decoder(min_frames=2)
    words, state = stage.step(answer("1112"), stage.initial_state())
    assert (words, brief(stage.flush(state))) == ((), [("sit", 0, 4)])
    words, state = stage.step(answer("2"), state)
    assert (brief(words), brief(stage.flush(state))) == ([("sit", 0, 3)], [("walk", 3, 5)])


def test_the_state_does_not_grow() -> None:
    stage = decoder(min_frames=2, smooth_frames=5)
    _, soon = stage.step(answer("1" * 50), stage.initial_state())
    _, late = stage.step(answer("1" * 50_000), soon)
    assert late.average.total.shape == soon.average.total.shape == (len(LABELS),)
    assert late.average.total.base is None
    (word,) = stage.flush(late)
    assert word.end_samples == 50_050 * FRAME
    assert word.confidence == pytest.approx(0.9, abs=1e-6)


def test_frames_that_are_not_finite_say_nothing() -> None:
    x = answer("1112222")
    x.log_probs[[1, 4], 2] = np.nan
    x.log_probs[5] = np.inf
    nothing = answer("000")
    nothing.log_probs[:] = np.nan
    assert labels_of(x, PLAIN).tolist() == [1, 1, 1, 2, 2, 2, 2]
    assert labels_of(nothing, PLAIN).tolist() == [-1, -1, -1]
    words = drive(decoder(smooth_frames=2), [nothing, x, nothing])
    assert [w.text for w in words] == ["sit", "walk"]
    assert all(np.isfinite(w.confidence) for w in words)


def test_impossible_labels_are_no_trouble() -> None:
    x = as_answer(np.array([[0, 1, 0, 0]] * 3 + [[0, 0, 1, 0]] * 3, float))
    assert np.isneginf(x.log_probs).any()
    assert [w.confidence for w in drive(decoder(), [x])] == [1.0, 1.0]


def test_labels_are_known_as_late_as_segments() -> None:
    x = random_answer(200, seed=5, hold=9)
    config = SegmentConfig(2.0, 3)
    whole = labels_of(x, config)
    assert whole.dtype == np.int64
    for n in (3, 50, 199):
        labels, n_known = labels_of(Answer(x.log_probs[:n], x.extent[:n]), config), n - config.min_frames + 1
        np.testing.assert_array_equal(labels[:n_known], whole[:n_known])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"smooth_frames": -1.0}, r"smooth_frames must be 0 or more, got -1\.0"),
        ({"smooth_frames": float("nan")}, "smooth_frames must be 0 or more, got nan"),
        ({"min_frames": 0}, "min_frames must be 1 or more, got 0"),
        ({"enter": 0.0}, r"enter must lie above 0 and up to 1, got 0\.0"),
        ({"enter": 1.5}, r"enter must lie above 0 and up to 1, got 1\.5"),
        ({"stay": 0.6}, r"stay must lie above 0 and up to enter, which is 0\.5, got 0\.6"),
        ({"stay": 0.0}, r"stay must lie above 0 and up to enter, which is 0\.5, got 0\.0"),
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SegmentConfig(**wrong)


def test_an_unknown_unlabelled_class() -> None:
    with pytest.raises(ConfigError, match="unknown key 'nul' in unlabelled; did you mean 'null'"):
        decoder(unlabelled=("nul",))
