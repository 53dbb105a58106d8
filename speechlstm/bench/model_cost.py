"""What each part of a model costs by count: numbers it holds, multiply-adds, bytes.

Counted are the products of matrices and filters and the Fourier transforms; what is done number by number
(gates' sigmoids, logarithms, normalising: a few in a hundred) is left out. A complex FFT of N points counts
``N/2 log2 N`` butterflies of 4 multiply-adds, a real one half of that. Bytes are what a part must at least
read and write: its numbers once a chunk, its inputs and outputs once, in float32.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from speechlstm.bundle import Bundle
from speechlstm.engine.stage import Latency
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.features.strokes import StrokeConfig
from speechlstm.model.config import NetworkConfig

__all__ = [
    "DECODER",
    "FRONT_END",
    "PartCost",
    "Span",
    "front_end_cost",
    "network_costs",
    "part_costs",
    "span_of",
]

FRONT_END, DECODER = "front end", "decoder"
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class PartCost:
    """The counts of one part for one frame of the network, at one setting of the dial.

    Attributes:
        name: What it is.
        n_numbers: Numbers that it holds: weights, or filters and statistics.
        n_multiply_adds: Multiply-adds a frame; None where it is not made of products.
        n_bytes: Bytes a frame that it reads and writes.
    """

    name: str
    n_numbers: int
    n_multiply_adds: float | None
    n_bytes: float


@dataclass(frozen=True, slots=True)
class Span:
    """What costs are given for.

    Attributes:
        name: ``second of sound``, or ``second`` of a sensor; ``frame`` of a pen, whose frames lie along a
            path, not in time, and of what has less than a frame a second.
        n_frames: Frames of the network in it.
    """

    name: str
    n_frames: float


def span_of(bundle: Bundle) -> Span:
    """A second of what a model hears, or a frame where seconds tell nothing."""
    features = bundle.config.features
    n_frames = float(features.sample_rate_hz) / features.frame_samples
    if isinstance(features, StrokeConfig) or n_frames < 1:
        return Span("frame", 1.0)
    return Span("second of sound" if isinstance(features, MfccConfig) else "second", n_frames)


def part_costs(bundle: Bundle, setting: Latency) -> list[PartCost]:
    """The counts of every part, in the order of the data.

    Args:
        bundle: The model.
        setting: Chunk and look-ahead.
    """
    config = bundle.config
    answered = sum(config.network.widths.values())
    return [
        front_end_cost(bundle.front_end, setting),
        *network_costs(config.network, setting),
        PartCost(DECODER, 0, None, _FLOAT_BYTES * answered),
    ]


def network_costs(config: NetworkConfig, setting: Latency) -> Iterator[PartCost]:
    """The counts of each direction of each layer, of each head, and of what the upper layers hear of one."""
    n_chunk, width = setting.chunk_frames, config.encoder_width
    # the backward direction goes over the look-ahead anew with every chunk
    reach = {"forward": 1.0, "backward": (n_chunk + setting.lookahead_frames) / n_chunk}
    for i in range(config.n_layers):
        for direction, n_frames in reach.items():
            name = f"layer {i + 1} {direction}"
            yield _lstm(name, width, config.units, n_frames=n_frames, n_chunk=n_chunk)
        width = 2 * config.units
        if config.n_phones and i + 1 == config.n_below_phones:
            yield _dense("head phones", width, config.n_phones + 1, n_chunk=n_chunk)
            yield _dense("phones heard", config.n_phones + 1, width, n_chunk=n_chunk)
    heads = {"tokens": "log_probs", "extent": "extent", "values": "values"}
    for head, part in heads.items():
        if n_outputs := config.widths[part]:
            yield _dense(f"head {head}", width, n_outputs, n_chunk=n_chunk)


def _lstm(name: str, width: int, units: int, *, n_frames: float, n_chunk: int) -> PartCost:
    """Four gates, each of the input and of the hidden state before."""
    n_products = 4 * units * (width + units)
    n_weights = n_products + 4 * units
    moved = n_weights / n_chunk + n_frames * width + units
    return PartCost(name, n_weights, n_frames * n_products, _FLOAT_BYTES * moved)


def _dense(name: str, width: int, n_outputs: int, *, n_chunk: int) -> PartCost:
    n_weights = (width + 1) * n_outputs
    moved = n_weights / n_chunk + width + n_outputs
    return PartCost(name, n_weights, float(width * n_outputs), _FLOAT_BYTES * moved)


def front_end_cost(front_end: FrontEnd, setting: Latency) -> PartCost:
    """The counts of a front end."""
    config = front_end.config
    n_numbers = sum(np.size(numbers) for numbers in front_end.numbers().values())
    n_samples = config.frame_samples * (config.n_channels or 1)
    moved = n_numbers / setting.chunk_frames + n_samples + config.width
    return PartCost(FRONT_END, n_numbers, _products_of(front_end), _FLOAT_BYTES * moved)


def _products_of(front_end: FrontEnd) -> float | None:
    """Multiply-adds of a front end for one frame of the network."""
    config = front_end.config
    if isinstance(config, MfccConfig) and isinstance(front_end, SoundFrontEnd):
        used = np.flatnonzero(front_end.mel_filters.any(axis=0))
        n_bins = int(used[-1] - used[0]) + 1
        # real and imaginary parts go through the bands one by one
        return config.n_stack * _cepstra(config.win_length, 2 * n_bins, config.n_mels, config.n_mfcc)
    if isinstance(config, SensorConfig) and config.kind == "history":
        return float(config.n_channels * (config.win_length - 1) * config.horizon)
    if isinstance(config, SensorConfig) and config.kind != "raw":
        n_kept = config.n_cepstra if config.kind == "cepstra" else 0
        n_bins = 1 + config.win_length // 2
        # of the middle the squares are counted
        of_a_window = _cepstra(config.win_length, n_bins, config.n_bands, n_kept)
        return config.n_stack * config.n_channels * (of_a_window + config.centre_length)
    return None


def _cepstra(win_length: int, n_squares: int, n_bands: int, n_kept: int) -> float:
    """Window, real FFT, bands over as many squares, and their transform."""
    return win_length + win_length * math.log2(win_length) + n_squares * n_bands + n_bands * n_kept
