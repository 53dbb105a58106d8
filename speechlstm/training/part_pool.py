"""Places to begin an example at, drawn out of parts of unlike lengths and weights."""

from collections.abc import Sequence

import numpy as np

__all__ = ["PartPool"]


class PartPool:
    """Draws places; within a part every one is as likely as any other.

    Args:
        n_places: Places in each part; there is one at least.
        weights: How often a place of each part is drawn, relative to those of the others; above 0.
    """

    def __init__(self, n_places: Sequence[int], weights: Sequence[float]) -> None:
        self._cumulative = np.cumsum(n_places)
        self._chances = np.asarray(weights, np.float64) / max(weights)

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """A part, and a place in it; of equal weights the first draw is taken."""
        while True:
            place = int(rng.integers(self._cumulative[-1]))
            part = int(np.searchsorted(self._cumulative, place, side="right"))
            if self._chances[part] == 1 or rng.random() < self._chances[part]:
                return part, place - (int(self._cumulative[part - 1]) if part else 0)
