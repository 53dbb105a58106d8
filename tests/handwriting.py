"""Made-up handwriting: a bar, a circle and a zigzag; as samples, as a recipe, and a tiny model for it."""

import json
from pathlib import Path

import numpy as np
from recipes import dial_table, training_table
from tiny import SMALL_DIAL, random_weights

from speechlstm.bundle import BundleConfig, save
from speechlstm.decode.decoder import AnyDecoderConfig
from speechlstm.decode.spell import SpellConfig
from speechlstm.decode.whole import WholeConfig
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.strokes import StrokeConfig, StrokeFrontEnd
from speechlstm.model.config import NetworkConfig

__all__ = ["SHAPES", "draw", "make_pen_bundle", "strokes_of", "write_pen", "write_pen_recipe"]

SHAPES = ("i", "o", "z")


def draw(shape: str, rng: np.random.Generator, *, at: float = 0.0) -> np.ndarray:
    """One stroke ``[n, 2]`` of about a hundred units."""
    t = np.linspace(0, 1, int(rng.integers(12, 30)))
    if shape == "i":
        x, y = 0 * t, 1 - t
    elif shape == "o":
        x, y = 0.5 + 0.5 * np.cos(2 * np.pi * t), 0.5 + 0.5 * np.sin(2 * np.pi * t)
    else:
        corners = np.array([[0, 1], [1, 1], [0, 0], [1, 0]])
        x, y = (np.interp(3 * t, range(4), corners[:, k]) for k in range(2))
    noise = rng.normal(0, 1, (len(t), 2))
    return np.asarray(np.stack([at + 90 * x, 100 * y], axis=1) + noise, np.float32)


def strokes_of(word: str, seed: int) -> list[np.ndarray]:
    """A word, a stroke a character."""
    rng = np.random.default_rng(seed)
    return [draw(shape, rng, at=130.0 * k) for k, shape in enumerate(word)]


def write_pen(folder: Path, *, spelt: bool = False, n: int = 60) -> Path:
    """Samples by six writers, and returns their file."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, rows = np.random.default_rng(0), []
    for i in range(n):
        label = "".join(rng.choice(SHAPES, int(rng.integers(1, 4)) if spelt else 1))
        strokes = [stroke.round(1).tolist() for stroke in strokes_of(label, i)]
        split = "train" if i % 6 else "validation"
        rows.append({"label": label, "writer": f"w{i % 6}", "split": split, "strokes": strokes})
    file = folder / "strokes.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def write_pen_recipe(folder: Path, *, spelt: bool = False, n_steps: int = 4) -> Path:
    """A recipe for them that trains in seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f"""
name = "pen"
vocabulary = ["i", "o", "z"]
[features]
kind = "strokes"
step = 0.2
[network]
head = "{"words" if spelt else "classes"}"
n_layers = 1
units = 16
{dial_table((1, 0), (4, 2), (8, 4), (100, 4))}
[decoder]
method = "{"spell" if spelt else "whole"}"
[data.pen]
manifest = "pen/strokes.jsonl"
role = "strokes"
split = "train"
[sources]
pen = "made by a test"
[validation.pen]
manifest = "pen/strokes.jsonl"
split = "validation"
[pen]
n_frames = 60
{training_table(n_steps, batch_size=16, learning_rate=3e-2, dial=[[4, 2], [0, 0]], p_carry=0.0)}
""")
    return folder


def make_pen_bundle(path: Path, *, spelt: bool = False) -> Path:
    """A bundle of random weights, made without TensorFlow; returns its folder."""
    features = StrokeConfig(head_points=16)
    head = "words" if spelt else "classes"
    network = NetworkConfig(features.width, len(SHAPES) + spelt, n_layers=1, units=6, head=head)  # type: ignore[arg-type]
    decoder: AnyDecoderConfig = SpellConfig() if spelt else WholeConfig()
    config = BundleConfig("pen", SHAPES, features, network, SMALL_DIAL, decoder)
    graph = build_graph(network, random_weights(network))
    save(path, config, StrokeFrontEnd(features), graph, {"name": "pen"})
    return path
