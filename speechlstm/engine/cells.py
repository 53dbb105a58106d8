"""The network cell by cell in NumPy: slower than ONNX Runtime, and every gate can be seen, or silenced."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from speechlstm.engine.engine import Answer, LayerState
from speechlstm.model.cell import CellWeights, Gates, cell_weights, lstm
from speechlstm.model.config import ForecastSize, NetworkConfig

__all__ = ["CellEngine", "Inside", "LayerGates"]


class LayerGates(NamedTuple):
    """What both directions of a layer did: gates and states ``[time, batch, units]``.

    Of one stream they are ``[time, units]``.

    Attributes:
        forward: From the past on, with a state that is carried for ever.
        backward: From the look-ahead back, afresh for every chunk: a frame's gates are those of the
            window that answers it.
    """

    forward: Gates
    backward: Gates


class Inside(NamedTuple):
    """What went on inside a network.

    Attributes:
        layers: What the cells of each layer did; layer ``i``, from 0, works ``(i + 1) * lookahead`` frames
            late.
        phones: What the lower layers tell, as late as the last of them: natural logarithms ``[time, batch,
            n_phones + 1]``, the blank first; of one stream ``[time, n_phones + 1]``; of width 0 without
            phones.
    """

    layers: tuple[LayerGates, ...]
    phones: np.ndarray


class CellEngine:
    """Runs the network by :mod:`speechlstm.model.cell`; an :class:`~speechlstm.engine.engine.Engine`.

    Args:
        weights: As :func:`speechlstm.engine.weights.read_weights` gives them.
        config: The network's sizes.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], config: NetworkConfig) -> None:
        self.config, self._weights = config, weights
        self._cells = [
            (cell_weights(weights, i, "forward"), cell_weights(weights, i, "backward"))
            for i in range(config.n_layers)
        ]

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        """See :class:`speechlstm.engine.engine.Engine`."""
        answer, after, _ = self.trace(x, state, chunk=chunk, lookahead=lookahead)
        return answer, after

    def trace(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...], Inside]:
        """:meth:`step`, and what went on inside."""
        y, after, layers = x[..., : self.config.encoder_width], [], []
        for i, before in enumerate(state):
            y, layer_after, gates = self.layer(i, y, before, chunk=chunk, lookahead=lookahead)
            after.append(layer_after)
            layers.append(gates)
        return self.head(y, x), tuple(after), Inside(tuple(layers), self._phones_of(layers))

    def layer(
        self,
        i: int,
        x: np.ndarray,
        state: LayerState,
        *,
        chunk: int,
        lookahead: int,
        heard: tuple[np.ndarray | float, np.ndarray | float] = (1.0, 1.0),
    ) -> tuple[np.ndarray, LayerState, LayerGates]:
        """One layer, as the head of :mod:`speechlstm.model.layer` has it.

        Args:
            i: Which, from 0.
            x: ``[time, batch, width]``, ``time`` a multiple of ``chunk``.
            state: Of this layer.
            chunk: ``C``.
            lookahead: ``R``.
            heard: ``[batch, units]`` forward and backward, what others hear of each unit: 0 silences it.

        Returns:
            What the next layer, or the head, hears ``[time, batch, 2 * units]``; the state after; the gates.
        """
        forward, backward = self._cells[i]
        extended = np.concatenate([state.tail, x])
        ahead = lstm(extended[: len(x)], state.h, state.c, forward, heard=heard[0])
        back = _windowed(extended, backward, chunk, lookahead, heard[1])
        after = LayerState(ahead.hidden[-1], ahead.cell[-1], extended[len(x) :])
        y = np.concatenate([ahead.hidden, back.hidden], axis=-1)
        if self.config.n_phones and i + 1 == self.config.n_below_phones:
            y = y + self._dense("hear_phones", np.exp(self._phones(y)))
        return y, after, LayerGates(ahead, back)

    def head(self, y: np.ndarray, x: np.ndarray) -> Answer:
        """What is told of the last layer's output ``y``; ``x`` are the frames, with a forecast's base."""
        parts = dict.fromkeys(Answer._fields, np.zeros((*y.shape[:-1], 0), np.float32))
        if self.config.forecast is not None:
            parts["values"] = self._dense("values", y) + _base(x, self.config.forecast)
        else:
            parts["log_probs"] = _log_softmax(self._dense("tokens", y))
        if self.config.extent_width:
            parts["extent"] = self._dense("extent", y)
        return Answer(**parts)

    def _phones_of(self, layers: list[LayerGates]) -> np.ndarray:
        """What phones were told, by what the cells did."""
        told = layers[self.config.n_below_phones - 1]
        y = np.concatenate([told.forward.hidden, told.backward.hidden], axis=-1)
        return self._phones(y) if self.config.n_phones else y[..., :0]

    def _phones(self, y: np.ndarray) -> np.ndarray:
        return _log_softmax(self._dense("phones", y))

    def _dense(self, name: str, y: np.ndarray) -> np.ndarray:
        return np.asarray(y @ self._weights[f"{name}.kernel"] + self._weights[f"{name}.bias"])


def _windowed(
    extended: np.ndarray, weights: CellWeights, chunk: int, lookahead: int, heard: np.ndarray | float
) -> Gates:
    """The backward direction, window by window: the first ``chunk`` frames of each, one after the other."""
    n_frames = len(extended) - lookahead
    index = np.arange(0, n_frames, chunk)[:, np.newaxis] + np.arange(chunk + lookahead)
    # [chunks, C + R, batch, width] -> from the right end, the chunks beside each other
    windows = extended[index].swapaxes(0, 1)[::-1]
    rest = np.zeros((*windows.shape[1:-1], len(weights.recurrent)), np.float32)
    gates = lstm(windows, rest, rest, weights, heard=heard)
    return Gates(*(_in_order(part, chunk) for part in gates))


def _in_order(part: np.ndarray, chunk: int) -> np.ndarray:
    """``[C + R, chunks, batch, units]`` from the right end -> ``[time, batch, units]``."""
    kept = part[::-1][:chunk].swapaxes(0, 1)
    return kept.reshape(-1, *kept.shape[2:])


def _base(x: np.ndarray, size: ForecastSize) -> np.ndarray | float:
    """The forecast that the frames hold already, once for each number."""
    if not size.has_base:
        return 0.0
    base = x[..., -size.base_width :].reshape(*x.shape[:-1], size.n_channels, size.horizon)
    every = np.repeat(base[..., list(size.targets), :], size.n_numbers, axis=-1)
    return every.reshape(*x.shape[:-1], size.n_values)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
