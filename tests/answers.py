"""Answers of a network over a blank and three words, written down or at random."""

import numpy as np

from speechlstm.engine.engine import Answer

__all__ = ["FRAME", "VOCABULARY", "answer", "random_answer"]

VOCABULARY = ("yes", "no", "up")
FRAME = 240


def answer(probs: list[list[float]]) -> Answer:
    """Of these probabilities; a word's bounds are 1.5 frames either side of the middle of its peak."""
    array = np.array(probs, np.float32)
    return Answer(np.log(array + 1e-9), np.full((len(array), 2), 1.5, np.float32))


def random_answer(n_frames: int, *, seed: int, sharpness: float = 3) -> Answer:
    """The sharper, the surer."""
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.normal(size=(n_frames, len(VOCABULARY) + 1))
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Answer(log_probs.astype(np.float32), rng.normal(1, 3, size=(n_frames, 2)).astype(np.float32))
