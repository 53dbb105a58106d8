import numpy as np
import pytest

from speechlstm.errors import ConfigError
from speechlstm.evaluation.bootstrap import (
    proportion_interval,
    quantile_intervals,
    ratio_interval,
    relative_interval,
    statistic_intervals,
)
from speechlstm.evaluation.intervals import rate_interval, sampling_units, widening, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 1998, table I
        (15, 148, 0.0624, 0.1605),  # the same
        (1, 1, 0.2065, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_known_values(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_refuses_more_hits_than_trials() -> None:
    with pytest.raises(ConfigError, match=r"hits must be 0 to 3 \(the trials\), got 4"):
        wilson(4, 3)


def test_bootstrap_covers_the_true_rate() -> None:
    rng = np.random.default_rng(1)
    rates = rng.beta(2, 8, size=(300, 40))  # 40 speakers a set, whose own rates have the mean 0.2
    words = rng.integers(5, 30, size=rates.shape)
    intervals = [
        ratio_interval(e, w, n_resamples=400) for e, w in zip(rng.binomial(words, rates), words, strict=True)
    ]
    covered = np.mean([low <= 0.2 <= high for low, high in filter(None, intervals)])
    assert len(intervals) == 300
    assert 0.90 <= covered <= 0.98


@pytest.mark.parametrize("n_speakers", [2, 3, 5, 10])
def test_nor_do_few_speakers_make_it_too_sure(n_speakers: int) -> None:
    rng = np.random.default_rng(3)
    rates = rng.beta(2, 8, size=(400, n_speakers))
    words = np.full(rates.shape, 10)
    intervals = [
        ratio_interval(e, w, n_resamples=400) for e, w in zip(rng.binomial(words, rates), words, strict=True)
    ]
    covered = np.mean([low <= 0.2 <= high for low, high in filter(None, intervals)])
    assert 0.91 <= covered <= 0.98


def test_widening_is_by_students_t() -> None:
    stats = pytest.importorskip("scipy.stats", reason="the exact quantiles are SciPy's")
    for n in (2, 3, 4, 5, 6, 7, 20, 200):
        exact = stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975) * np.sqrt(n / (n - 1))
        assert widening(n) == pytest.approx(exact, rel=0.002)


def test_limits_lie_where_a_rate_can() -> None:
    low, high = ratio_interval([1, 9], [10, 10]) or (0, 0)
    assert (low, high) == (0, 1)
    low, high = ratio_interval([1, 13], [10, 10]) or (0, 0)
    assert (low, high) == (0, 1.3)


def test_false_words_where_none_is_said_can_be_any_number() -> None:
    for errors, words in (([0, 30], [10, 0]), ([2, 30, 1], [10, 0, 12])):
        low, high = ratio_interval(errors, words) or (0, 0)
        assert low <= sum(errors) / sum(words) <= high


def test_units_that_say_nothing_make_no_interval_narrower() -> None:
    alone = ratio_interval([1, 3], [10, 10])
    assert ratio_interval([1, 3] + [0] * 30, [10, 10] + [0] * 30) == alone
    hits = [1] * 10 + [0] * 10 + [1] * 10
    # speakers 0 and 50 of a set of many
    assert proportion_interval(hits, np.repeat([0, 50], [10, 20])) == (0, 1)
    counts = np.array([[1, 10], [3, 10], *[[0, 0]] * 30])
    share = statistic_intervals(counts, lambda sums: sums[:, :1] / sums[:, 1:], None, share=True)
    assert share == [pytest.approx(alone, abs=0.02)]


def test_figures_that_no_resample_has_are_unknown() -> None:
    nothing = statistic_intervals(
        np.ones((3, 1)), lambda sums: np.full(sums.shape, np.nan), None, share=False, centred=True
    )
    assert nothing == [None]


def test_bootstrap_has_the_width_of_the_normal_approximation() -> None:
    errors = np.repeat([0, 1], [150, 50])
    low, high = ratio_interval(errors, np.ones(200)) or (0.0, 0.0)
    half = 1.96 * np.sqrt(0.25 * 0.75 / 200)
    assert (low, high) == pytest.approx((0.25 - half, 0.25 + half), abs=0.012)


def test_bootstrap_is_repeatable_and_ignores_order() -> None:
    rng = np.random.default_rng(2)
    errors, words = rng.integers(0, 4, 50), rng.integers(0, 9, 50)
    order = rng.permutation(50)
    assert ratio_interval(errors, words) == ratio_interval(errors[order], words[order])
    assert ratio_interval(errors, words) != ratio_interval(errors, words, seed=1)


@pytest.mark.parametrize(("errors", "words"), [([], []), ([1], [2]), ([1, 2], [0, 0])])
def test_too_little_to_tell(errors: list[int], words: list[int]) -> None:
    assert ratio_interval(errors, words) is None


def test_no_errors_is_not_certainty() -> None:
    assert ratio_interval([0] * 20, [3] * 20) == pytest.approx(wilson(0, 60))
    assert ratio_interval([2] * 20, [1] * 20) == pytest.approx((wilson(20, 20)[0], 2.0))


def test_units_are_clips_of_one_speaker_or_of_unknown_ones() -> None:
    assert sampling_units(["Ada"] * 100) is None
    assert sampling_units([""] * 100) is None


def test_units_are_speakers_and_unknown_ones_stand_alone() -> None:
    units = sampling_units([str(i % 10) for i in range(20)] + ["", ""])
    assert units is not None
    assert units.tolist() == [*range(10), *range(10), 10, 11]


def test_clips_of_one_speaker_are_not_counted_as_independent() -> None:
    hits = np.repeat([1, 0], [400, 200])  # each of 12 speakers is either always right or always wrong
    units = np.repeat(np.arange(12), 50)
    alone, grouped = proportion_interval(hits), proportion_interval(hits, units)
    assert alone == pytest.approx(wilson(400, 600))
    assert grouped is not None
    assert grouped[1] - grouped[0] > 4 * (wilson(400, 600)[1] - wilson(400, 600)[0])


def test_proportion_of_few_clips() -> None:
    assert proportion_interval([]) is None
    assert proportion_interval([1]) == pytest.approx((0.2065, 1.0), abs=1e-4)
    assert proportion_interval([1] * 24, np.arange(24) // 2) == pytest.approx(wilson(24, 24))


@pytest.mark.parametrize("n", [2, 3, 10, 250])
def test_limits_of_a_rate_are_those_of_poisson(n: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="the exact limits are SciPy's")
    low, high = rate_interval([n], 2.0)
    assert 2 * low == pytest.approx(stats.chi2.ppf(0.025, 2 * n) / 2, rel=0.1)
    assert 2 * high == pytest.approx(stats.chi2.ppf(0.975, 2 * n + 2) / 2, rel=0.02)


def test_events_that_come_in_bursts_are_less_sure() -> None:
    even, burst = rate_interval([4] * 20, 1.0), rate_interval([80] + [0] * 19, 1.0)
    assert burst[0] < even[0] < 80 < even[1] < burst[1]


def test_quantiles_of_normal_values() -> None:
    # the limits of a median of n values are the order statistics n/2 -+ 1.96 sqrt(n)/2
    x = np.random.default_rng(0).permutation(1000)
    (median, p95) = quantile_intervals(x, (0.5, 0.95), None)
    assert median == pytest.approx((469, 531), abs=6)
    assert p95 == pytest.approx((936, 963), abs=5)


def test_quantiles_of_resamples_are_those_of_numpy() -> None:
    rng = np.random.default_rng(5)
    x, units = rng.normal(size=37), rng.integers(0, 9, 37)
    draws = np.random.default_rng(0).multinomial(9, np.full(9, 1 / 9), 1000)
    medians = [np.quantile(np.repeat(x, drawn[units]), (0.5, 0.9)) for drawn in draws]
    found = np.quantile(x, (0.5, 0.9))
    expected = (found + widening(9) * (np.quantile(medians, (0.025, 0.975), axis=0) - found)).T
    assert quantile_intervals(x, (0.5, 0.9), units) == [pytest.approx(tuple(limits)) for limits in expected]


def test_a_median_between_two_heaps_lies_within_its_interval() -> None:
    units = np.repeat(np.arange(10), 2)
    x = np.tile([0.0, 1.0], 10) + 0.01 * units
    (interval,) = quantile_intervals(x, (0.5,), units)
    assert interval is not None and interval[0] < np.median(x) < interval[1]


def test_quantiles_of_values_that_come_together_are_less_sure() -> None:
    x, units = np.arange(1000) // 100, np.arange(1000) // 100
    (alone,) = quantile_intervals(x, (0.5,), None)
    (together,) = quantile_intervals(x, (0.5,), units)
    assert alone is not None and together is not None
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0]])
def test_quantiles_of_too_little_are_unknown(values: list[float]) -> None:
    assert quantile_intervals(values, (0.5, 0.95), None) == [None, None]
    assert quantile_intervals([1.0, 2.0], (0.5,), np.zeros(2, np.int64)) == [None]


def test_a_ratio_that_every_clip_has_is_nearly_certain() -> None:
    baseline = np.arange(200) % 5
    low, high = relative_interval(2 * baseline, baseline, None) or (0, 0)
    assert 1.99 < low < 2 < high < 2.01


@pytest.mark.parametrize("n", [5, 20, 60])
def test_a_ratio_lies_in_its_interval(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        counts, baseline = rng.integers(0, 4, n), rng.integers(0, 2, n)
        interval = relative_interval(counts, baseline, None)
        if interval:
            assert interval[0] <= counts.sum() / baseline.sum() <= interval[1]


def test_no_errors_where_there_were_some() -> None:
    low, high = relative_interval(np.zeros(50), np.arange(50) % 2, None) or (1, 0)
    assert low == 0
    assert 0.01 < high < 1


def test_a_ratio_of_four_clips_is_unknown() -> None:
    assert relative_interval([2, 2, 3, 1], [1, 1, 1, 1], None) is None
    assert relative_interval([2, 2, 3, 1] * 3, [1, 1, 2, 1] * 3, np.arange(12) % 4) is None


def test_a_ratio_to_few_errors_is_wide_and_to_none_unknown() -> None:
    counts, baseline = np.repeat([1, 0], [20, 80]), np.repeat([1, 0], [2, 98])
    low, high = relative_interval(counts, baseline, None) or (0, 0)
    assert low < 10 < 40 < high
    assert np.isfinite(high)
    assert relative_interval(counts, np.zeros(100), None) is None
