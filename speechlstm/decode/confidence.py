"""How often a word is right that the decoder is so sure of."""

import math
from dataclasses import dataclass

from speechlstm.config import require
from speechlstm.odds import BY_THEMSELVES, Joint, log_odds, probability

__all__ = ["Calibration"]

# a search that drops what is a thousand times less likely cannot tell surer words apart
_SUREST_POSTERIOR = 1e-3


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
            self.offset + self.posterior * log_odds(posterior, _SUREST_POSTERIOR) + self.peak * log_odds(peak)
        )
