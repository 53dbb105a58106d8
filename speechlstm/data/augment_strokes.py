"""Handwriting by writers there are not: turned, slanted, stretched, bent, shaken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speechlstm.config import require

__all__ = ["StrokeAugmentConfig", "augment_strokes"]


@dataclass(frozen=True, slots=True)
class StrokeAugmentConfig:
    """What is done to handwriting before it is trained on; all of it is drawn anew every time.

    Attributes:
        n_frames: Network frames of a stream that is trained on; longer samples are left out.
        max_angle_deg: Largest rotation, either way.
        slant: Largest shear along the line, either way: sideways by height.
        stretch: Deviation of the logarithm of width by height.
        warp: Deviation of a smooth displacement, in sizes of the writing.
        jitter: Deviation of every point's own displacement, in sizes.
        p_thin: Share of samples of which every second or third point is kept, as of a slower tablet.
    """

    n_frames: int = 64
    max_angle_deg: float = 8.0
    slant: float = 0.25
    stretch: float = 0.15
    warp: float = 0.03
    jitter: float = 0.003
    p_thin: float = 0.3

    def __post_init__(self) -> None:
        require(self.n_frames >= 1, f"n_frames must be at least 1, got {self.n_frames}")
        for name in ("max_angle_deg", "slant", "stretch", "warp", "jitter"):
            value = getattr(self, name)
            require(value >= 0, f"{name} must not be negative, got {value}")
        require(0 <= self.p_thin <= 1, f"p_thin must be from 0 to 1, got {self.p_thin}")


def augment_strokes(
    strokes: Sequence[np.ndarray], rng: np.random.Generator, config: StrokeAugmentConfig
) -> list[np.ndarray]:
    """One more way to write it.

    Args:
        strokes: Each ``[n, 2]``, y upwards.
        rng: Where chance comes from.
        config: How much is done.

    Returns:
        As many strokes, float32, in sizes of the writing; of each the first and the last point are kept.
    """
    every = np.concatenate(strokes).astype(np.float64)
    low, extent = every.min(axis=0), np.ptp(every, axis=0)
    size = max(extent[1], extent[0] / 2) or 1.0
    x = (every - low) / size
    x = _warped(x, rng, config.warp) @ _distortion(rng, config).T
    x += rng.normal(0, config.jitter, x.shape) if config.jitter else 0
    ends = np.cumsum([len(stroke) for stroke in strokes])[:-1]
    parts = np.split(x.astype(np.float32), ends)
    if rng.random() < config.p_thin:
        n = int(rng.integers(2, 4))
        parts = [_thinned(part, n) for part in parts]
    return parts


def _distortion(rng: np.random.Generator, config: StrokeAugmentConfig) -> np.ndarray:
    """Rotation, slant and stretch as one matrix ``[2, 2]``."""
    angle = np.deg2rad(rng.uniform(-config.max_angle_deg, config.max_angle_deg))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, rng.uniform(-config.slant, config.slant)], [0, 1]])
    wider = np.exp(rng.normal(0, config.stretch) / 2)
    return np.asarray(turn @ slant @ np.diag([wider, 1 / wider]))


def _warped(x: np.ndarray, rng: np.random.Generator, deviation: float) -> np.ndarray:
    """Displaced by two plane waves of random direction, as long as the writing is high or longer."""
    if not deviation:
        return x
    for _ in range(2):
        direction, waves = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.0)
        phase = 2 * np.pi * waves * (x @ [np.cos(direction), np.sin(direction)]) + rng.uniform(0, 2 * np.pi)
        x = x + np.sin(phase)[:, np.newaxis] * rng.normal(0, deviation, 2)
    return x


def _thinned(stroke: np.ndarray, n: int) -> np.ndarray:
    kept = np.arange(len(stroke)) % n == 0
    kept[-1] = True
    thinned: np.ndarray = stroke[kept]
    return thinned
