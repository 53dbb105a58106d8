"""Clips to draw from, so that no speaker is heard out of proportion."""

from collections import defaultdict

import numpy as np

from speechlstm.data.corpus import Item

__all__ = ["ItemPool"]


class ItemPool:
    """Items drawn so that who spoke much is not heard in proportion: by one over the root of their number."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self._by_speaker: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            self._by_speaker[item.speaker].append(item)
        weights = np.array([i.weight / np.sqrt(len(self._by_speaker[i.speaker])) for i in items])
        self._cumulative = np.cumsum(weights)

    def draw(self, rng: np.random.Generator, speaker: str = "") -> Item | None:
        """An item, one of ``speaker`` if there is any; none of an empty pool."""
        if not self.items:
            return None
        same = self._by_speaker.get(speaker)
        if same:
            return same[int(rng.integers(len(same)))]
        drawn = np.searchsorted(self._cumulative, rng.random() * self._cumulative[-1], side="right")
        return self.items[min(int(drawn), len(self.items) - 1)]
