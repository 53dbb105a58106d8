"""The decoder that a bundle asks for."""

from typing import Any

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.greedy import GreedyDecoder
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.decode.segments import SegmentConfig, SegmentDecoder
from speechlstm.decode.spell import LexiconDecoder, SpellConfig, SpellDecoder
from speechlstm.decode.whole import WholeConfig, WholeDecoder
from speechlstm.stage import Stage

__all__ = ["AnyDecoderConfig", "make_decoder"]

AnyDecoderConfig = DecoderConfig | SegmentConfig | WholeConfig | SpellConfig


def make_decoder(vocabulary: tuple[str, ...], frame_samples: int, config: AnyDecoderConfig) -> Stage[Any]:
    """The decoder of ``config.method``; the arguments are those of its class."""
    if isinstance(config, SegmentConfig):
        return SegmentDecoder(vocabulary, frame_samples, config)
    if isinstance(config, WholeConfig):
        return WholeDecoder(vocabulary, frame_samples, config)
    if isinstance(config, SpellConfig):
        return (LexiconDecoder if config.lexicon else SpellDecoder)(vocabulary, frame_samples, config)
    if config.method == "greedy":
        return GreedyDecoder(vocabulary, frame_samples, config)
    return PrefixDecoder(vocabulary, frame_samples, config)
