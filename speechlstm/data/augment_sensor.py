"""What wearing, people and faults do to a sensor's samples, drawn at random.

Every function takes samples ``[n, n_channels]`` and gives new ones, float32, and writes into nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speechlstm.config import require

__all__ = [
    "SensorAugmentConfig",
    "add_noise",
    "augment",
    "drop_channels",
    "random_rotation",
    "rotate",
    "scale",
    "warp_time",
]


@dataclass(frozen=True, slots=True)
class SensorAugmentConfig:
    """How much of what is done to a recording before it is trained on; the defaults do nothing.

    Attributes:
        triples: Columns that are the x, y, z of one sensor each, as ``[[0, 1, 2], [3, 4, 5]]``.
        max_angle_deg: Largest angle by which the axes are turned, 0 to 180.
        scale_spread: Standard deviation of the logarithm of a sensor's gain.
        warp_spread: Standard deviation of the logarithm of the speed.
        warp_span_samples: Samples over which the speed changes from one drawn value to the next.
        drop_probability: How likely a channel is dead in a recording, 0 to 1.
        noise_std: Standard deviation of the noise, in deviations of the training data.
    """

    triples: tuple[tuple[int, ...], ...] = ()
    max_angle_deg: float = 0.0
    scale_spread: float = 0.0
    warp_spread: float = 0.0
    warp_span_samples: int = 100
    drop_probability: float = 0.0
    noise_std: float = 0.0

    def __post_init__(self) -> None:
        _check_triples(self.triples)
        angle_deg, probability = self.max_angle_deg, self.drop_probability
        require(0 <= angle_deg <= 180, f"max_angle_deg must lie in 0..180, got {angle_deg:g}")
        require(
            not angle_deg or len(self.triples) > 0,
            f"max_angle_deg is {angle_deg:g}, and nothing is turned; name what is, as triples = [[0, 1, 2]]",
        )
        require(
            0 <= probability < 1, f"drop_probability must be 0 or more, and less than 1, got {probability:g}"
        )
        for name in ("scale_spread", "warp_spread", "noise_std"):
            require(getattr(self, name) >= 0, f"{name} must be 0 or more, got {getattr(self, name):g}")
        require(
            self.warp_span_samples >= 1, f"warp_span_samples must be 1 or more, got {self.warp_span_samples}"
        )


def augment(
    x: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    *,
    config: SensorAugmentConfig,
    mean: np.ndarray,
    std: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """All of it, in the order in which it happens: the motion, how the sensor lies, its gain, its faults.

    Args:
        x: ``[n, n_channels]``.
        labels: ``[n, ...]``, of the samples.
        rng: Where chance comes from.
        config: How much of what.
        mean: ``[n_channels]`` of the training data, which a dead channel shows.
        std: ``[n_channels]`` of the training data, which noise is measured by.

    Returns:
        Samples ``[m, n_channels]`` and labels ``[m, ...]``.
    """
    if config.warp_spread:
        x, labels = warp_time(
            x, labels, rng, spread=config.warp_spread, span_samples=config.warp_span_samples
        )
    if config.max_angle_deg:
        x = rotate(x, rng, triples=config.triples, max_angle_deg=config.max_angle_deg)
    if config.scale_spread:
        x = scale(x, rng, triples=config.triples, spread=config.scale_spread)
    if config.noise_std:
        x = add_noise(x, rng, std=config.noise_std * std)
    if config.drop_probability:
        x = drop_channels(x, rng, probability=config.drop_probability, fill=mean)
    return x, labels


def random_rotation(rng: np.random.Generator, *, max_angle_deg: float) -> np.ndarray:
    """A rotation ``[3, 3]`` about an axis of any direction, by an angle drawn evenly up to ``max_angle_deg``.

    ``cos(a) I + sin(a) K + (1 - cos(a)) k k^T`` (Rodrigues, 1840), where ``K v = k x v``.
    """
    axis = rng.standard_normal(3)
    axis /= np.sqrt(axis @ axis)
    angle = np.deg2rad(rng.uniform(0, max_angle_deg))
    across = np.cross(np.eye(3), axis)
    turn = np.cos(angle) * np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * np.outer(axis, axis)
    return np.asarray(turn)


def rotate(
    x: np.ndarray, rng: np.random.Generator, *, triples: Sequence[Sequence[int]], max_angle_deg: float
) -> np.ndarray:
    """Wear the device another way round: one rotation for the whole of ``x``, the same for every triple.

    Acceleration and rate of turn are vectors in the axes of one device, so they turn together; norms, and the
    angles between vectors, stay. Other columns are left alone.

    Args:
        x: ``[n, n_channels]``.
        rng: Where chance comes from.
        triples: Columns of the vectors.
        max_angle_deg: The largest angle that is turned by.

    Raises:
        ConfigError: No triples, or a column in two of them.
    """
    _check_triples(triples)
    turned = np.array(x, np.float32)
    matrix = random_rotation(rng, max_angle_deg=max_angle_deg).T.astype(np.float32)
    for columns in triples:
        turned[:, list(columns)] = x[:, list(columns)] @ matrix
    return turned


def scale(
    x: np.ndarray, rng: np.random.Generator, *, spread: float, triples: Sequence[Sequence[int]] = ()
) -> np.ndarray:
    """Another gain: a factor ``exp(normal(0, spread))`` for every triple, and for every column in none.

    Args:
        x: ``[n, n_channels]``.
        rng: Where chance comes from.
        spread: Standard deviation of the logarithm of the factor.
        triples: Columns of vectors, which keep their direction.

    Raises:
        ConfigError: No triples, or a column in two of them.
    """
    _check_triples(triples)
    gains = np.exp(rng.normal(0, spread, x.shape[1]))
    for columns in triples:
        gains[list(columns)] = gains[columns[0]]
    return np.asarray(x * gains.astype(np.float32), np.float32)


def warp_time(
    x: np.ndarray, labels: np.ndarray, rng: np.random.Generator, *, spread: float, span_samples: int
) -> tuple[np.ndarray, np.ndarray]:
    """Move faster here and slower there: the speed changes smoothly, the labels go with the samples.

    The logarithm of the speed is drawn from ``normal(0, spread)`` every ``span_samples`` and goes in a
    straight line between. Samples are interpolated, labels taken from the nearest one. Amplitudes stay as
    they are: what a faster motion adds to them, ``scale`` has to do.

    Args:
        x: ``[n, n_channels]``.
        labels: ``[n, ...]``, of any type.
        rng: Where chance comes from.
        spread: Standard deviation of the logarithm of the speed.
        span_samples: Samples between two drawn speeds.

    Returns:
        Samples ``[m, n_channels]`` and labels ``[m, ...]``: the same first and last sample, the same order,
        and ``m`` as long as it takes at that speed.
    """
    n = len(x)
    if n < 2:
        return np.array(x, np.float32), labels.copy()
    knots = rng.normal(0, spread, 2 + (n - 1) // span_samples)
    log_speed = np.interp(np.arange(n - 1) / span_samples, np.arange(len(knots)), knots)
    times = np.concatenate([[0.0], np.cumsum(np.exp(-log_speed))])
    m = max(2, 1 + round(float(times[-1])))
    positions = np.interp(np.linspace(0, times[-1], m), times, np.arange(n))
    whole = np.minimum(positions.astype(np.int64), n - 2)
    fraction = (positions - whole).astype(np.float32)[:, np.newaxis]
    warped = x[whole] * (1 - fraction) + x[whole + 1] * fraction
    return np.asarray(warped, np.float32), labels[np.rint(positions).astype(np.int64)]


def drop_channels(
    x: np.ndarray, rng: np.random.Generator, *, probability: float, fill: np.ndarray | float = 0.0
) -> np.ndarray:
    """Let channels of ``x`` ``[n, n_channels]`` be dead with ``probability``, all through, but never all.

    A dead channel shows ``fill`` (``[n_channels]`` or one number); the mean of the training data tells least.
    """
    dead = np.asarray(rng.random(x.shape[1]) < probability)
    if dead.all():
        dead[rng.integers(len(dead))] = False
    return np.where(dead, np.asarray(fill, np.float32), x).astype(np.float32)


def add_noise(x: np.ndarray, rng: np.random.Generator, *, std: np.ndarray | float) -> np.ndarray:
    """White noise of deviation ``std`` (``[n_channels]`` or one number) on top of ``x``."""
    noise = rng.standard_normal(x.shape, np.float32)
    return np.asarray(x + noise * np.asarray(std, np.float32), np.float32)


def _check_triples(triples: Sequence[Sequence[int]]) -> None:
    columns = [column for triple in triples for column in triple]
    require(
        all(len(triple) == 3 for triple in triples) and len(set(columns)) == len(columns),
        f"expected triples of columns, each column in one at most, as [[0, 1, 2], [3, 4, 5]]; got {triples}",
    )
