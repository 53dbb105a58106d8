"""95 % intervals by the bootstrap, which hold for few clips and for clips of the same speaker."""

from collections.abc import Callable, Sequence
from math import exp, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from speechlstm.evaluation.intervals import Interval, widening, wilson

__all__ = [
    "clip_ratio_interval",
    "proportion_interval",
    "quantile_intervals",
    "ratio_interval",
    "relative_interval",
    "statistic_intervals",
]

# of fewer units the ratio of two counts is anybody's guess
_MIN_UNITS_OF_RATIO = 5
# figures that differ by less are the same but for rounding
_SAME = 1e-9


def ratio_interval(
    numerators: ArrayLike, denominators: ArrayLike, *, n_resamples: int = 2000, seed: int = 0
) -> Interval | None:
    """Bootstrap interval, 95 %, of ``sum(numerators) / sum(denominators)``.

    Units are drawn with replacement, numerator and denominator together. What their percentiles lack where
    units are few, Student's t adds (:func:`~speechlstm.evaluation.intervals.widening`); where errors need
    words, no further than to all words wrong, or the worst unit. Units with neither count for nothing. Where
    every resample gives the same rate, as for no errors at all, the bootstrap would claim certainty: Wilson's
    interval with one trial a word takes its place.

    Args:
        numerators: Errors of each independent unit, ``[unit]``, whole numbers.
        denominators: Words of each unit, ``[unit]``, whole numbers.
        n_resamples: Draws.
        seed: Of the random numbers.

    Returns:
        The lower and the upper limit; ``None`` for fewer than two units or no words.
    """
    units = np.column_stack([np.asarray(numerators), np.asarray(denominators)]).astype(np.int64)
    units = units[units.any(axis=1)]
    n_units = len(units)
    if n_units < 2 or not units[:, 1].sum():
        return None
    # Units with the same counts are alike, so drawing how many of each kind there are is enough.
    kinds, counts = np.unique(units, axis=0, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(n_units, counts / n_units, size=n_resamples)
    totals = draws @ kinds  # [n_resamples, 2]
    totals = totals[totals[:, 1] > 0]
    n_wrong, n = units.sum(axis=0).tolist()
    limits = _widened(totals[:, 0] / totals[:, 1], n_wrong / n, n_units)
    if limits is None:
        return _same_everywhere(n_wrong, n)
    if not units[:, 1].all():
        # false words where none was said, of which there can be any number
        return max(0.0, limits[0]), limits[1]
    return max(0.0, limits[0]), min(limits[1], max(1.0, float((units[:, 0] / units[:, 1]).max())))


def clip_ratio_interval(
    numerators: ArrayLike, denominators: ArrayLike, units: NDArray[np.int64] | None
) -> Interval | None:
    """:func:`ratio_interval` of counts per clip, resampled by ``units`` (``None``: by clip)."""
    if units is None:
        return ratio_interval(numerators, denominators)
    return ratio_interval(*_per_unit(units, numerators, denominators))


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
    """Bootstrap intervals, 95 %, of figures that are made from summed counts, as :func:`ratio_interval`'s.

    Args:
        counts: Of each clip, ``[clip, n_counts]``, whole numbers.
        statistic: From sums ``[n, n_counts]`` to figures ``[n, n_figures]``; NaN where there is none.
        units: The independent unit of each clip, ``[clip]``; ``None``: every clip is one.
        share: Whether the figures lie in 0 to 1. Where every resample gives the same one, Wilson's interval
            with one trial a unit takes its place; figures that are no shares are then unknown.
        centred: Whether to take away from the resamples what they lie above the figure on average: of a mean
            of distances, which chance can only raise, and which every resample raises anew. The interval is
            then around the figure itself, which is too high by about as much.
        n_resamples: Draws.
        seed: Of the random numbers.

    Returns:
        The limits of each figure; ``None`` for fewer than two units with any count, or no figure.
    """
    rows = np.asarray(counts, dtype=np.int64)
    if units is not None:
        rows, clips = np.zeros((len(set(units.tolist())), rows.shape[1]), np.int64), rows
        np.add.at(rows, np.unique(units, return_inverse=True)[1], clips)
    everything = rows.sum(axis=0, keepdims=True)
    rows = rows[rows.any(axis=1)]
    n_units = len(rows)
    if n_units < 2:
        return [None] * statistic(everything).shape[1]
    draws = np.random.default_rng(seed).multinomial(n_units, np.full(n_units, 1 / n_units), n_resamples)
    resampled, found = statistic(draws @ rows), statistic(everything)[0]
    if centred:
        known = np.isfinite(resampled)
        mean = np.where(known, resampled, 0).sum(axis=0) / np.maximum(1, known.sum(axis=0))
        resampled = resampled - (mean - found)
    return [
        _of_share(figures, figure, n_units) if share else _widened(figures, figure, n_units)
        for figures, figure in zip(resampled.T, found.tolist(), strict=True)
    ]


def relative_interval(
    counts: ArrayLike, baseline: ArrayLike, units: NDArray[np.int64] | None, *, n_resamples: int = 2000
) -> Interval | None:
    """Bootstrap interval, 95 %, of ``sum(counts) / sum(baseline)``, both of the same clips.

    The logarithm is resampled. Half an error is added to either sum of a resample (Haldane, 1956), so that
    one without errors on the baseline widens the interval in place of having no ratio; what that moves the
    ratio itself is taken away again.

    Args:
        counts: Errors of each clip under a condition, ``[clip]``, whole numbers.
        baseline: Errors of the same clips without it, ``[clip]``.
        units: The independent unit of each clip, ``[clip]``; ``None``: every clip is one.
        n_resamples: Draws.

    Returns:
        The lower and the upper limit, the ratio between them; ``None`` for fewer than five units with errors,
        a baseline without any, which every ratio would agree with, or units that all have the same ratio.
    """
    pairs = np.column_stack([np.asarray(counts), np.asarray(baseline)]).astype(np.int64)
    n_errors, n_before = pairs.sum(axis=0).tolist() if len(pairs) else (0, 0)
    is_wrong = pairs.any(axis=1)
    n_units = is_wrong.sum() if units is None else len(set(units[is_wrong].tolist()))
    if not n_before or n_units < _MIN_UNITS_OF_RATIO:
        return None

    def ratio(sums: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(np.log(sums[:, :1] + 0.5) - np.log(sums[:, 1:2] + 0.5))

    # a clip without errors has been heard all the same
    heard = np.column_stack([pairs, np.ones(len(pairs), np.int64)])
    limits = statistic_intervals(heard, ratio, units, share=False, n_resamples=n_resamples)[0]
    if limits is None:
        return None
    if not n_errors:
        return 0.0, exp(limits[1])
    moved = log(n_errors / n_before) - float(ratio(np.array([[n_errors, n_before]]))[0, 0])
    return exp(limits[0] + moved), exp(limits[1] + moved)


def quantile_intervals(
    values: ArrayLike,
    quantiles: Sequence[float],
    units: NDArray[np.int64] | None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> list[Interval | None]:
    """Bootstrap intervals, 95 %, of quantiles as :func:`numpy.quantile` has them.

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
        quantile = float(np.quantile(x, q))
        found.append(_widened(below + (place - whole)[:, 0] * (above - below), quantile, n_units))
    return found


def _widened(resamples: NDArray[np.float64], figure: float, n_units: int) -> Interval | None:
    """The limits of a figure from its resamples; ``None`` where all are the same, or none has it."""
    limits = _percentiles(resamples)
    if limits is None or not np.isfinite(figure) or limits[1] - limits[0] < _SAME:
        return None
    by = widening(n_units)
    low, high = (figure + by * (limit - figure) for limit in limits)
    return min(low, figure), max(high, figure)


def _of_share(resamples: NDArray[np.float64], figure: float, n_units: int) -> Interval | None:
    """The same of a share, which lies in 0 to 1; where all are the same, one trial a unit."""
    limits = _widened(resamples, figure, n_units)
    if limits is not None:
        return max(0.0, limits[0]), min(1.0, limits[1])
    return wilson(min(1.0, figure) * n_units, n_units) if np.isfinite(figure) else None


def _percentiles(resamples: NDArray[np.float64]) -> Interval | None:
    """What 95 % of the resamples lie within; ``None`` where no resample has the figure."""
    resamples = resamples[np.isfinite(resamples)]
    if not len(resamples):
        return None
    low, high = np.quantile(resamples, (0.025, 0.975)).tolist()
    return low, high


def _per_unit(units: NDArray[np.int64], *counts: ArrayLike) -> list[NDArray[np.int64]]:
    of_unit = np.unique(units, return_inverse=True)[1]
    return [np.bincount(of_unit, weights=np.asarray(c, dtype=float)).astype(np.int64) for c in counts]


def _same_everywhere(numerator: int, denominator: int) -> Interval:
    low, high = wilson(min(numerator, denominator), denominator)
    return low, max(numerator / denominator, high)
