"""Chances and their log-odds, and the chance of several things together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from speechlstm.errors import ConfigError

__all__ = ["BY_THEMSELVES", "SUREST", "Joint", "log_odds", "probability"]

# chances nearer to 0 or 1 cannot be told apart
SUREST = 1e-6


def log_odds(probability: float, surest: float = SUREST) -> float:
    """``log(p / (1 - p))`` of a probability that is first brought to ``surest`` .. 1 - ``surest``.

    Example:
        >>> log_odds(0.5)
        0.0
    """
    p = min(1 - surest, max(surest, probability))
    return math.log(p / (1 - p))


def probability(log_odds: float) -> float:
    """The other way round; of any finite number.

    Example:
        >>> probability(0.0)
        0.5
    """
    if log_odds < 0:
        return 1 - probability(-log_odds)
    return 1 / (1 + math.exp(-log_odds))


@dataclass(frozen=True, slots=True)
class Joint:
    """The chance that every word of an utterance is right, out of those of each word; Platt's scaling again.

    As it stands words are right or wrong by themselves, and their chances multiply. In truth one hears a
    speaker well or does not.

    Attributes:
        offset: Log-odds of one word of an even chance.
        product: What a unit of the log-odds of the product adds.
        length: What a unit of the logarithm of the number of words adds.

    Example:
        >>> Joint().of([0.5, 0.5])
        0.25
    """

    offset: float = 0.0
    product: float = 1.0
    length: float = 0.0

    def __post_init__(self) -> None:
        for name in ("offset", "product", "length"):
            value = getattr(self, name)
            if not math.isfinite(value):
                raise ConfigError(f"joint.{name} must be a finite number, got {value}")
        if self.product < 0:
            raise ConfigError(f"joint.product must be 0 or more, got {self.product}")
        if self.length > self.product:
            raise ConfigError(
                "joint must not trust longer utterances more: length must be at most product, "
                f"got {self.length} and {self.product}"
            )

    def of(self, confidences: Sequence[float]) -> float:
        """The confidence of an utterance, 0 to 1.

        Args:
            confidences: Those of its words, at least one.
        """
        if (self.offset, self.product, self.length) == (0, 1, 0):
            return math.prod(confidences)
        odds, length = self.evidence(confidences)
        return probability(self.offset + self.product * odds + self.length * length)

    @staticmethod
    def evidence(confidences: Sequence[float]) -> tuple[float, float]:
        """Log-odds of the product, and the logarithm of the number of words; of any number of words."""
        log_product = sum(math.log(max(SUREST, c)) for c in confidences)
        # of a product next to 1 the odds are bounded as those of a word are
        left = max(SUREST, -math.expm1(log_product))
        return log_product - math.log(left), math.log(len(confidences))


BY_THEMSELVES = Joint()
