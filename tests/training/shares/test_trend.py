import numpy as np
import pytest

from speechlstm.training.shares.trend import trend_of

AMOUNTS = [10, 20, 40, 80]


def around(errors: list[float], factor: float) -> list[tuple[float, float] | None]:
    return [(e / factor, e * factor) for e in errors]


def test_a_power_law_is_found() -> None:
    errors = [0.4 * (n / 10) ** -0.5 for n in AMOUNTS]
    trend = trend_of(AMOUNTS, errors, around(errors, 1.1))
    assert trend is not None
    assert trend.exponent == pytest.approx(0.5)
    assert [trend.error(n) for n in (10, 160)] == pytest.approx([0.4, 0.1])
    assert (trend.gain, trend.last_gain) == pytest.approx((1 - 2**-0.5, 1 - 2**-0.5))
    assert trend.verdict.startswith("Recording more would help: by the law a doubling takes away 29 % of the")


def test_the_interval_is_that_of_a_weighted_line() -> None:
    """The spread of a slope is known in closed form: ``1 / sqrt(sum w (x - mean)^2)``."""
    errors = [0.4 * (n / 10) ** -0.3 for n in AMOUNTS]
    factors = np.array([1.5, 1.2, 1.2, 1.1])
    trend = trend_of(AMOUNTS, errors, [(e / f, e * f) for e, f in zip(errors, factors, strict=True)])
    assert trend is not None and trend.gain_ci95 is not None
    x, w = np.arange(4.0), 1 / (np.log2(factors) / 1.96) ** 2
    deviation = 1 / np.sqrt((w * (x - np.average(x, weights=w)) ** 2).sum())
    expected = [1 - 2 ** -(0.3 + side * 1.96 * deviation) for side in (-1, 1)]
    assert trend.gain_ci95 == pytest.approx(expected, abs=0.01)


def test_what_more_data_would_do() -> None:
    flat = trend_of(AMOUNTS, [0.2] * 4, around([0.2] * 4, 1.02))
    assert flat is not None
    assert flat.verdict.startswith("More of the same would hardly help")
    errors = [0.3, 0.25, 0.26, 0.22]
    unsure = trend_of(AMOUNTS, errors, around(errors, 2.0))
    assert unsure is not None and unsure.verdict.startswith("These figures cannot tell")
    without = trend_of(AMOUNTS, errors, [None] * 4)
    assert without is not None and without.gain_ci95 is None
    assert without.verdict.startswith("How sure this is is not known")


def test_a_curve_that_flattens() -> None:
    errors = [0.4, 0.2, 0.1, 0.098]
    trend = trend_of(AMOUNTS, errors, around(errors, 1.05))
    assert trend is not None
    assert trend.verdict.endswith("The last doubling took 2 %: the curve may be flattening.")


def test_no_law() -> None:
    assert trend_of([10], [0.2], [None]) is None
    assert trend_of([10, 10], [0.2, 0.1], [None, None]) is None
    assert trend_of([10, 20], [0.2, 0.0], [None, None]) is None
