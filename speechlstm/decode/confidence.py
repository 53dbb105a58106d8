"""How often a word is right that the decoder is so sure of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from speechlstm.config import require

__all__ = ["BY_THEMSELVES", "Calibration", "Joint", "log_odds", "probability"]

# a search that drops what is a thousand times less likely cannot tell surer words apart
_SUREST_POSTERIOR = 1e-3
_SUREST_PEAK = 1e-6


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
            require(math.isfinite(value), f"joint.{name} must be a finite number, got {value}")
        require(self.product >= 0, f"joint.product must be 0 or more, got {self.product}")
        require(
            self.length <= self.product,
            "joint must not trust longer utterances more: length must be at most product, "
            f"got {self.length} and {self.product}",
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
        log_product = sum(math.log(max(_SUREST_PEAK, c)) for c in confidences)
        # of a product next to 1 the odds are bounded as those of a word are
        left = max(_SUREST_PEAK, -math.expm1(log_product))
        return log_product - math.log(left), math.log(len(confidences))


BY_THEMSELVES = Joint()


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's scaling (1999) of what the decoder knows of a word: its log-odds of being right.

    Two things count: the word's share of the likelihood of all transcripts, and the probability of its token
    at the peak. The first is what the search believes; the second still tells words apart where the search is
    sure, and where a lower blank has made everything likely.

    Attributes:
        offset: Log-odds of a word that both give an even chance.
        posterior: What a unit of the share's log-odds adds.
        peak: What a unit of the peak's log-odds adds.
        joint: The confidence of an utterance, out of those of its words.

    Example:
        >>> Calibration(offset=-1.0).of(0.5, 0.9)
        0.2689414213699951
    """

    offset: float = 0.0
    posterior: float = 1.0
    peak: float = 0.0
    joint: Joint = BY_THEMSELVES

    def __post_init__(self) -> None:
        for name in ("offset", "posterior", "peak"):
            value = getattr(self, name)
            require(math.isfinite(value), f"calibration.{name} must be a finite number, got {value}")
        require(
            self.posterior >= 0 and self.peak >= 0,
            "calibration must not trust a surer word less: posterior and peak must be 0 or more, "
            f"got {self.posterior} and {self.peak}",
        )

    def of(self, posterior: float, peak: float) -> float:
        """The confidence of a word, 0 to 1.

        Args:
            posterior: Its share of the likelihood of all transcripts, 0 to 1.
            peak: The probability of its token at the peak, 0 to 1.
        """
        return probability(
            self.offset
            + self.posterior * log_odds(posterior, _SUREST_POSTERIOR)
            + self.peak * log_odds(peak, _SUREST_PEAK)
        )


def log_odds(probability: float, surest: float = _SUREST_PEAK) -> float:
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
