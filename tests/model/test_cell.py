from typing import Any, NamedTuple

import numpy as np
import pytest

from speechlstm.errors import ConfigError
from speechlstm.model.cell import CellWeights, cell_weights, lstm, lstm_gradients, lstm_step

N_STEPS, BATCH, FEATURES, UNITS = 9, 3, 5, 4


class Case(NamedTuple):
    """A sequence, the states before it, a cell, and the gradient of a loss by each hidden state."""

    x: np.ndarray
    hidden: np.ndarray
    cell: np.ndarray
    weights: CellWeights
    told: np.ndarray


def case(kind: type = np.float32) -> Case:
    rng = np.random.default_rng(5)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(kind)

    return Case(
        random(N_STEPS, BATCH, FEATURES),
        random(BATCH, UNITS),
        random(BATCH, UNITS),
        CellWeights(random(FEATURES, 4 * UNITS), random(UNITS, 4 * UNITS), random(4 * UNITS)),
        random(N_STEPS, BATCH, UNITS),
    )


def loss(
    x: np.ndarray, hidden: np.ndarray, cell: np.ndarray, weights: CellWeights, told: np.ndarray
) -> float:
    return float((lstm(x, hidden, cell, weights).hidden * told).sum())


def keras_lstm(weights: CellWeights) -> Any:
    import keras

    layer = keras.layers.LSTM(UNITS, return_sequences=True, return_state=True)
    layer.build((None, None, FEATURES))
    layer.set_weights(list(weights))
    return layer


def test_a_step_by_hand() -> None:
    kernel = np.array([[1.0, 2.0, 3.0, 4.0]])
    weights = CellWeights(kernel, np.array([[0.5, 0.5, 0.5, 0.5]]), np.array([0.0, 1.0, 0.0, 0.0]))
    found = lstm_step(np.array([0.1]), np.array([0.2]), np.array([0.3]), weights)
    i, f, g, o = 1 / (1 + np.exp(-0.2)), 1 / (1 + np.exp(-1.3)), np.tanh(0.4), 1 / (1 + np.exp(-0.5))
    c = f * 0.3 + i * g
    np.testing.assert_allclose(np.ravel(found), [i, f, g, o, c, o * np.tanh(c)], rtol=1e-12)


def test_gates_that_are_shut_or_open_keep_and_forget() -> None:
    zeros = np.zeros((1, 4))
    shut, cell = -1e4, np.array([0.7])
    kept = lstm_step(np.ones(1), np.ones(1), cell, CellWeights(zeros, zeros, np.array([shut, -shut, 1, 0])))
    lost = lstm_step(np.ones(1), np.ones(1), cell, CellWeights(zeros, zeros, np.array([shut, shut, 1, 0])))
    assert (kept.cell, lost.cell) == (0.7, 0.0)


def test_a_sequence_is_its_steps() -> None:
    x, hidden, cell, weights, _ = case()
    whole = lstm(x, hidden, cell, weights)
    for t in range(N_STEPS):
        step = lstm_step(x[t], hidden, cell, weights)
        hidden, cell = step.hidden, step.cell
        assert all((now == part[t]).all() for now, part in zip(step, whole, strict=True))


def test_rows_of_a_batch_know_nothing_of_each_other() -> None:
    x, hidden, cell, weights, _ = case(np.float64)
    whole = lstm(x, hidden, cell, weights)
    alone = lstm(x[:, 1], hidden[1], cell[1], weights)
    for part, of_row in zip(whole, alone, strict=True):
        np.testing.assert_allclose(of_row, part[:, 1], rtol=1e-12)


def test_a_silenced_unit_is_one_whose_outgoing_weights_are_zero() -> None:
    x, hidden, cell, weights, _ = case(np.float64)
    hidden[:, 2] = 0
    heard = np.array([1.0, 1.0, 0.0, 1.0])
    deaf = weights._replace(recurrent=weights.recurrent * heard[:, np.newaxis])
    found, expected = lstm(x, hidden, cell, weights, heard=heard), lstm(x, hidden, cell, deaf)
    np.testing.assert_allclose(found.hidden, expected.hidden * heard, rtol=1e-12)
    np.testing.assert_allclose(found.cell, expected.cell, rtol=1e-12)


@pytest.mark.train
def test_equals_keras() -> None:
    x, hidden, cell, weights, _ = case()
    found = lstm(x, hidden, cell, weights)
    y, h, c = keras_lstm(weights)(x.swapaxes(0, 1), initial_state=[hidden, cell])
    np.testing.assert_allclose(found.hidden, y.numpy().swapaxes(0, 1), rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.hidden[-1], h.numpy(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.cell[-1], c.numpy(), rtol=0, atol=1e-5)


@pytest.mark.train
def test_gradients_equal_tensorflows() -> None:
    import tensorflow as tf

    x, hidden, cell, weights, told = case()
    layer = keras_lstm(weights)
    inputs = [tf.constant(part) for part in (x.swapaxes(0, 1), hidden, cell)]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y, _, _ = layer(inputs[0], initial_state=inputs[1:])
        value = tf.reduce_sum(y * told.swapaxes(0, 1))
    wanted = tape.gradient(value, [*inputs, *(v.value for v in layer.trainable_variables)])
    d_x, d_hidden, d_cell, *of_weights = (part.numpy() for part in wanted)
    found = lstm_gradients(x, hidden, cell, weights, lstm(x, hidden, cell, weights), told)
    expected = [d_x.swapaxes(0, 1), d_hidden, d_cell, *of_weights]
    for part, of_tensorflow in zip([*found[:3], *found.weights], expected, strict=True):
        assert np.abs(of_tensorflow).max() > 0.1
        np.testing.assert_allclose(part, of_tensorflow, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("place", range(6), ids=["x", "hidden", "cell", "kernel", "recurrent", "bias"])
def test_gradients_equal_small_differences(place: int) -> None:
    x, hidden, cell, weights, told = case(np.float64)
    found = lstm_gradients(x, hidden, cell, weights, lstm(x, hidden, cell, weights), told)
    parts = [x, hidden, cell, *weights]
    gradient = [*found[:3], *found.weights][place]
    assert gradient.shape == parts[place].shape
    direction = np.random.default_rng(1).normal(size=gradient.shape)

    def moved(by: float) -> float:
        now = [part + by * direction if i == place else part for i, part in enumerate(parts)]
        return loss(now[0], now[1], now[2], CellWeights(*now[3:]), told)

    difference = (moved(1e-5) - moved(-1e-5)) / 2e-5
    assert float((gradient * direction).sum()) == pytest.approx(difference, rel=1e-6)


def test_an_open_forget_gate_keeps_the_gradient_and_a_shut_one_loses_it() -> None:
    """With no input and no recurrence the gradient by the first cell goes back by the forget gates alone."""
    for bias, expected in ((30.0, 1.0), (0.0, 0.5**N_STEPS)):
        zeros = np.zeros((1, 4))
        weights = CellWeights(zeros, zeros, np.array([-30.0, bias, 0.0, 30.0]))
        x, still = np.zeros((N_STEPS, 1)), np.array([1e-6])
        told = np.zeros((N_STEPS, 1))
        told[-1] = 1
        gates = lstm(x, np.zeros(1), still, weights)
        found = lstm_gradients(x, np.zeros(1), still, weights, gates, told)
        assert found.cell[0] == pytest.approx(expected, rel=1e-5)


def test_cells_are_found_by_name() -> None:
    part = np.zeros((2, 4))
    weights = {f"encoder.0.forward.{name}": part for name in CellWeights._fields}
    assert cell_weights(weights, 0, "forward").recurrent is part
    with pytest.raises(ConfigError, match=r"no cell encoder\.1\.backward; there are encoder\.0\.forward"):
        cell_weights(weights, 1, "backward")
