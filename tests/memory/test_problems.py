from math import log

import numpy as np
import pytest

from speechlstm.errors import ConfigError
from speechlstm.memory.problems import AddingProblem, CopyingProblem


def test_adding_asks_for_the_sum_of_the_marked() -> None:
    problem = AddingProblem(lag=7)
    x, answers = problem.batch(200, np.random.default_rng(0))
    assert x.shape == (200, 14, 2) == (200, problem.n_frames, problem.n_features)
    assert (x.dtype, answers.shape) == (np.float32, (200, 1))
    for (numbers, marks), answer in zip(x.transpose(0, 2, 1), answers[:, 0], strict=True):
        places = [i for i in range(14) if marks[i] == 1]
        assert len(places) == 2 and marks.sum() == 2
        assert 14 - 1 - places[1] >= 7
        assert answer == pytest.approx(0.5 + (numbers[places[0]] + numbers[places[1]]) / 4)
    assert {i for marks in x[..., 1] for i in np.flatnonzero(marks)} == set(range(7))


def test_adding_by_chance() -> None:
    problem = AddingProblem(lag=5)
    _, answers = problem.batch(100_000, np.random.default_rng(0))
    assert problem.chance == pytest.approx(float(answers.var()), rel=0.02)
    assert answers.mean() == pytest.approx(0.5, abs=0.01)


def test_adding_is_right_within_four_hundredths() -> None:
    answers = np.float32([[0.5], [0.5], [0.5]])
    outputs = np.float32([[[0.539]], [[0.461]], [[0.541]]])
    assert AddingProblem(lag=2).right(outputs, answers).tolist() == [True, True, False]


def test_copying_asks_for_the_first_frames() -> None:
    problem = CopyingProblem(lag=6, n_copied=3, n_symbols=4)
    x, answers = problem.batch(50, np.random.default_rng(0))
    assert x.shape == (50, 9, 6) == (50, problem.n_frames, problem.n_features)
    assert (x.sum(axis=-1) == 1).all()
    frames = x.argmax(axis=-1)
    np.testing.assert_array_equal(frames[:, :3], answers)
    # silence is 4, the sign 5
    assert (frames[:, 3:] == [4, 4, 4, 5, 4, 4]).all()
    assert set(answers.ravel().tolist()) == {0, 1, 2, 3}
    # the frame of an answer is a lag after its symbol
    assert problem.n_frames - problem.n_answers == problem.lag


def test_copying_by_chance_and_right() -> None:
    problem = CopyingProblem(lag=4, n_copied=2, n_symbols=3)
    assert problem.chance == pytest.approx(log(3))
    answers = np.int32([[0, 2], [0, 2]])
    logits = np.float32([[[1, 0, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 0]]])
    assert problem.right(logits, answers).tolist() == [True, False]


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ConfigError, match="two marks need a lag of at least 2 frames, got 1"):
        AddingProblem(lag=1)
    with pytest.raises(ConfigError, match=r"1 <= n_copied < lag, got CopyingProblem\(lag=2"):
        CopyingProblem(lag=2, n_copied=2)
    with pytest.raises(ConfigError, match="two symbols or more"):
        CopyingProblem(lag=5, n_symbols=1)
