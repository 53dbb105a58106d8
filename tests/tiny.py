"""A bundle of random weights that finds many words in noise; made in milliseconds, without TensorFlow."""

from pathlib import Path

import numpy as np

from speechlstm.bundle import BundleConfig, save
from speechlstm.decode.config import DecoderConfig
from speechlstm.engine.stage import Latency
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.framing import Framing
from speechlstm.features.mfcc import Mfcc, MfccConfig
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import Chain, run

__all__ = [
    "SETTINGS",
    "SMALL_DIAL",
    "make_front_end",
    "make_tiny_bundle",
    "random_weights",
    "speechlike",
    "tiny_config",
]

_FEATURES = MfccConfig(fmin_hz=40.0, fmax_hz=4000.0)
_VOCABULARY = ("yes", "no", "up", "down", "stop")
# a dial as words-en once had, whose delays tests compute by hand
SETTINGS = {
    "low": Latency(2, 1),
    "balanced": Latency(5, 4),
    "high": Latency(14, 8),
    "offline": Latency(200, 8),
}
# of tiny models of other things than sound
SMALL_DIAL = {
    "low": Latency(1, 0),
    "balanced": Latency(4, 2),
    "high": Latency(8, 4),
    "offline": Latency(200, 4),
}


def make_tiny_bundle(
    path: Path,
    *,
    seed: int = 0,
    latency: dict[str, Latency] | None = None,
    phones: tuple[str, ...] = (),
    features: MfccConfig = _FEATURES,
) -> Path:
    """Write a bundle and return its folder."""
    config = tiny_config(latency, phones, features)
    model = build_graph(config.network, random_weights(config.network, seed=seed))
    save(path, config, make_front_end(config.features), model, {"name": "tiny", "seed": seed})
    return path


def tiny_config(
    latency: dict[str, Latency] | None = None,
    phones: tuple[str, ...] = (),
    features: MfccConfig = _FEATURES,
) -> BundleConfig:
    """Settings of the tiny bundle."""
    return BundleConfig(
        name="tiny",
        vocabulary=_VOCABULARY,
        features=features,
        network=NetworkConfig(
            features.width, len(_VOCABULARY) + 1, n_layers=2, units=8, n_phones=len(phones)
        ),
        latency=latency
        or {
            "low": Latency(2, 1),
            "balanced": Latency(8, 4),
            "high": Latency(16, 8),
            "offline": Latency(200, 8),
        },
        decoder=DecoderConfig(threshold=0.3, method="greedy"),
        phones=phones,
    )


def random_weights(config: NetworkConfig, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Random weights by name, large enough that every gate opens and closes."""
    rng = np.random.default_rng(seed)
    u = config.units
    shapes: dict[str, tuple[int, ...]] = {}
    for i in range(config.n_layers):
        width = 2 * u if i else config.encoder_width
        for direction in ("forward", "backward"):
            stem = f"encoder.{i}.{direction}"
            shapes |= {
                f"{stem}.kernel": (width, 4 * u),
                f"{stem}.recurrent": (u, 4 * u),
                f"{stem}.bias": (4 * u,),
            }
    heads = {"tokens": "log_probs", "extent": "extent", "values": "values"}
    for head, part in heads.items():
        if n := config.widths[part]:
            shapes |= {f"{head}.kernel": (2 * u, n), f"{head}.bias": (n,)}
    if config.n_phones:
        n = config.n_phones + 1
        shapes |= {"phones.kernel": (2 * u, n), "phones.bias": (n,)}
        shapes |= {"hear_phones.kernel": (n, 2 * u), "hear_phones.bias": (2 * u,)}
    weights = {
        name: rng.normal(0, 2 / np.sqrt(shape[0]), shape).astype("f") for name, shape in shapes.items()
    }
    if "tokens.kernel" in weights:
        weights["tokens.kernel"] *= 3
    return weights


def make_front_end(config: MfccConfig) -> SoundFrontEnd:
    """A front end with triangular filters to half the rate, normalised by the statistics of noise."""
    bins = np.arange(1 + config.win_length // 2)
    edges = np.linspace(1, config.win_length // 2, config.n_mels + 2)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    cepstra = Chain(
        [
            Framing(config.win_length, config.hop_length),
            Mfcc(filters, n_mfcc=config.n_mfcc, floor=config.floor),
        ]
    )
    frames = np.concatenate(list(run(cepstra, [speechlike(4 * config.sample_rate_hz)])))
    return SoundFrontEnd(config, filters, frames.mean(axis=0), frames.std(axis=0))


def speechlike(n_samples: int, *, seed: int = 7) -> np.ndarray:
    """Noise ``[n]`` whose level and colour change every 80 ms at 8 kHz, float32 in -1..1."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=n_samples + 1)
    level = np.repeat(10 ** rng.uniform(-3, -0.7, n_samples // 640 + 1), 640)[:n_samples]
    colour = np.repeat(rng.uniform(-0.9, 0.9, n_samples // 640 + 1), 640)[:n_samples]
    return np.clip(level * (noise[1:] + colour * noise[:-1]), -1, 1).astype(np.float32)
