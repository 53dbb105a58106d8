"""The decoder that a bundle asks for."""

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.greedy import GreedyDecoder
from speechlstm.decode.prefix import PrefixDecoder

__all__ = ["Decoder", "make_decoder"]

Decoder = GreedyDecoder | PrefixDecoder


def make_decoder(vocabulary: tuple[str, ...], frame_samples: int, config: DecoderConfig) -> Decoder:
    """The decoder of ``config.method``; the arguments are those of its class."""
    kinds = {"greedy": GreedyDecoder, "prefix": PrefixDecoder}
    return kinds[config.method](vocabulary, frame_samples, config)
