"""Normalisation by stored statistics: nothing here looks at the clip."""

import numpy as np

from speechlstm.stage import NoState, Stage

__all__ = ["Normalize"]


class Normalize(Stage[NoState]):
    """``(x - mean) / std`` for every frame.

    Args:
        mean: ``[width]``, from the training data, stored with the model.
        std: ``[width]``, positive.
    """

    def __init__(self, mean: np.ndarray, std: np.ndarray) -> None:
        self._mean = np.asarray(mean, np.float32)
        self._scale = (1 / np.asarray(std)).astype(np.float32)

    def initial_state(self) -> NoState:
        return NoState()

    def step(self, x: np.ndarray, state: NoState) -> tuple[np.ndarray, NoState]:
        """Take frames ``[frames, width]``, give frames of mean 0 and deviation 1 over the training data."""
        return (x - self._mean) * self._scale, state

    def flush(self, state: NoState) -> np.ndarray:
        return np.zeros((0, len(self._mean)), np.float32)
