"""A made-up wrist: two channels that lie still, shake slowly or shake fast; and a tiny model for it."""

import json
from pathlib import Path

import numpy as np
from recipes import dial_table, training_table
from tiny import SMALL_DIAL, random_weights

from speechlstm.bundle import BundleConfig, save
from speechlstm.decode.segments import SegmentConfig
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.model.config import NetworkConfig

__all__ = ["LABELS", "make_wrist_bundle", "record", "write_wrist", "write_wrist_recipe"]

LABELS = ("still", "slow", "fast")
_RATE_HZ = 20


def record(seed: int, *, n_pieces: int = 4) -> tuple[np.ndarray, list[str]]:
    """Samples ``[n, 2]`` and a label for each."""
    rng = np.random.default_rng(seed)
    parts, labels = [], []
    for _ in range(n_pieces):
        label = int(rng.integers(3))
        t = np.arange(int(rng.integers(40, 100))) / _RATE_HZ
        swing = (0.0, 1.0, 1.0)[label] * np.sin(2 * np.pi * (0, 1, 4)[label] * t)
        parts.append(np.stack([swing, -swing], axis=1) + rng.normal(0, 0.05, (len(t), 2)))
        labels += [LABELS[label]] * len(t)
    return np.concatenate(parts).astype(np.float32), labels


def write_wrist(folder: Path, *, n_files: int = 6) -> Path:
    """Recordings of three subjects as CSV, and their manifest; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for i in range(n_files):
        x, labels = record(i)
        lines = [
            f"{j / _RATE_HZ:.3f},{a:.4f},{b:.4f},{name}"
            for j, ((a, b), name) in enumerate(zip(x.tolist(), labels, strict=True))
        ]
        (folder / f"{i}.csv").write_text("\n".join(["time_s,x,y,label", *lines, ""]))
        rows.append({"data": f"{i}.csv", "subject": f"s{i % 3}", "split": "train" if i % 3 else "validation"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def write_wrist_recipe(folder: Path, *, n_steps: int = 4) -> Path:
    """A recipe for it that trains in seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f"""
name = "wrist"
vocabulary = ["still", "slow", "fast"]
[features]
kind = "raw"
channels = ["x", "y"]
units = ["g", "g"]
sample_rate_hz = {_RATE_HZ}
hop_length = 4
[network]
head = "classes"
n_layers = 1
units = 12
{dial_table((1, 0), (2, 2), (4, 4), (100, 4))}
[decoder]
method = "segments"
smooth_frames = 0.0
min_frames = 2
[data.wrist]
manifest = "wrist/manifest.jsonl"
role = "recordings"
split = "train"
[sources]
wrist = "made by a test"
[validation.wrist]
manifest = "wrist/manifest.jsonl"
split = "validation"
[excerpts]
length_s = 8.0
splice_s = [1.0, 3.0]
[augment]
scale_spread = 0.05
{training_table(n_steps, batch_size=8, learning_rate=2e-2, dial=[[2, 2], [0, 0]])}
""")
    return folder


def make_wrist_bundle(path: Path) -> Path:
    """A bundle of random weights, made without TensorFlow; returns its folder."""
    features = SensorConfig(("x", "y"), ("g", "g"), kind="raw", sample_rate_hz=_RATE_HZ, hop_length=4)
    network = NetworkConfig(features.width, len(LABELS), n_layers=1, units=6, head="classes")
    decoder = SegmentConfig(smooth_frames=0.0, min_frames=2)
    config = BundleConfig("wrist", LABELS, features, network, SMALL_DIAL, decoder)
    front_end = SensorFrontEnd(features, sensor_bands(features), np.zeros(2, "f"), np.full(2, 0.7, "f"))
    save(path, config, front_end, build_graph(network, random_weights(network)), {"name": "wrist"})
    return path
