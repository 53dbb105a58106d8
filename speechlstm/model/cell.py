r"""The LSTM cell, from the equations, in NumPy; and backpropagation through time for it.

With an input ``x_t``, the hidden state ``h`` and the cell state ``c`` of the step before, and the logistic
function ``s(z) = 1 / (1 + exp(-z))``::

    i_t = s(x_t W_i + h_(t-1) U_i + b_i)        input gate: how much of the candidate is written
    f_t = s(x_t W_f + h_(t-1) U_f + b_f)        forget gate: how much of the cell is kept
    g_t = tanh(x_t W_g + h_(t-1) U_g + b_g)     candidate: what would be written
    o_t = s(x_t W_o + h_(t-1) U_o + b_o)        output gate: how much of the cell is shown
    c_t = f_t * c_(t-1) + i_t * g_t             cell state: what is remembered
    h_t = o_t * tanh(c_t)                       hidden state: what is told to others, and to the next step

The products ``*`` are unit by unit. The cell state goes from step to step by a product with ``f_t`` and a
sum, no matrix and no squashing: where the forget gate is open, what was written stays, and so does its
gradient (Hochreiter and Schmidhuber, 1997; the forget gate: Gers, Schmidhuber and Cummins, 2000).

The network runs in ONNX Runtime; this is what it computes, for those who want to see or change it.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from speechlstm.errors import ConfigError

__all__ = ["CellWeights", "Gates", "Gradients", "cell_weights", "lstm", "lstm_gradients", "lstm_step"]


class CellWeights(NamedTuple):
    """Weights of one direction of one layer; the gates lie side by side: input, forget, candidate, output.

    Attributes:
        kernel: ``[features, 4 * units]``, ``W``.
        recurrent: ``[units, 4 * units]``, ``U``.
        bias: ``[4 * units]``, ``b``.
    """

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray


class Gates(NamedTuple):
    """What a cell did, each ``[..., units]``; of a sequence ``[time, ..., units]``.

    Attributes:
        input: How much of the candidate was written, 0 to 1.
        forget: How much of the cell was kept, 0 to 1.
        candidate: What was to be written, -1 to 1.
        output: How much of the cell was shown, 0 to 1.
        cell: The cell state after the step.
        hidden: The hidden state after the step, -1 to 1.
    """

    input: np.ndarray
    forget: np.ndarray
    candidate: np.ndarray
    output: np.ndarray
    cell: np.ndarray
    hidden: np.ndarray


class Gradients(NamedTuple):
    """How a loss changes with everything that went into a sequence; each has the shape of what it is of.

    Attributes:
        x: ``[time, ..., features]``, of the inputs.
        hidden: ``[..., units]``, of the hidden state before the first step.
        cell: ``[..., units]``, of the cell state before the first step.
        weights: Of the weights.
    """

    x: np.ndarray
    hidden: np.ndarray
    cell: np.ndarray
    weights: CellWeights


def cell_weights(
    weights: Mapping[str, np.ndarray], layer: int, direction: Literal["forward", "backward"]
) -> CellWeights:
    """The weights of one cell of a model.

    Args:
        weights: All of them, as :func:`speechlstm.engine.weights.read_weights` gives them.
        layer: From 0, the one that hears the features.
        direction: ``forward`` or ``backward``.

    Raises:
        ConfigError: There is no such cell.

    Example:
        >>> from speechlstm.bundle import Bundle, find
        >>> bundle = Bundle.load(find("words-en"))
        >>> cell = cell_weights(bundle.weights(), 0, "forward")
        >>> cell.kernel.shape == (bundle.config.network.n_features, 4 * bundle.config.network.units)
        True
    """
    stem = f"encoder.{layer}.{direction}"
    if f"{stem}.kernel" not in weights:
        known = sorted(name.removesuffix(".kernel") for name in weights if name.endswith("ward.kernel"))
        raise ConfigError(f"no cell {stem}; there are {', '.join(known) or 'none'}")
    return CellWeights(*(weights[f"{stem}.{part}"] for part in CellWeights._fields))


def lstm_step(x: np.ndarray, hidden: np.ndarray, cell: np.ndarray, weights: CellWeights) -> Gates:
    """One step of the cell, by the equations at the head of this module.

    Args:
        x: ``[..., features]``.
        hidden: ``[..., units]``, of the step before; zeros at first.
        cell: ``[..., units]``, likewise.
        weights: The cell's.

    Returns:
        The gates, and the states after the step.

    Example:
        >>> always = CellWeights(np.zeros((1, 4)), np.zeros((1, 4)), np.array([-9.0, 9.0, 0.0, 9.0]))
        >>> gates = lstm_step(np.zeros(1), np.zeros(1), np.array([0.5]), always)
        >>> gates.cell.round(3)  # the forget gate is open, the input gate closed: it remembers
        array([0.5])
    """
    i, f, g, o = np.split(x @ weights.kernel + hidden @ weights.recurrent + weights.bias, 4, axis=-1)
    i, f, g, o = _logistic(i), _logistic(f), np.tanh(g), _logistic(o)
    cell = f * cell + i * g
    return Gates(i, f, g, o, cell, o * np.tanh(cell))


def lstm(
    x: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    weights: CellWeights,
    *,
    heard: np.ndarray | float = 1.0,
) -> Gates:
    """A sequence, step by step.

    Args:
        x: ``[time, ..., features]``, at least one step.
        hidden: ``[..., units]``, before the first step.
        cell: ``[..., units]``, likewise.
        weights: The cell's.
        heard: ``[..., units]``, what others and the next step hear of a unit's hidden state: 0 silences it.

    Returns:
        Gates and states ``[time, ..., units]``; the hidden state as it is heard.
    """
    steps = []
    for frame in x:
        gates = lstm_step(frame, hidden, cell, weights)
        hidden, cell = gates.hidden * heard, gates.cell
        steps.append(gates._replace(hidden=hidden))
    return Gates(*(np.stack(column) for column in zip(*steps, strict=True)))


def lstm_gradients(
    x: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    weights: CellWeights,
    gates: Gates,
    told: np.ndarray,
) -> Gradients:
    """Backpropagation through time (Werbos, 1990), for the whole sequence.

    With ``dh_t = dL/dh_t``, by all that the hidden state was told to, and ``d_`` before a gate's name for the
    gradient before its squashing, from the last step to the first::

        dh_t  = told_t + d_(t+1) U^T                        the loss, and the next step
        dc_t  = dh_t * o_t * (1 - tanh(c_t)^2) + dc_(t+1) * f_(t+1)
        d_i   = dc_t * g_t * i_t (1 - i_t)
        d_f   = dc_t * c_(t-1) * f_t (1 - f_t)
        d_g   = dc_t * i_t * (1 - g_t^2)
        d_o   = dh_t * tanh(c_t) * o_t (1 - o_t)
        dx_t  = d_t W^T
        dW   += x_t^T d_t,    dU += h_(t-1)^T d_t,    db += d_t

    Through the cell state a gradient goes back by ``f_t`` alone: that is what keeps it from vanishing.

    Args:
        x: ``[time, ..., features]``, what was heard.
        hidden: ``[..., units]``, before the first step.
        cell: ``[..., units]``, likewise.
        weights: The cell's.
        gates: What :func:`lstm` gave for these.
        told: ``[time, ..., units]``, the gradient of the loss by each hidden state as it is told to
            others, not through the next step.

    Returns:
        The gradients; those of the weights are summed over time and all rows of the batch.
    """
    before = _shifted(gates.hidden, hidden), _shifted(gates.cell, cell)
    d_hidden, d_cell = np.zeros_like(hidden), np.zeros_like(cell)
    raw = np.zeros((*told.shape[:-1], weights.kernel.shape[1]), told.dtype)
    for t in range(len(x) - 1, -1, -1):
        i, f, g, o, c, _ = (part[t] for part in gates)
        d_hidden = d_hidden + told[t]
        d_cell = d_cell + d_hidden * o * (1 - np.tanh(c) ** 2)
        raw[t] = np.concatenate(
            [
                d_cell * g * i * (1 - i),
                d_cell * before[1][t] * f * (1 - f),
                d_cell * i * (1 - g**2),
                d_hidden * np.tanh(c) * o * (1 - o),
            ],
            axis=-1,
        )
        d_hidden, d_cell = raw[t] @ weights.recurrent.T, d_cell * f
    rows = raw.reshape(-1, raw.shape[-1])
    kernel = x.reshape(-1, x.shape[-1]).T @ rows
    recurrent = before[0].reshape(-1, hidden.shape[-1]).T @ rows
    return Gradients(
        raw @ weights.kernel.T, d_hidden, d_cell, CellWeights(kernel, recurrent, rows.sum(axis=0))
    )


def _shifted(states: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The state before each step."""
    return np.concatenate([first[np.newaxis], states[:-1]])


def _logistic(z: np.ndarray) -> np.ndarray:
    # the same as 1 / (1 + exp(-z)), which overflows where z is very negative
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * z))
