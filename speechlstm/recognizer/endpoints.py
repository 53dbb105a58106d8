"""When an utterance is over: the rules that a bundle offers by name, each settable."""

import math
from dataclasses import replace
from typing import Any

from speechlstm.bundle import BundleConfig
from speechlstm.config import is_number
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.endpoint import EndpointConfig, Endpointer
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.errors import ConfigError
from speechlstm.stage import Stage

__all__ = ["endpoint_of", "with_endpoint"]


def endpoint_of(
    config: BundleConfig, name: str, *, silence_s: float | None = None, max_s: float | None = None
) -> EndpointConfig:
    """The rules of a name, with times of one's own in place of those that are given.

    Raises:
        ConfigError: An unknown name, no positive time, or a model that gives no words in a row.
    """
    known = _word_decoder(config).endpoint
    if name not in known:
        raise ConfigError(f"unknown endpoint {name!r}; {config.name} has {', '.join(known)}")
    silence = {} if silence_s is None else {"silence_frames": _n_frames(config, silence_s, "silence_s")}
    longest = {} if max_s is None else {"max_frames": _n_frames(config, max_s, "max_s")}
    return replace(known[name], **silence, **longest)


def with_endpoint(
    config: BundleConfig, decoder: Stage[Any], endpoint: str | EndpointConfig | None
) -> Stage[Any]:
    """A decoder that tells utterances too; the decoder itself where there is no endpoint.

    Raises:
        ConfigError: An unknown name, what is neither a name nor rules, or a model that gives no words in a
            row.
    """
    if endpoint is None:
        return decoder
    if not isinstance(endpoint, str | EndpointConfig):
        known = ", ".join(_word_decoder(config).endpoint)
        raise ConfigError(
            f"an endpoint is a name ({known}) or rules as Recognizer.endpoint() gives them, got {endpoint!r}"
        )
    rules = endpoint_of(config, endpoint) if isinstance(endpoint, str) else endpoint
    joint = _word_decoder(config).joint
    waits = {"is_waiting": decoder.is_waiting} if isinstance(decoder, PrefixDecoder) else {}
    return Endpointer(decoder, config.features.frame_samples, rules, joint=joint, **waits)


def _word_decoder(config: BundleConfig) -> DecoderConfig:
    decoder = config.decoder
    if not isinstance(decoder, DecoderConfig):
        raise ConfigError(f"an endpoint is for models of words; {config.name} decodes by {decoder.method!r}")
    return decoder


def _n_frames(config: BundleConfig, seconds: float, name: str) -> int:
    """At least one."""
    if not (is_number(seconds) and 0 < seconds < math.inf):
        raise ConfigError(f"{name} must be a time above 0 seconds, got {seconds!r}")
    features = config.features
    return max(1, round(seconds * features.sample_rate_hz / features.frame_samples))
