import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation.segments.scorer import SegmentResult, SegmentScorer, frames_of, segments_of
from speechlstm.messages import Word

LABELS = ("null", "sit", "walk", "run")
FRAME = 10
SCORER = SegmentScorer(LABELS, FRAME, ("null",), latency_samples=20)


def figures(text: str) -> np.ndarray:
    """A label a frame, ``-`` for none."""
    return np.array([-1 if c == "-" else int(c) for c in text], np.int64)


def words(text: str) -> tuple[Word, ...]:
    return segments_of(figures(text), LABELS, frame_samples=FRAME)


def score(truth: str, answer: str) -> SegmentResult:
    answered = tuple(word for word in words(answer) if word.text != "null")
    return SCORER.score("a", truth=words(truth), answer=answered, frames=figures(answer), subject="ann")


def test_one_recording_by_hand() -> None:
    r = score("1111122222----000333", "11111122222033300033")
    # walk: one frame went to sit; run: one frame was not answered; null and nothing are no rows
    assert r.confusion.tolist() == [[5, 0, 0, 0], [1, 4, 0, 0], [0, 0, 2, 1]]
    assert (r.n_samples, r.n_labelled_samples, r.n_unlabelled_samples) == (200, 130, 70)
    # overlaps 5/6, 4/5 and 2/3; the run of frames 12 to 14 reaches a frame into null and matches nothing
    assert (r.n_found, r.n_missed, r.n_wrong, r.n_false) == (3, 0, 1, 1)
    assert r.onset_delays_samples == (0 + 20, 10 + 20, 10 + 20)
    assert [w.text for w in r.truth] == ["sit", "walk", "run"]
    assert (r.name, r.subject, r.error) == ("a", "ann", None)


@pytest.mark.parametrize(
    ("truth", "answer", "found", "wrong"),
    [
        ("1111222222", "1111222222", 2, 0),
        ("1111111111", "1111100000", 1, 0),  # half is enough
        ("1111111111", "1111000000", 0, 1),
        ("1111111111", "1111122222", 1, 1),
        ("1111111111", "1111101111", 1, 1),  # one to one: the second piece has 4 of 10
        ("1110111111", "1111111111", 1, 0),  # 6 of 10
        ("1111111111", "2222222222", 0, 1),
        ("0000000000", "0011100000", 0, 1),
        ("1111100000", "1111111111", 1, 0),  # known to be nothing: it counts against the overlap
        ("1111000000", "1111111111", 0, 1),
        ("1111------", "1111111111", 1, 0),  # not known: it does not
        ("111--111--", "1111111111", 2, 0),  # and an answer is cut there
        ("111-222222", "1111122222", 2, 0),  # what reaches over is no wrong answer if it matched before
        ("----------", "1122210000", 0, 0),
    ],
)
def test_matches(truth: str, answer: str, found: int, wrong: int) -> None:
    r = score(truth, answer)
    assert (r.n_found, r.n_wrong) == (found, wrong)
    assert r.n_missed == len([w for w in words(truth) if w.text != "null"]) - found


@pytest.mark.parametrize(
    ("truth", "answer", "n_false"),
    [
        ("0000000000", "0110220330", 3),
        ("----------", "-11-22----", 2),
        ("0000000000", "0000000000", 0),
        ("1111111111", "2222222222", 0),  # wrong, but not in unlabelled time
        ("1111000000", "0022220000", 0),  # half and half
        ("1111000000", "0022222000", 1),
        ("1110000000", "1111111111", 1),  # 3 of 10: no match, and mostly where nothing is
        ("111-------", "1111111111", 0),
    ],
)
def test_false_segments(truth: str, answer: str, n_false: int) -> None:
    assert score(truth, answer).n_false == n_false


def test_an_early_answer_has_a_smaller_delay() -> None:
    assert score("0001111110", "0111111110").onset_delays_samples == (-20 + 20,)
    # what was running when knowledge begins counts from there
    assert score("---1111110", "0111111110").onset_delays_samples == (0 + 20,)


def lea(truth: np.ndarray, answer: np.ndarray) -> tuple[int, int, int]:
    """F1@50 as published with Lea et al. 2017: true positives, false positives, false negatives."""

    def segments(frames: np.ndarray) -> list[tuple[int, int, int]]:
        edges = [0, *(np.flatnonzero(np.diff(frames)) + 1).tolist(), len(frames)]
        return [(int(frames[a]), a, b) for a, b in itertools.pairwise(edges) if b > a and frames[a] != 0]

    true, pred = segments(truth), segments(answer)
    used = [False] * len(true)
    n_right = 0
    for label, a, b in pred:
        ious = [
            (min(b, end) - max(a, start)) / (max(b, end) - min(a, start)) * (label == name)
            for name, start, end in true
        ]
        best = int(np.argmax(ious)) if ious else -1
        if best >= 0 and ious[best] >= 0.5 and not used[best]:
            used[best], n_right = True, n_right + 1
    return n_right, len(pred) - n_right, len(true) - sum(used)


runs = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 7)), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None)
@given(runs, st.data())
def test_without_unknown_time_it_is_the_published_measure(
    parts: list[tuple[int, int]], data: st.DataObject
) -> None:
    truth = np.repeat(*np.array(parts).T)
    # the answer is the truth with some frames changed, so that there is something to find
    answer = truth.copy()
    for at, label in data.draw(st.lists(st.tuples(st.integers(0, len(truth) - 1), st.integers(0, 3)))):
        answer[at : at + 2] = label
    r = score("".join(map(str, truth)), "".join(map(str, answer)))
    assert (r.n_found, r.n_wrong, r.n_missed) == lea(truth, answer)
    real = truth != 0
    assert r.confusion.sum() == real.sum()
    assert np.trace(r.confusion) == (truth == answer)[real].sum()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-1, 3), max_size=40))
def test_frames_and_segments_are_the_same_truth(frames: list[int]) -> None:
    segments = segments_of(np.array(frames, np.int64), LABELS, frame_samples=FRAME)
    back = frames_of(segments, LABELS, frame_samples=FRAME, n_frames=len(frames))
    assert back.tolist() == frames
    assert all(a.end_samples < b.start_samples or a.text != b.text for a, b in itertools.pairwise(segments))


@pytest.mark.parametrize("frame_samples", [1, 3, 10])
def test_a_frame_has_the_label_at_its_middle(frame_samples: int) -> None:
    segments = [Word("sit", 4, 17, 1.0), Word("run", 17, 25, 1.0)]
    found = frames_of(segments, LABELS, frame_samples=frame_samples, n_frames=30 // frame_samples)
    for i, label in enumerate(found.tolist()):
        middle = i * frame_samples + frame_samples // 2
        assert label == (1 if 4 <= middle < 17 else 3 if 17 <= middle < 25 else -1)


def test_truth_after_the_end_is_left_out() -> None:
    late = (Word("sit", 0, 70, 1.0), Word("walk", 70, 90, 1.0))
    r = SCORER.score("a", truth=late, answer=words("11111"), frames=figures("11111"))
    assert (r.n_samples, r.n_labelled_samples, r.n_found, r.n_missed) == (50, 50, 1, 0)


def test_nothing_at_all() -> None:
    r = SCORER.score("a", truth=(), answer=(), frames=figures(""))
    assert (r.n_samples, r.n_found, r.n_wrong, r.n_false, r.confusion.sum()) == (0, 0, 0, 0, 0)


def test_truth_that_overlaps() -> None:
    truth = (Word("walk", 15, 30, 1.0), Word("sit", 0, 20, 1.0))
    with pytest.raises(
        DataError, match="true segments overlap: 'sit' ends at sample 20, 'walk' begins at 15"
    ):
        SCORER.score("a", truth=truth, answer=(), frames=figures("0000"))


def test_truth_of_an_unknown_label() -> None:
    with pytest.raises(ConfigError, match="unknown key 'wlk' in the true labels; did you mean 'walk'"):
        SCORER.score("a", truth=(Word("wlk", 0, 20, 1.0),), answer=(), frames=figures("0000"))


def test_a_recording_that_could_not_be_read() -> None:
    r = SCORER.failed("b", "no such file", subject="bob")
    assert (r.error, r.subject, r.n_samples, r.confusion.shape) == ("no such file", "bob", 0, (3, 4))
