"""Two made-up tides, by the hour, that rise and fall within a day; and a tiny model that forecasts them."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
from recipes import dial_table, training_table
from tiny import random_weights

from speechlstm.bundle import BundleConfig, save
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.engine.stage import Latency
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.model.config import ForecastSize, NetworkConfig

__all__ = [
    "CHANNELS",
    "HORIZON",
    "N_HISTORY",
    "make_tides_bundle",
    "tides",
    "write_tides",
    "write_tides_recipe",
]

CHANNELS = ("east", "west")
N_HISTORY, HORIZON = 30, 6
_BEGIN = np.datetime64("2020-02-28T00:00:00")


def tides(n: int, *, seed: int = 0) -> np.ndarray:
    """Samples ``[n, 2]`` in metres, with a period of 24 and a level that wanders."""
    rng = np.random.default_rng(seed)
    hours = np.arange(n)
    east = 3 + np.sin(2 * np.pi * hours / 24) + np.cumsum(rng.normal(0, 0.02, n))
    west = 5 + 2 * np.cos(2 * np.pi * hours / 24) + np.cumsum(rng.normal(0, 0.02, n))
    return (np.stack([east, west], axis=1) + rng.normal(0, 0.05, (n, 2))).astype(np.float32)


def write_tides(path: Path, x: np.ndarray, *, left_out: Mapping[int, str] | None = None) -> Path:
    """A CSV with a date a row; ``left_out`` says what stands in the place of some rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["date,east,west"]
    for i, (east, west) in enumerate(x.tolist()):
        date = str(_BEGIN + np.timedelta64(i, "h")).replace("T", " ")
        lines += [(left_out or {}).get(i, f"{date},{east:.4f},{west:.4f}")]
    path.write_text("\n".join(line for line in lines if line) + "\n")
    return path


def write_tides_recipe(folder: Path, *, n_steps: int = 4) -> Path:
    """A recipe for them that trains in seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f"""
name = "tides"
vocabulary = ["west", "east"]
[features]
kind = "history"
channels = ["east", "west"]
units = ["m", "m"]
sample_rate_hz = "1/3600"
win_length = {N_HISTORY}
hop_length = 1
lags = [1, 24]
means = [24]
horizon = {HORIZON}
max_gap_s = 7200.0
[network]
head = "forecast"
n_layers = 1
units = 8
{dial_table(*4 * [(1, 0)])}
[decoder]
method = "forecast"
horizon = {HORIZON}
warm_up_frames = {N_HISTORY}
[data.tides]
manifest = "tides.csv"
role = "series"
rows = [0, 500]
[sources]
tides = "made by a test"
[validation.tides]
manifest = "tides.csv"
rows = [500, 700]
[excerpts]
length_s = 144000.0
{training_table(n_steps, batch_size=8, learning_rate=1e-2, dial=[[1, 0]], p_carry=0.0)}
""")
    return folder


def make_tides_bundle(path: Path, *, kind: str = "history") -> Path:
    """A bundle of random weights that forecasts, made without TensorFlow; returns its folder."""
    with_history = {"win_length": N_HISTORY, "lags": (1, 24), "means": (24,), "horizon": HORIZON}
    features = SensorConfig(
        CHANNELS,
        ("m", "m"),
        kind=kind,  # type: ignore[arg-type]
        sample_rate_hz=Fraction(1, 3600),
        hop_length=1,
        max_gap_s=7200.0,
        **(with_history if kind == "history" else {}),  # type: ignore[arg-type]
    )
    # the other way round than the channels
    size = ForecastSize(2, (1, 0), HORIZON, n_numbers=4, has_base=kind == "history")
    network = NetworkConfig(features.width, size.n_values, 1, 6, "forecast", size)
    decoder = ForecastConfig(HORIZON, warm_up_frames=N_HISTORY)
    latency = dict.fromkeys(("low", "balanced", "high", "offline"), Latency(1, 0))
    config = BundleConfig("tides", CHANNELS[::-1], features, network, latency, decoder)
    linear = np.random.default_rng(3).normal(0, 0.02, (N_HISTORY - 1, HORIZON)).astype(np.float32)
    front_end = SensorFrontEnd(
        features,
        sensor_bands(features),
        np.array([3, 5], np.float32),
        np.array([0.8, 1.5], np.float32),
        **({"linear": linear} if kind == "history" else {}),
    )
    save(path, config, front_end, build_graph(network, random_weights(network)), {"name": "tides"})
    return path
