"""The decoder that a bundle asks for."""

from typing import Any

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.greedy import GreedyDecoder
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.stage import Stage

__all__ = ["make_decoder"]


def make_decoder(vocabulary: tuple[str, ...], frame_samples: int, config: DecoderConfig) -> Stage[Any]:
    """The decoder of ``config.method``; the arguments are those of its class."""
    if config.method == "greedy":
        return GreedyDecoder(vocabulary, frame_samples, config)
    return PrefixDecoder(vocabulary, frame_samples, config)
