"""Figures of segments and frames from summed counts, with their intervals."""

from collections.abc import Sequence
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.evaluation.bootstrap import statistic_intervals
from speechlstm.evaluation.intervals import Interval
from speechlstm.evaluation.segments.scorer import SegmentResult
from speechlstm.timing import Rate

__all__ = ["Estimate", "confusion_of", "delays", "false_per_hour", "share_intervals", "share_values"]

_DELAYS = (0.5, 0.95)
_HOUR_S = 3600
_Counts = NDArray[np.int64]
_Figures = NDArray[np.float64]


class Estimate(NamedTuple):
    """A figure and its 95 % interval; each ``None`` where there is too little to tell."""

    value: float | None
    ci95: Interval | None


def share_values(done: Sequence[SegmentResult], n_classes: int) -> list[float | None]:
    """Frame accuracy, macro F1 and segment F1; then precision, recall and F1 of each class.

    Args:
        done: The recordings, failed ones left out.
        n_classes: Number of classes in their confusions.

    Returns:
        ``3 + 3 * n_classes`` shares, 0 to 1, first all precisions, then all recalls; ``None`` where there is
        nothing to share.
    """
    sums = _counts(done, n_classes).sum(axis=0, keepdims=True)
    return [_known(value) for value in _shares(sums, n_classes)[0].tolist()]


def share_intervals(
    done: Sequence[SegmentResult], n_classes: int, units: _Counts | None
) -> list[Interval | None]:
    """The interval of each of :func:`share_values`, by bootstrap over ``units`` (``None``: recordings)."""
    counts = _counts(done, n_classes)
    return statistic_intervals(counts, lambda sums: _shares(sums, n_classes), units, share=True)


def confusion_of(done: Sequence[SegmentResult], n_classes: int) -> _Counts:
    """Frames of all recordings, int64 ``[n_classes, n_classes + 1]``."""
    total = np.zeros((n_classes, n_classes + 1), np.int64)
    for r in done:
        total += r.confusion
    return total


def _counts(done: Sequence[SegmentResult], n_classes: int) -> _Counts:
    """``[recording, ...]``: segments found, missed and wrong, then the confusion of the frames."""
    rows = [[r.n_found, r.n_missed, r.n_wrong, *r.confusion.ravel().tolist()] for r in done]
    return np.array(rows, np.int64).reshape(len(done), 3 + n_classes * (n_classes + 1))


def _shares(sums: _Counts, n_classes: int) -> _Figures:
    """From sums of :func:`_counts`, ``[n, ...]``, to the figures of :func:`share_values`, ``[n, ...]``."""
    found, missed, wrong = sums[:, :3].T
    confusion = sums[:, 3:].reshape(-1, n_classes, n_classes + 1)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    true, answered = confusion.sum(axis=2), confusion[:, :, :n_classes].sum(axis=1)
    f1 = _ratio(2 * right, true + answered)
    whole = [
        _ratio(right.sum(axis=1), true.sum(axis=1)),
        _ratio(np.nansum(f1, axis=1), np.isfinite(f1).sum(axis=1)),
        _ratio(2 * found, 2 * found + missed + wrong),
    ]
    return np.column_stack([*whole, _ratio(right, answered), _ratio(right, true), f1])


def _ratio(a: NDArray[Any], b: NDArray[Any]) -> _Figures:
    """``a / b``, NaN where ``b`` is 0."""
    out = np.full(a.shape, np.nan)
    np.divide(a, b, out=out, where=b > 0)
    return out


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def delays(done: Sequence[SegmentResult], units: _Counts | None, sample_rate_hz: Rate) -> list[Estimate]:
    """Median and 95th percentile of the onset delays of all segments found, in seconds."""
    all_delays = np.array([d for r in done for d in r.onset_delays_samples]) / float(sample_rate_hz)
    recording = np.repeat(np.arange(len(done)), [len(r.onset_delays_samples) for r in done])

    def quantiles(n_drawn: _Counts) -> _Figures:
        # [n, recording], how often each recording was drawn
        drawn = (np.repeat(all_delays, times[recording]) for times in n_drawn)
        none = np.full(len(_DELAYS), np.nan)
        return np.array([np.quantile(d, _DELAYS) if len(d) else none for d in drawn])

    values = quantiles(np.ones((1, len(done)), np.int64))[0]
    intervals = statistic_intervals(np.eye(len(done), dtype=np.int64), quantiles, units, share=False)
    return [Estimate(_known(v), ci) for v, ci in zip(values.tolist(), intervals, strict=True)]


def false_per_hour(done: Sequence[SegmentResult], units: _Counts | None, sample_rate_hz: Rate) -> Estimate:
    """False segments by hours of unlabelled time; for none at all with the limit of Poisson's law."""
    counts = np.array([[r.n_false, r.n_unlabelled_samples] for r in done], np.int64).reshape(-1, 2)
    n_false, n_unlabelled = counts.sum(axis=0).tolist()
    if not n_unlabelled:
        return Estimate(None, None)
    samples_an_hour = float(sample_rate_hz * _HOUR_S)
    if not n_false:
        # the highest rate that gives no event with a probability of at least 2.5 %
        return Estimate(0.0, (0.0, -log(0.025) * samples_an_hour / n_unlabelled))

    def rate(sums: _Counts) -> _Figures:
        return samples_an_hour * _ratio(sums[:, :1], sums[:, 1:])

    (interval,) = statistic_intervals(counts, rate, units, share=False)
    return Estimate(n_false * samples_an_hour / n_unlabelled, interval)
