"""The parts of a recogniser that depend on more than its bundle: the engine and the decoder."""

from typing import Any

import numpy as np

from speechlstm.bundle import LATENCIES, Bundle
from speechlstm.decode.config import at_sensitivity
from speechlstm.decode.decoder import make_decoder
from speechlstm.engine.engine import Engine
from speechlstm.engine.stage import Lead
from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FrontEnd, statistics_of
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.stage import Stage

__all__ = ["decoder_of", "engine_of", "lead_of", "require_latency"]


def engine_of(bundle: Bundle, name: str, n_threads: int) -> Engine:
    """What runs the network, ``onnx`` or ``keras``; its library is imported here.

    Raises:
        ConfigError: An unknown engine.
    """
    if name == "onnx":
        from speechlstm.engine.onnx import OnnxEngine

        return OnnxEngine(bundle.model, bundle.config.network, n_threads=n_threads)
    if name == "keras":
        from speechlstm.engine.keras import KerasEngine

        return KerasEngine(bundle.model, bundle.config.network)
    raise ConfigError(f"unknown engine {name!r}; expected onnx or keras")


def decoder_of(bundle: Bundle, sensitivity: float) -> Stage[Any]:
    """The bundle's decoder; 0.5 is its own operating point.

    Raises:
        ConfigError: A sensitivity out of range, or of a model that has none.
    """
    config = bundle.config
    chosen = config.decoder if sensitivity == 0.5 else at_sensitivity(config.decoder, sensitivity)
    mean, std = _units(bundle)
    return make_decoder(config.vocabulary, config.features.frame_samples, chosen, mean=mean, std=std)


def lead_of(front_end: FrontEnd) -> Lead | None:
    """What the network takes as heard before a stream; nothing of sensors and pens."""
    if not isinstance(front_end, SoundFrontEnd):
        return None
    return Lead(front_end.silence(), front_end.config.onset_frames)


def require_latency(latency: str) -> None:
    """Raise a ConfigError unless the dial has this setting."""
    if latency not in LATENCIES:
        raise ConfigError(f"unknown latency {latency!r}; expected one of {', '.join(LATENCIES)}")


def _units(bundle: Bundle) -> tuple[np.ndarray | None, np.ndarray | None]:
    """What brings forecasts back to units; nothing for other heads."""
    if bundle.config.network.head != "forecast":
        return None, None
    return statistics_of(bundle.front_end, bundle.vocabulary)
