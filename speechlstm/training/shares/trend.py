"""Whether more data would help: a power law through errors (Hestness et al., 2017), and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speechlstm.evaluation.intervals import Interval

__all__ = ["Trend", "trend_of"]

_N_DRAWS = 4000
_Z95 = 1.96
# a doubling that takes away less than this share of the errors is hardly worth its recordings
_WORTH_IT = 0.05


@dataclass(frozen=True, slots=True)
class Trend:
    """``error = a * amount ** -exponent``, fitted to the logarithms.

    Attributes:
        a: The error of a single one, by the law.
        exponent: How steeply the error falls.
        gain: Share of the errors that a doubling of the data takes away by the law, ``1 - 2 ** -exponent``.
        gain_ci95: Its interval, 95 %: the errors are drawn anew within their own, each by itself, and the law
            is fitted again; None where an error has no interval.
        last_gain: The same share between the last two amounts alone, scaled to a doubling.
    """

    a: float
    exponent: float
    gain: float
    gain_ci95: Interval | None
    last_gain: float

    def error(self, amount: float) -> float:
        """The error at an amount, by the law."""
        return float(self.a * amount**-self.exponent)

    @property
    def verdict(self) -> str:
        """Whether recording more would help, in a sentence or two."""
        said = f"{self._answer}: by the law a doubling takes away {100 * self.gain:.0f} % of the errors"
        if self.gain_ci95 is not None:
            low, high = self.gain_ci95
            said += f" (95 %: {100 * low:.0f} to {100 * high:.0f} %)"
        if self.last_gain < self.gain / 2:
            said += f". The last doubling took {100 * self.last_gain:.0f} %: the curve may be flattening"
        return said + "."

    @property
    def _answer(self) -> str:
        if self.gain_ci95 is None:
            return "How sure this is is not known"
        low, high = self.gain_ci95
        if low > 0:
            return "Recording more would help"
        return "More of the same would hardly help" if high < _WORTH_IT else "These figures cannot tell"


def trend_of(
    amounts: Sequence[int], errors: Sequence[float], intervals: Sequence[Interval | None]
) -> Trend | None:
    """Fit a power law.

    A law that falls for ever is the best case: errors of labels and of hearing set a floor.

    Args:
        amounts: Rising, of data.
        errors: At each amount.
        intervals: Of each error, 95 %.

    Returns:
        The law; None of fewer than two different amounts, or where an error is 0 or unknown.
    """
    x, y = np.log2(np.asarray(amounts, float)), np.asarray(errors, float)
    if len(set(amounts)) < 2 or not (y > 0).all():
        return None
    y = np.log2(y)
    spreads = [_spread(error, ci95) for error, ci95 in zip(errors, intervals, strict=True)]
    known = np.array([s for s in spreads if s is not None])
    # the same weights for all where one is not known
    sure = known if len(known) == len(x) else np.ones(len(x))
    exponent = float(_slopes(x, y[None], sure)[0])
    a = 2 ** float(np.average(y + exponent * x, weights=1 / sure**2))
    last = (y[-1] - y[-2]) / (x[-1] - x[-2]) if x[-1] > x[-2] else 0.0
    ci95 = None
    if len(known) == len(x):
        draws = y + known * np.random.default_rng(0).normal(size=(_N_DRAWS, len(x)))
        low, high = np.quantile(1 - 2 ** -_slopes(x, draws, sure), (0.025, 0.975)).tolist()
        ci95 = (low, high)
    return Trend(a, exponent, 1 - 2**-exponent, ci95, 1 - 2 ** float(last))


def _spread(error: float, ci95: Interval | None) -> float | None:
    """Standard deviation of an error's logarithm to 2, by the end of its interval that lies further up."""
    if ci95 is None or not ci95[1] > error > 0:
        return None
    return float(np.log2(ci95[1] / error)) / _Z95


def _slopes(x: np.ndarray, rows: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How steeply each row ``[n, points]`` falls, by least squares weighted by how sure each point is."""
    weights = 1 / spread**2
    centred = x - np.average(x, weights=weights)
    return np.asarray(-(rows * weights * centred).sum(axis=1) / (weights * centred**2).sum())
