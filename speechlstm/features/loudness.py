"""Whether sound that went by can have been meant: silence, and samples far out of scale."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from speechlstm.features.sound import LOUDEST

__all__ = ["Loudness"]

# one step of 16-bit sound: what never leaves it is dither, not a signal
_SILENCE = 1 / 32768


class Loudness:
    """How much sound went by, and how loud it got.

    Attributes:
        n_samples: Samples so far.
        peak: The largest of them, by its size.
    """

    def __init__(self) -> None:
        self.n_samples, self.peak = 0, 0.0

    def add(self, chunk: np.ndarray) -> None:
        """Take in samples ``[n]``."""
        self.n_samples += len(chunk)
        self.peak = max(self.peak, float(chunk.max(initial=0)), -float(chunk.min(initial=0)))

    def watched(self, chunks: Iterable[Any]) -> Iterator[Any]:
        """Chunks as they are; the samples among them are taken in."""
        for chunk in chunks:
            if isinstance(chunk, np.ndarray):
                self.add(chunk)
            yield chunk

    @property
    def is_silent(self) -> bool:
        """Whether something came, and none of it is a signal."""
        return self.n_samples > 0 and self.peak <= _SILENCE

    @property
    def oddity(self) -> str | None:
        """What is odd about it, as the rest of a sentence; None where nothing is, or nothing came."""
        if self.is_silent:
            return "holds only silence"
        if self.peak > LOUDEST:
            return f"has samples up to {self.peak:.3g}, far outside -1..1; is it scaled?"
        return None
