"""One answer for a whole piece: a class by the mean of what all its frames say."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.config import require
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word
from speechlstm.stage import Stage

__all__ = ["WholeConfig", "WholeDecoder"]


@dataclass(frozen=True, slots=True)
class WholeConfig:
    """Settings of the decoder of whole pieces.

    Attributes:
        threshold: Smallest confidence that makes an answer, 0 to 1.
        method: ``whole``, which tells these settings from those of other decoders.
    """

    threshold: float = 0.0
    method: Literal["whole"] = "whole"

    def __post_init__(self) -> None:
        require(self.method == "whole", f"method must be whole, got {self.method!r}")
        require(0 <= self.threshold <= 1, f"threshold must lie in 0..1, got {self.threshold}")


class _State(NamedTuple):
    """The sum of all log-probabilities ``[n_labels]``, and of how many frames."""

    total: NDArray[np.float64]
    n_frames: int


class WholeDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` over labels -> one :class:`Word` when the stream ends.

    The log-probabilities are averaged over the frames and normalised anew, which is the softmax of the mean
    logits: what training makes large. What is likeliest so far is what ``flush`` tells at any time.

    Args:
        labels: Name of each output; there is no blank.
        frame_samples: Samples from one frame to the next.
        config: The threshold.
    """

    def __init__(self, labels: tuple[str, ...], frame_samples: int, config: WholeConfig) -> None:
        self.labels, self.frame_samples, self.config = labels, frame_samples, config

    def initial_state(self) -> _State:
        return _State(np.zeros(len(self.labels)), 0)

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word, ...], _State]:
        """Take answers of further frames; the end alone gives anything."""
        # along the first axis NumPy adds row after row, so that the sum does not depend on the cuts
        total = np.concatenate([state.total[np.newaxis], x.log_probs]).sum(axis=0)
        return (), _State(total, state.n_frames + len(x.log_probs))

    def flush(self, state: _State) -> tuple[Word, ...]:
        if not state.n_frames:
            return ()
        logits = state.total / state.n_frames
        likely = np.exp(logits - logits.max())
        best, confidence = int(logits.argmax()), float(likely.max() / likely.sum())
        if not confidence >= self.config.threshold:
            return ()
        return (Word(self.labels[best], 0, state.n_frames * self.frame_samples, confidence),)
