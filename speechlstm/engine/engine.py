"""What an engine is: one step of the network for a batch of streams."""

from typing import NamedTuple, Protocol

import numpy as np

from speechlstm.model.config import NetworkConfig

__all__ = ["Answer", "Engine", "LayerState"]


_NOTHING = np.zeros((0, 0), np.float32)


class Answer(NamedTuple):
    """What the network says of every frame.

    Attributes:
        log_probs: ``[time, (batch,) n_outputs]``, natural logarithms; token 0 of ``words`` is the blank; of
            width 0 for ``forecast``.
        extent: ``[time, (batch,) 2]``, frames back to the start and on to the end of the word; of width 0
            but for ``words``.
        values: ``[time, (batch,) n_outputs]``, what is forecast, normalised as the input is; of width 0 but
            for ``forecast``.
    """

    log_probs: np.ndarray
    extent: np.ndarray
    values: np.ndarray = _NOTHING


class LayerState(NamedTuple):
    """What one layer carries: ``h``, ``c`` ``[batch, units]``, ``tail`` ``[lookahead, batch, width]``."""

    h: np.ndarray
    c: np.ndarray
    tail: np.ndarray


class Engine(Protocol):
    """Runs the network's step.

    Attributes:
        config: The network's sizes.
    """

    config: NetworkConfig

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        """Take whole chunks of a batch of streams.

        Args:
            x: float32 ``[time, batch, n_features]``, ``time`` a multiple of ``chunk``, at least one.
            state: One state a layer, as the previous step gave it.
            chunk: Frames that the backward direction answers at a time.
            lookahead: Frames that it sees beyond them.

        Returns:
            The answer ``[time, batch, ...]``, ``n_layers * lookahead`` frames late, and the state after.
        """
        ...
