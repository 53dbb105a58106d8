"""Chunks of a source with a count of what went by, a segment at a time."""

from collections.abc import Iterable, Iterator

import numpy as np

from speechlstm.messages import Gap, Overflow

__all__ = ["Counted"]


class Counted:
    """Chunks up to the next gap, with a count of the samples that went by, those of gaps too.

    Attributes:
        n_samples: Of all.
        n_heard: Since the last gap.
        is_done: Whether there are no more.
    """

    def __init__(self, chunks: Iterable[np.ndarray | Overflow | Gap]) -> None:
        self._chunks, self.is_done = iter(chunks), False
        self.n_samples = self.n_heard = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        self.n_heard = 0
        for chunk in self._chunks:
            if isinstance(chunk, Gap):
                self.n_samples += chunk.n_samples
                return
            if isinstance(chunk, np.ndarray):
                self.n_samples += len(chunk)
                self.n_heard += len(chunk)
                yield chunk
        self.is_done = True
