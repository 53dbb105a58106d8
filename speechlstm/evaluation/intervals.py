"""How sure a rate is: 95 % intervals that hold for few clips and for clips of the same speaker."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from speechlstm.config import require

__all__ = [
    "Interval",
    "clip_ratio_interval",
    "proportion_interval",
    "quantile_intervals",
    "rate_interval",
    "ratio_interval",
    "relative_interval",
    "sampling_units",
    "speaker_numbers",
    "statistic_intervals",
    "wilson",
]

Interval = tuple[float, float]

_Z95 = 1.959964
_MIN_SPEAKERS = 10


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


def ratio_interval(
    numerators: ArrayLike, denominators: ArrayLike, *, n_resamples: int = 2000, seed: int = 0
) -> Interval | None:
    """Percentile bootstrap interval, 95 %, of ``sum(numerators) / sum(denominators)``.

    Units are drawn with replacement, numerator and denominator together. Where every resample gives
    the same rate, as for no errors at all, the bootstrap would claim certainty: Wilson's interval with
    one trial a word takes its place.

    Args:
        numerators: Errors of each independent unit, ``[unit]``, whole numbers.
        denominators: Words of each unit, ``[unit]``, whole numbers.
        n_resamples: Draws.
        seed: Of the random numbers.

    Returns:
        The lower and the upper limit; ``None`` for fewer than two units or no words.
    """
    units = np.column_stack([np.asarray(numerators), np.asarray(denominators)]).astype(np.int64)
    n_units = len(units)
    if n_units < 2 or not units[:, 1].sum():
        return None
    # Units with the same counts are alike, so drawing how many of each kind there are is enough.
    kinds, counts = np.unique(units, axis=0, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(n_units, counts / n_units, size=n_resamples)
    totals = draws @ kinds  # [n_resamples, 2]
    totals = totals[totals[:, 1] > 0]
    low, high = np.quantile(totals[:, 0] / totals[:, 1], (0.025, 0.975))
    return (float(low), float(high)) if low < high else _same_everywhere(*units.sum(axis=0).tolist())


def proportion_interval(hits: ArrayLike, units: NDArray[np.int64] | None = None) -> Interval | None:
    """Interval, 95 %, of a share of clips, wide enough for clips that resemble each other.

    Args:
        hits: 1 for each clip that is right, 0 for one that is wrong, ``[clip]``.
        units: The independent unit (the speaker) of each clip, ``[clip]``; ``None``: every clip is one.

    Returns:
        Wilson's interval over the clips, widened to the bootstrap over the units where that reaches
        further; ``None`` for no clips.
    """
    hits = np.asarray(hits, dtype=np.int64)
    if not len(hits):
        return None
    low, high = wilson(int(hits.sum()), len(hits))
    resampled = None if units is None else ratio_interval(*_per_unit(units, hits, np.ones_like(hits)))
    if resampled is None:
        return low, high
    return min(low, resampled[0]), max(high, resampled[1])


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
    if len(counts) >= _MIN_SPEAKERS:
        draws = np.random.default_rng(0).choice(np.asarray(counts), (2000, len(counts))).sum(axis=1)
        lowest, highest = np.quantile(draws, (0.025, 0.975)).tolist()
        low, high = min(low, lowest), max(high, highest)
    return low / hours, high / hours


def sampling_units(speakers: Sequence[str]) -> NDArray[np.int64] | None:
    """The unit to resample by: the speaker where at least ten are named, else the clip.

    Args:
        speakers: The speaker of each clip, ``[clip]``; a clip without one is a unit of its own.

    Returns:
        The number of each clip's unit, ``[clip]``; ``None`` where clips are the units.
    """
    named = Counter(name for name in speakers if name)
    if len(named) < _MIN_SPEAKERS:
        return None
    return speaker_numbers(speakers)


def speaker_numbers(speakers: Sequence[str]) -> NDArray[np.int64]:
    """The number of each clip's speaker ``[clip]``, by first appearance; a clip without one has its own."""
    keys = [(name, -1) if name else ("", i) for i, name in enumerate(speakers)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def clip_ratio_interval(
    numerators: ArrayLike, denominators: ArrayLike, units: NDArray[np.int64] | None
) -> Interval | None:
    """:func:`ratio_interval` of counts per clip, resampled by ``units`` (``None``: by clip)."""
    if units is None:
        return ratio_interval(numerators, denominators)
    return ratio_interval(*_per_unit(units, numerators, denominators))


def statistic_intervals(
    counts: ArrayLike,
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    units: NDArray[np.int64] | None,
    *,
    share: bool,
    centred: bool = False,
    n_resamples: int = 2000,
    seed: int = 0,
) -> list[Interval | None]:
    """Percentile bootstrap intervals, 95 %, of figures that are made from summed counts.

    Args:
        counts: Of each clip, ``[clip, n_counts]``, whole numbers.
        statistic: From sums ``[n, n_counts]`` to figures ``[n, n_figures]``; NaN where there is none.
        units: The independent unit of each clip, ``[clip]``; ``None``: every clip is one.
        share: Whether the figures lie in 0 to 1. Where every resample gives the same one, Wilson's interval
            with one trial a unit takes its place; figures that are no shares are then unknown.
        centred: Whether to take away from the resamples what they lie above the figure on average: of a mean
            of distances, which chance can only raise, and which every resample raises anew.
        n_resamples: Draws.
        seed: Of the random numbers.

    Returns:
        The limits of each figure; ``None`` for fewer than two units or no figure.
    """
    rows = np.asarray(counts, dtype=np.int64)
    if units is not None:
        rows, clips = np.zeros((len(set(units.tolist())), rows.shape[1]), np.int64), rows
        np.add.at(rows, units, clips)
    n_units = len(rows)
    if n_units < 2:
        return [None] * statistic(rows.sum(axis=0, keepdims=True)).shape[1]
    draws = np.random.default_rng(seed).multinomial(n_units, np.full(n_units, 1 / n_units), n_resamples)
    resampled = statistic(draws @ rows)
    if centred:
        resampled = resampled - (np.nanmean(resampled, axis=0) - statistic(rows.sum(axis=0, keepdims=True)))
    return [_limits(figures, n_units if share else None) for figures in resampled.T]


def relative_interval(
    counts: ArrayLike, baseline: ArrayLike, units: NDArray[np.int64] | None, *, n_resamples: int = 2000
) -> Interval | None:
    """Percentile bootstrap interval, 95 %, of ``sum(counts) / sum(baseline)``, both of the same clips.

    Half an error is added to either sum of a resample (Haldane, 1956), so that one without errors on the
    baseline widens the interval in place of having no ratio.

    Args:
        counts: Errors of each clip under a condition, ``[clip]``, whole numbers.
        baseline: Errors of the same clips without it, ``[clip]``.
        units: The independent unit of each clip, ``[clip]``; ``None``: every clip is one.
        n_resamples: Draws.

    Returns:
        The lower and the upper limit; ``None`` for fewer than two units, or a baseline without errors, which
        any ratio would agree with.
    """
    pairs = np.column_stack([np.asarray(counts), np.asarray(baseline)]).astype(np.int64)
    if not pairs[:, 1].any():
        return None

    def ratio(sums: NDArray[np.int64]) -> NDArray[np.float64]:
        return (sums[:, :1] + 0.5) / (sums[:, 1:] + 0.5)

    return statistic_intervals(pairs, ratio, units, share=False, n_resamples=n_resamples)[0]


def quantile_intervals(
    values: ArrayLike,
    quantiles: Sequence[float],
    units: NDArray[np.int64] | None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> list[Interval | None]:
    """Percentile bootstrap intervals, 95 %, of quantiles, each as :func:`numpy.quantile` has it.

    Args:
        values: What was measured, ``[n]``.
        quantiles: Which quantiles, each 0 to 1.
        units: The independent unit of each value, ``[n]``; ``None``: every value is one.
        n_resamples: Draws.
        seed: Of the random numbers.

    Returns:
        The limits of each quantile; ``None`` for fewer than two units, or of values that are all the same:
        that the next one would be so too is not known.
    """
    x = np.asarray(values, dtype=np.float64)
    unit = np.arange(len(x)) if units is None else np.unique(units, return_inverse=True)[1]
    n_units = int(unit.max(initial=-1)) + 1
    if n_units < 2:
        return [None] * len(quantiles)
    order = np.argsort(x)
    ordered = x[order]
    draws = np.random.default_rng(seed).multinomial(n_units, np.full(n_units, 1 / n_units), n_resamples)
    drawn = draws[:, unit[order]].cumsum(axis=1)  # [n_resamples, n], how many values up to here
    found = []
    for q in quantiles:
        place = q * (drawn[:, -1:] - 1.0)
        whole = np.floor(place)
        below, above = (ordered[(drawn <= at).sum(axis=1)] for at in (whole, np.ceil(place)))
        found.append(_limits(below + (place - whole)[:, 0] * (above - below), None))
    return found


def _limits(figures: NDArray[np.float64], n_trials: int | None) -> Interval | None:
    """The limits of one figure's resamples; ``n_trials`` only where it is a share."""
    figures = figures[np.isfinite(figures)]
    if not len(figures):
        return None
    low, high = np.quantile(figures, (0.025, 0.975)).tolist()
    if low < high:
        return low, high
    return None if n_trials is None else wilson(low * n_trials, n_trials)


def _per_unit(units: NDArray[np.int64], *counts: ArrayLike) -> list[NDArray[np.int64]]:
    return [np.bincount(units, weights=np.asarray(c, dtype=float)).astype(np.int64) for c in counts]


def _same_everywhere(numerator: int, denominator: int) -> Interval:
    low, high = wilson(min(numerator, denominator), denominator)
    return low, max(numerator / denominator, high)
