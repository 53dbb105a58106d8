"""The decoder that a bundle asks for."""

from typing import Any

import numpy as np

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.forecast import ForecastConfig, ForecastDecoder
from speechlstm.decode.greedy import GreedyDecoder
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.decode.segments import SegmentConfig, SegmentDecoder
from speechlstm.decode.spell import LexiconDecoder, SpellConfig, SpellDecoder
from speechlstm.decode.whole import WholeConfig, WholeDecoder
from speechlstm.stage import Stage

__all__ = ["AnyDecoderConfig", "make_decoder"]

AnyDecoderConfig = DecoderConfig | SegmentConfig | WholeConfig | SpellConfig | ForecastConfig


def make_decoder(
    vocabulary: tuple[str, ...],
    frame_samples: int,
    config: AnyDecoderConfig,
    *,
    mean: np.ndarray | None = None,
    std: np.ndarray | None = None,
) -> Stage[Any]:
    """The decoder of ``config.method``; the arguments are those of its class.

    Args:
        vocabulary: What it tells of.
        frame_samples: Samples from one frame to the next.
        config: Its settings.
        mean: What brings forecasts back to units, ``[len(vocabulary)]``; not needed by other decoders.
        std: Like ``mean``.
    """
    if isinstance(config, ForecastConfig):
        mean = np.zeros(len(vocabulary)) if mean is None else mean
        std = np.ones(len(vocabulary)) if std is None else std
        return ForecastDecoder(vocabulary, frame_samples, config, mean=mean, std=std)
    if isinstance(config, SegmentConfig):
        return SegmentDecoder(vocabulary, frame_samples, config)
    if isinstance(config, WholeConfig):
        return WholeDecoder(vocabulary, frame_samples, config)
    if isinstance(config, SpellConfig):
        return (LexiconDecoder if config.lexicon else SpellDecoder)(vocabulary, frame_samples, config)
    if config.method == "greedy":
        return GreedyDecoder(vocabulary, frame_samples, config)
    return PrefixDecoder(vocabulary, frame_samples, config)
