"""How sure a figure is: 95 % intervals in closed form, and what the independent units are."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from speechlstm.config import require

__all__ = ["Interval", "rate_interval", "sampling_units", "speaker_numbers", "widening", "wilson"]

Interval = tuple[float, float]

_Z95 = 1.959964
# Student's t of 1 to 4 degrees of freedom, two-sided 95 %; beyond, its expansion is right to 0.003
_T95 = (12.7062, 4.3027, 3.1824, 2.7764)
_MIN_SPEAKERS = 2
_MIN_FILES = 10


def wilson(k: float, n: int) -> Interval:
    """Wilson's score interval, 95 %, of a proportion (Wilson, JASA 1927).

    Args:
        k: Hits, 0 to ``n``.
        n: Independent trials; of none, nothing is known and the interval is 0 to 1.

    Returns:
        The lower and the upper limit.

    Raises:
        ConfigError: ``k`` is not in 0 to ``n``.

    Example:
        >>> [round(limit, 3) for limit in wilson(1, 1)]
        [0.207, 1.0]
    """
    require(0 <= k <= n, f"hits must be 0 to {n} (the trials), got {k}")
    if n == 0:
        return 0.0, 1.0
    p, z2 = k / n, _Z95**2
    centre, spread = p + z2 / (2 * n), _Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)
    return max(0.0, low) if k else 0.0, min(1.0, high) if k < n else 1.0


def rate_interval(counts: Sequence[int], hours: float) -> Interval:
    """Interval, 95 %, of events an hour, wide enough for events that come in bursts.

    Byar's approximation of the exact limits of a Poisson rate (Breslow and Day, 1987, volume II), widened to
    the bootstrap over files where there are ten or more. No event in ``T`` hours says no more than that there
    are fewer than ``3 / T`` an hour: the upper limit is one-sided then.

    Args:
        counts: Events of each file.
        hours: Length of all files together, more than 0.

    Example:
        >>> rate_interval([0, 0], 6.0)
        (0.0, 0.5)
    """
    n = sum(counts)
    if n == 0:
        return 0.0, 3 / hours
    low = n * (1 - 1 / (9 * n) - _Z95 / (3 * sqrt(n))) ** 3
    high = (n + 1) * (1 - 1 / (9 * (n + 1)) + _Z95 / (3 * sqrt(n + 1))) ** 3
    if len(counts) >= _MIN_FILES:
        draws = np.random.default_rng(0).choice(np.asarray(counts), (2000, len(counts))).sum(axis=1)
        lowest, highest = np.quantile(draws, (0.025, 0.975)).tolist()
        low, high = min(low, lowest), max(high, highest)
    return low / hours, high / hours


def sampling_units(speakers: Sequence[str]) -> NDArray[np.int64] | None:
    """The unit to resample by: the speaker where at least two are named, else the clip.

    Clips of one speaker tell of that speaker alone, however many they are.

    Args:
        speakers: The speaker of each clip, ``[clip]``; a clip without one is a unit of its own.

    Returns:
        The number of each clip's unit, ``[clip]``; ``None`` where clips are the units.
    """
    if len(set(speakers) - {""}) < _MIN_SPEAKERS:
        return None
    return speaker_numbers(speakers)


def speaker_numbers(speakers: Sequence[str]) -> NDArray[np.int64]:
    """The number of each clip's speaker ``[clip]``, by first appearance; a clip without one has its own."""
    keys = [(name, -1) if name else ("", i) for i, name in enumerate(speakers)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def widening(n_units: int) -> float:
    """How much wider an interval must be than the bootstrap's percentiles, which take units for many.

    Resamples vary by ``sqrt((n - 1) / n)`` of what samples vary by, and their own variance is a guess from
    ``n`` units: Student's t in place of the normal distribution (Hesterberg, American Statistician 2015).

    Args:
        n_units: Independent units, at least 2.

    Example:
        >>> [round(widening(n), 2) for n in (2, 5, 10, 100)]
        [9.17, 1.58, 1.22, 1.02]
    """
    return sqrt(n_units / (n_units - 1)) * _student(n_units - 1) / _Z95


def _student(n: int) -> float:
    """Student's t with ``n`` degrees of freedom, 97.5 % (Abramowitz and Stegun, 26.7.5)."""
    if n <= len(_T95):
        return _T95[n - 1]
    z = _Z95
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3
