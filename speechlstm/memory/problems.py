"""Problems that cannot be solved without remembering (Hochreiter and Schmidhuber, 1997)."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from speechlstm.config import require

__all__ = ["AddingProblem", "CopyingProblem", "Problem"]

# what the paper counts as right, of answers from 0 to 1
_CLOSE = 0.04


class Problem(Protocol):
    """Sequences, and what is to be said in their last frames.

    Attributes:
        lag: Frames, at least, from what matters to where it is asked for.
    """

    lag: int

    @property
    def n_features(self) -> int:
        """Numbers in an input frame."""
        ...

    @property
    def n_frames(self) -> int:
        """Frames in a sequence."""
        ...

    @property
    def n_answers(self) -> int:
        """Frames, the last ones, in which there is something to say."""
        ...

    @property
    def n_kinds(self) -> int:
        """Symbols to choose from in an answer; 0 where an answer is a number."""
        ...

    @property
    def chance(self) -> float:
        """The loss of the best answer that remembers nothing."""
        ...

    def batch(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw sequences.

        Args:
            n: How many.
            rng: Where they come from.

        Returns:
            float32 ``[n, n_frames, n_features]``, and the answers ``[n, n_answers]``: float32, or int32
            symbols.
        """
        ...

    def right(self, outputs: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Which sequences were answered rightly.

        Args:
            outputs: ``[n, n_answers, max(1, n_kinds)]``, numbers, or logits of symbols.
            answers: ``[n, n_answers]``.

        Returns:
            bool ``[n]``.
        """
        ...


@dataclass(frozen=True, slots=True)
class AddingProblem:
    """Two numbers are marked in a stream of numbers; when it ends, their sum is asked for.

    As experiment 4 of the paper: numbers are drawn from -1 to 1, the answer is ``0.5 + (a + b) / 4``, and
    right if it is off by 0.04 at most. Both marks lie in the first half of ``2 * lag`` frames. The loss is
    the mean square.

    Attributes:
        lag: Frames from the second mark to the end, at least; 2 or more.
    """

    lag: int

    def __post_init__(self) -> None:
        require(self.lag >= 2, f"two marks need a lag of at least 2 frames, got {self.lag}")

    @property
    def n_features(self) -> int:
        return 2

    @property
    def n_frames(self) -> int:
        return 2 * self.lag

    @property
    def n_answers(self) -> int:
        return 1

    @property
    def n_kinds(self) -> int:
        return 0

    @property
    def chance(self) -> float:
        """The variance of the answer: that of two numbers, each a third, over 16."""
        return 2 / 3 / 16

    def batch(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        numbers = rng.uniform(-1, 1, (n, self.n_frames)).astype(np.float32)
        # two distinct places of the first half
        marked = rng.permuted(np.tile(np.arange(self.lag), (n, 1)), axis=1)[:, :2]
        marks = np.zeros_like(numbers)
        np.put_along_axis(marks, marked, 1, axis=1)
        answers = 0.5 + np.take_along_axis(numbers, marked, axis=1).sum(axis=1, keepdims=True) / 4
        return np.stack([numbers, marks], axis=-1), answers

    def right(self, outputs: np.ndarray, answers: np.ndarray) -> np.ndarray:
        return np.asarray((np.abs(outputs[..., 0] - answers) <= _CLOSE).all(axis=1))


@dataclass(frozen=True, slots=True)
class CopyingProblem:
    """A few symbols, a long silence, and a sign to say them again.

    The noise-free lags of the paper's experiment 2 in the form of Arjovsky et al. (2016). An input frame is a
    symbol, silence or the sign, one of ``n_symbols + 2`` as a vector of zeros and a one. The loss is the
    cross-entropy of the answers.

    Attributes:
        lag: Frames from each symbol to where it is asked for, more than ``n_copied``.
        n_copied: Symbols to remember.
        n_symbols: Symbols there are.
    """

    lag: int
    n_copied: int = 2
    n_symbols: int = 4

    def __post_init__(self) -> None:
        require(
            1 <= self.n_copied < self.lag and self.n_symbols >= 2,
            f"expected two symbols or more, and 1 <= n_copied < lag, got {self}",
        )

    @property
    def n_features(self) -> int:
        return self.n_symbols + 2

    @property
    def n_frames(self) -> int:
        return self.lag + self.n_copied

    @property
    def n_answers(self) -> int:
        return self.n_copied

    @property
    def n_kinds(self) -> int:
        return self.n_symbols

    @property
    def chance(self) -> float:
        """The entropy of a symbol, in nats."""
        return float(np.log(self.n_symbols))

    def batch(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        answers = rng.integers(self.n_symbols, size=(n, self.n_copied)).astype(np.int32)
        frames = np.full((n, self.n_frames), self.n_symbols)
        frames[:, : self.n_copied] = answers
        frames[:, self.lag] = self.n_symbols + 1
        return np.eye(self.n_features, dtype=np.float32)[frames], answers

    def right(self, outputs: np.ndarray, answers: np.ndarray) -> np.ndarray:
        return np.asarray((outputs.argmax(axis=-1) == answers).all(axis=1))
