"""Settings that all decoders share."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from speechlstm.config import is_number, require
from speechlstm.decode.confidence import Calibration
from speechlstm.decode.endpoint import EndpointConfig, presets
from speechlstm.decode.grammar import GrammarConfig
from speechlstm.errors import ConfigError
from speechlstm.odds import BY_THEMSELVES, Joint, log_odds, probability

__all__ = ["DecoderConfig", "at_sensitivity", "lower_blank", "sensitivity_of"]

# from the operating point to an end of the dial: the odds that make a word times or by e^3
_REACH_NATS = 3.0
# what a calibrated model takes for a word at the lower end, unless it always asks for more; and what hardly
# any word lies under, so that the dial begins there where a model has no threshold
_SUREST, _UNSUREST = 0.98, 0.02
# by how much its blank is lower at the upper end, for a threshold alone finds no further words
_REACH_PENALTY_NATS = 1.5
# what no sound could outweigh is a word more or less, which is the grammar's to say
_HEAVIEST_NATS = 20.0


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """Settings of the decoder.

    Attributes:
        threshold: Smallest confidence that makes a word, 0 to 1.
        settle_frames: Frames that a word waits for a likelier peak before it is final.
        blank_penalty: Taken from the blank's log-probability, in nats; more gives more words, right and
            wrong. It moves the operating point, as a lower prior of hearing nothing would.
        calibration: What makes a confidence of what the search believes, as ``speechlstm calibrate`` finds
            it; none for the belief itself.
        endpoint: When an utterance is over, by name of a preset.
        hotwords: What words gain each time they are said, in nats; less than 0 makes them rarer.
        grammar: Which phrases there are.
        method: ``prefix`` (all alignments count) or ``greedy`` (the best path alone).
    """

    threshold: float = 0.5
    settle_frames: int = 2
    blank_penalty: float = 0.0
    calibration: Calibration | None = None
    endpoint: dict[str, EndpointConfig] = field(default_factory=presets)
    method: Literal["prefix", "greedy"] = "prefix"
    hotwords: dict[str, float] = field(default_factory=dict)
    grammar: GrammarConfig = field(default_factory=GrammarConfig)

    def __post_init__(self) -> None:
        require(0 <= self.threshold <= 1, f"threshold must lie in 0..1, got {self.threshold}")
        require(self.settle_frames >= 0, f"settle_frames must be 0 or more, got {self.settle_frames}")
        require(self.method in ("prefix", "greedy"), f"method must be prefix or greedy, got {self.method!r}")
        for word, weight in self.hotwords.items():
            require(
                is_number(weight) and abs(weight) <= _HEAVIEST_NATS,
                f"the weight of {word!r} must be a number of nats from {-_HEAVIEST_NATS:g} to "
                f"{_HEAVIEST_NATS:g}, got {weight!r}",
            )
        require(
            self.method == "prefix" or not (self.hotwords or self.grammar.phrases),
            "hotwords and a grammar need the method prefix; greedy decoding follows the best path alone",
        )

    @property
    def joint(self) -> Joint:
        """What makes the confidence of an utterance of those of its words."""
        return BY_THEMSELVES if self.calibration is None else self.calibration.joint

    def confidence(self, posterior: float, peak_log_prob: float) -> float:
        """The confidence of a word, 0 to 1; as :meth:`Calibration.of`, but with the logarithm of the peak."""
        if self.calibration is None:
            return posterior
        return self.calibration.of(posterior, math.exp(peak_log_prob))


def at_sensitivity(config: Any, sensitivity: float) -> DecoderConfig:
    """The settings at another operating point.

    Args:
        config: The settings stored in a bundle, whose operating point is the middle.
        sensitivity: 0 (few words, few false ones) to 1; 0.5 is the bundle's own. Of a calibrated bundle the
            threshold moves, evenly in log-odds: below the middle from 0.02 at least up to 0.98, so that a
            confidence means the same; above it down by 3 nats, while the blank's penalty grows by 1.5 and
            confidences become a little too high. Of another bundle the penalty moves alone, by 3 nats either
            way.

    Raises:
        ConfigError: A sensitivity out of range, or a decoder that has none.
    """
    require(
        is_number(sensitivity) and 0 <= sensitivity <= 1,
        f"sensitivity must be from 0 to 1 (0.5 is the model's own), got {sensitivity!r}",
    )
    if not isinstance(config, DecoderConfig):
        raise ConfigError(f"sensitivity is for models of words; this one decodes by {config.method!r}")
    if sensitivity == 0.5:
        return config
    # -1 to 1
    more = 2 * sensitivity - 1
    if config.calibration is None:
        return replace(config, blank_penalty=config.blank_penalty + _REACH_NATS * more)
    own = log_odds(config.threshold)
    if more > 0:
        return replace(
            config,
            threshold=probability(own - _REACH_NATS * more),
            blank_penalty=config.blank_penalty + _REACH_PENALTY_NATS * more,
        )
    own = max(own, log_odds(_UNSUREST))
    return replace(config, threshold=probability(own - more * max(0.0, log_odds(_SUREST) - own)))


def sensitivity_of(config: DecoderConfig, threshold: float) -> float | None:
    """Where a threshold lies in the lower half of the dial: the inverse of :func:`at_sensitivity`.

    Returns:
        0 to below 0.5; ``None`` of a threshold that the dial does not reach, or of a bundle that is not
        calibrated, whose threshold it does not move.
    """
    own, surest = max(log_odds(config.threshold), log_odds(_UNSUREST)), log_odds(_SUREST)
    if config.calibration is None or not own < log_odds(threshold) <= surest:
        return None
    return 0.5 * (1 - (log_odds(threshold) - own) / (surest - own))


def lower_blank(log_probs: np.ndarray, penalty: float) -> np.ndarray:
    """Log-probabilities ``[time, n_outputs]`` with the blank's lowered by ``penalty``, normalised anew."""
    if penalty == 0:
        return log_probs
    shifted = log_probs.copy()
    shifted[:, 0] -= np.float32(penalty)
    normalised: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return normalised
