"""What units are needed for: the answer of the network when nobody hears one of them."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from speechlstm.engine.cells import CellEngine
from speechlstm.engine.engine import Answer, LayerState
from speechlstm.engine.stage import Latency, Lead, NetworkStage, answer_batch
from speechlstm.inspection.units import UnitName, every_unit
from speechlstm.machine import n_cores
from speechlstm.model.config import NetworkConfig

__all__ = ["divergence_bits", "silenced"]

# units that are silenced side by side, each in a row of a batch
_N_ROWS = 32


def silenced(
    frames: np.ndarray,
    weights: Mapping[str, np.ndarray],
    config: NetworkConfig,
    latency: Latency,
    lead: Lead | None = None,
) -> Iterator[tuple[UnitName, Answer]]:
    """Answer a clip once for every unit of the network, each time with one that nobody hears.

    Its hidden state is 0 for the next layer and for its own, and all the rest is computed anew.

    Args:
        frames: ``[frames, n_features]``, with those of the onset first where there is a lead.
        weights: As :func:`speechlstm.engine.weights.read_weights` gives them.
        config: The network's sizes.
        latency: Chunk and look-ahead.
        lead: As of :class:`speechlstm.engine.stage.NetworkStage`.

    Yields:
        The unit, and the answer without it.
    """
    # without a unit what comes before is heard in another way, too
    if lead is not None:
        frames = np.concatenate([lead.frames, frames])
        lead = Lead(lead.frames[:0], len(lead.frames) + lead.n_onset)

    def answers(block: tuple[UnitName, ...]) -> list[Answer]:
        stage = NetworkStage(_SilencingEngine(weights, config, block), latency, lead)
        return answer_batch(stage, [frames] * len(block))

    blocks = list(_blocks(config))
    pool = ThreadPoolExecutor(n_cores())
    try:
        for block, found in zip(blocks, pool.map(answers, blocks), strict=True):
            yield from zip(block, found, strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def divergence_bits(usual: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Kullback and Leibler's divergence of posteriors from the usual ones, frame by frame, in bits.

    Args:
        usual: Natural logarithms of probabilities ``[frames, n_outputs]``.
        other: Likewise.

    Returns:
        ``[frames]``, 0 where nothing changed.

    Example:
        >>> divergence_bits(np.log([[0.5, 0.5]]), np.log([[0.25, 0.75]])).round(3)
        array([0.208])
    """
    return np.asarray((np.exp(usual) * (usual - other)).sum(axis=-1) / np.log(2))


def _blocks(config: NetworkConfig) -> Iterator[tuple[UnitName, ...]]:
    """Units of one direction of one layer, as many as are silenced side by side."""
    names = every_unit(config)
    for first in range(0, len(names), config.units):
        of_cell = names[first : first + config.units]
        yield from (of_cell[i : i + _N_ROWS] for i in range(0, config.units, _N_ROWS))


class _SilencingEngine(CellEngine):
    """Runs the same clip in every row, and silences another unit in each.

    Args:
        weights: As for :class:`~speechlstm.engine.cells.CellEngine`.
        config: The network's sizes.
        block: One unit a row, of one direction of one layer.
    """

    def __init__(
        self, weights: Mapping[str, np.ndarray], config: NetworkConfig, block: tuple[UnitName, ...]
    ) -> None:
        super().__init__(weights, config)
        self._layer, is_forward = block[0].layer, block[0].direction == "forward"
        heard = np.ones((len(block), config.units), np.float32)
        heard[np.arange(len(block)), [name.number for name in block]] = 0
        self._heard = (heard, 1.0) if is_forward else (1.0, heard)

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        y, after = x[..., : self.config.encoder_width], []
        n_rows = y.shape[1]
        for i, before in enumerate(state):
            if i < self._layer:  # below, all rows are alike
                y, before = y[:, :1], LayerState(before.h[:1], before.c[:1], before.tail[:, :1])
            elif i == self._layer:
                y = np.repeat(y[:, :1], n_rows, axis=1)
            heard = self._heard if i == self._layer else (1.0, 1.0)
            y, layer_after, _ = self.layer(i, y, before, chunk=chunk, lookahead=lookahead, heard=heard)
            after.append(layer_after)
        return self.head(y, x), tuple(after)
