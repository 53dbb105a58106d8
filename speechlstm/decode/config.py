"""Settings that all decoders share."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechlstm.config import require

__all__ = ["DecoderConfig", "lower_blank"]


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """Settings of the decoder.

    Attributes:
        threshold: Smallest confidence that makes a word, 0 to 1.
        settle_frames: Frames that a word waits for a likelier peak before it is final.
        blank_penalty: Taken from the blank's log-probability, in nats; more gives more words, right and
            wrong. It moves the operating point, as a lower prior of hearing nothing would.
        method: ``prefix`` (all alignments count) or ``greedy`` (the best path alone).
    """

    threshold: float = 0.5
    settle_frames: int = 2
    blank_penalty: float = 0.0
    method: Literal["prefix", "greedy"] = "prefix"

    def __post_init__(self) -> None:
        require(0 <= self.threshold <= 1, f"threshold must lie in 0..1, got {self.threshold}")
        require(self.settle_frames >= 0, f"settle_frames must be 0 or more, got {self.settle_frames}")
        require(self.method in ("prefix", "greedy"), f"method must be prefix or greedy, got {self.method!r}")


def lower_blank(log_probs: np.ndarray, penalty: float) -> np.ndarray:
    """Log-probabilities ``[time, n_outputs]`` with the blank's lowered by ``penalty``, normalised anew."""
    if penalty == 0:
        return log_probs
    shifted = log_probs.copy()
    shifted[:, 0] -= np.float32(penalty)
    normalised: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return normalised
