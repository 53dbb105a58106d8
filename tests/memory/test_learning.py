"""What memory buys, at the shortest lags that show it."""

import logging
import sys

import numpy as np
import pytest

from speechlstm.errors import ConfigError, MissingDependency
from speechlstm.memory import AddingProblem, CopyingProblem, LearnConfig, gradient_norms, learn


@pytest.mark.train
@pytest.mark.slow
def test_adding_needs_the_lstm() -> None:
    problem, config = AddingProblem(lag=10), LearnConfig(n_steps=300, forget_bias=1.0)
    lstm, plain = (learn(problem, cell=cell, config=config) for cell in ("lstm", "rnn"))
    assert lstm.steps == plain.steps == (100, 200, 300)
    assert lstm.right[-1] > 0.9 and lstm.losses[-1] < 0.05 * problem.chance
    assert lstm.solved_after in (100, 200, 300)
    # the plain network does hardly better than one who says the mean, which is right 15 times in 100
    assert plain.right[-1] < 0.4 and plain.losses[-1] > 0.3 * problem.chance
    assert plain.solved_after is None
    x, _ = problem.batch(8, np.random.default_rng(0))
    far = [gradient_norms(attempt.layer, x)[10:] for attempt in (lstm, plain)]
    assert far[0].mean() > 10 * far[1].mean()


@pytest.mark.train
@pytest.mark.slow
def test_a_plain_network_gives_up_as_the_lag_grows() -> None:
    near, far = (
        learn(AddingProblem(lag=lag), cell="rnn", config=LearnConfig(n_steps=300)).right[-1]
        for lag in (5, 10)
    )
    assert near > 0.3 and far < 0.25


@pytest.mark.train
@pytest.mark.slow
def test_an_lstm_copies_over_a_long_silence() -> None:
    attempt = learn(CopyingProblem(lag=20), config=LearnConfig(n_steps=300))
    assert attempt.right[-1] > 0.9 and attempt.losses[-1] < 0.2 * attempt.problem.chance


@pytest.mark.train
def test_several_in_a_row_set_off_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    """TensorFlow warns when the fifth network is compiled."""
    for lag in range(2, 7):
        learn(AddingProblem(lag), cell="rnn", config=LearnConfig(units=2, n_steps=2, batch_size=2))
    assert [record.getMessage() for record in caplog.records] == []
    logging.getLogger("tensorflow").warning("triggered tf.function retracing")
    assert len(caplog.records) == 1


@pytest.mark.train
def test_a_run_is_a_function_of_its_settings() -> None:
    problem, config = CopyingProblem(lag=4), LearnConfig(units=6, n_steps=30, batch_size=16, look_every=20)
    one, two = (learn(problem, config=config) for _ in range(2))
    assert one.steps == (20, 30)
    assert one.losses == pytest.approx(two.losses, rel=1e-4)
    assert one.losses[-1] < problem.chance + 0.1
    assert one.solved_after is None


@pytest.mark.train
def test_another_cell() -> None:
    with pytest.raises(ConfigError, match="cell must be lstm or rnn, got 'gru'"):
        learn(AddingProblem(lag=2), cell="gru")  # type: ignore[arg-type]


def test_settings() -> None:
    with pytest.raises(ConfigError, match="at least one unit, step and sequence"):
        LearnConfig(n_steps=0)
    with pytest.raises(ConfigError, match="learning_rate and clip_norm must be positive"):
        LearnConfig(learning_rate=0)


def test_without_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingDependency, match=r"pip install 'speechlstm\[train\]'"):
        learn(AddingProblem(lag=2))
