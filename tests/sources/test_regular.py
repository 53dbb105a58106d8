from fractions import Fraction

import numpy as np
import pytest
from contract import drive, verify_contract
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.sources.records import Records, to_records
from speechlstm.sources.regular import Regular, RegularSamples, carry_labels, split_at_gaps


def records(times: np.ndarray, n_channels: int = 2, seed: int = 0) -> Records:
    return to_records(times, np.random.default_rng(seed).normal(size=(n_channels, len(times))))


def regular(
    x: Records, rate_hz: int | Fraction = 50, max_gap_s: float = 1.0, chunk: int = 1 << 30
) -> RegularSamples:
    stage = Regular(rate_hz, max_gap_s=max_gap_s, n_channels=x.values.shape[1])
    chunks = [Records(*(column[i : i + chunk] for column in x)) for i in range(0, len(x.time_s), chunk)]
    samples: RegularSamples = drive(stage, chunks)
    return samples


@pytest.mark.parametrize("rate_hz", [50, 30, 100, 640, Fraction(1, 3600)])
def test_records_on_the_grid_pass_untouched(rate_hz: int | Fraction) -> None:
    x = records(np.arange(200) / float(rate_hz) + 1_467_331_200)
    y = regular(x, rate_hz, max_gap_s=1e4)
    np.testing.assert_array_equal(y.values, x.values)
    np.testing.assert_array_equal(y.point, np.arange(200))
    np.testing.assert_array_equal(y.record, np.arange(200))


def test_slow_input_is_interpolated() -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.015, 0.09, 300))
    x = records(times)
    y = regular(x)
    at = times[0] + np.arange(len(y.values)) / 50
    for channel in (0, 1):
        expected = np.interp(at, times, x.values[:, channel].astype(float))
        np.testing.assert_allclose(y.values[:, channel], expected, atol=2e-4)  # of microseconds
    assert len(y.values) == int((times[-1] - times[0]) * 50) + 1
    np.testing.assert_array_equal(y.record, np.searchsorted(times, at + 1e-6, side="right") - 1)


def test_a_sample_comes_as_soon_as_a_record_at_or_after_it() -> None:
    stage = Regular(10, max_gap_s=1, n_channels=1)
    state = stage.initial_state()
    counts = []
    for time_s in (3.0, 3.05, 3.1, 3.39, 3.4, 3.41):
        y, state = stage.step(to_records([time_s], [[time_s]]), state)
        counts.append(len(y.values))
    assert counts == [1, 0, 1, 2, 1, 0]


def test_twice_the_rate_is_averaged_over_half_a_sample() -> None:
    x = records(np.arange(400) / 100, 1)
    y = regular(x)
    v = x.values[:, 0].astype(float)
    # the lines from 10 ms before each point up to it: the mean of their two ends
    np.testing.assert_allclose(y.values[1:, 0], (v[1::2][: len(y.values) - 1] + v[2::2]) / 2, atol=1e-6)
    assert y.values[0, 0] == x.values[0, 0]


def test_averaging_against_fine_sums() -> None:
    """Irregular input at some 200 Hz; the reference adds up the lines at every microsecond."""
    times = np.round(np.cumsum(np.random.default_rng(2).uniform(0.001, 0.009, 400)), 6)
    x = records(times, 1)
    y = regular(x, 50)
    ticks = np.rint((times - times[0]) * 1e6)
    v = x.values[:, 0].astype(float)
    for k in range(5, len(y.values)):
        end = k * 20_000
        last = int(np.searchsorted(ticks, end))
        n = min(last, 32)
        width = 20_000 - (ticks[last] - ticks[last - n]) / n
        middles = end - width + (np.arange(20_000) + 0.5) / 20_000 * width
        np.testing.assert_allclose(y.values[k, 0], np.interp(middles, ticks, v).mean(), atol=1e-5)


def test_what_does_not_fit_the_rate_is_weakened() -> None:
    t = np.arange(10_000) / 1_000
    for hz, least, most in ((5, 0.95, 1.0), (55, 0.0, 0.2)):
        y = regular(to_records(t, [np.sin(2 * np.pi * hz * t)]))
        assert least <= np.abs(y.values[50:]).max() <= most


def test_a_little_faster_is_only_interpolated() -> None:
    times = np.arange(600) / 54
    x = records(times, 1)
    y = regular(x)
    expected = np.interp(np.arange(len(y.values)) / 50, times, x.values[:, 0].astype(float))
    np.testing.assert_allclose(y.values[:, 0], expected, atol=2e-4)


def test_of_repeats_the_line_before_ends_at_the_first_and_the_next_starts_at_the_last() -> None:
    y = regular(to_records([0, 1, 1, 1, 2], [[0, 2, 9, 4, 6]]), 2, max_gap_s=2)
    assert y.values[:, 0].tolist() == [0, 1, 2, 5, 6]


def test_a_gap_is_counted_on_one_grid() -> None:
    times = np.array([0, 0.1, 0.2, 5.03, 5.13, 5.23])
    y = regular(to_records(times, [times]), 10)
    assert y.point.tolist() == [0, 1, 2, 51, 52]
    assert y.segment.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(y.values[:, 0], [0, 0.1, 0.2, 5.1, 5.2], atol=1e-6)


def test_a_clock_that_was_set_goes_on_without_a_hole() -> None:
    times = np.array([50, 50.1, 50.25, 0.0, 0.1, 0.2])
    y = regular(to_records(times, [times]), 10)
    assert y.point.tolist() == [0, 1, 2, 3, 4, 5]
    assert y.segment.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(y.values[:, 0], [50, 50.1, 50.2, 0, 0.1, 0.2], atol=1e-5)


TIMES = {
    "slow": (0.05, [0.02, 0.06]),
    "fast": (0.0, [0.001, 0.006]),
    "odd": (0.12, [0.0, 0.02]),
}


@pytest.mark.parametrize("kind", TIMES)
@pytest.mark.parametrize("seed", range(3))
def test_contract(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    part_odd, (low, high) = TIMES[kind]
    steps = rng.uniform(low, high, 150)
    odd = rng.random(150) < part_odd
    steps[odd] = rng.choice([0, 0.5, -0.01, 2, -2, 2.003], odd.sum())
    verify_contract(Regular(50, max_gap_s=1, n_channels=2), records(np.cumsum(steps)), counted=False)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([0.0, 0.003, 0.02, 0.05, -0.01, 1.5, -1.5, 40, -40]), max_size=40))
def test_points_only_go_on_and_values_stay_within_the_records(steps: list[float]) -> None:
    x = records(np.cumsum(steps), 1)
    y = regular(x, chunk=1)
    assert (np.diff(y.point) > 0).all()
    assert (np.diff(y.segment) >= 0).all()
    joined = np.diff(y.segment) == 0
    assert (np.diff(y.point)[joined] == 1).all()
    if len(y.values):
        assert x.values.min() - 1e-6 <= y.values.min() <= y.values.max() <= x.values.max() + 1e-6


def test_a_long_stream_stays_exact() -> None:
    """A week at 200 Hz on 50 Hz, of which only the end is looked at."""
    stage = Regular(50, max_gap_s=1e6, n_channels=1)
    _, state = stage.step(to_records([0, 600_000], [[10, 10]]), stage.initial_state())
    x = to_records(600_000 + np.arange(1, 401) / 200, [10 + np.random.default_rng(3).normal(size=400)])
    y, _ = stage.step(x, state)
    v = x.values[:, 0].astype(float)
    ends = np.arange(199, 400, 4)  # points 1.0, 1.02, ... of the new part
    expected = [np.trapezoid(v[i - 3 : i + 1]) / 3 for i in ends]
    np.testing.assert_allclose(y.values[-len(ends) :, 0], expected, atol=1e-5)


@pytest.mark.parametrize("wild", [1e12, 1e20, -3.4e38])
@pytest.mark.parametrize("chunk", [1, 7, 1 << 30])
def test_a_wild_value_is_forgotten(wild: float, chunk: int) -> None:
    """Every sample whose average does not reach it is as if it had never been."""
    times = np.cumsum(np.random.default_rng(4).uniform(0.004, 0.006, 1_000))
    x = records(times)
    with_wild = x._replace(values=x.values.copy())
    with_wild.values[402, 0] = wild
    calm, y = regular(x), regular(with_wild, chunk=chunk)
    at = times[0] + y.point / 50
    reached = (at > times[401]) & (at < times[403] + 0.02)
    assert 1 <= reached.sum() <= 3 and np.abs(y.values[reached, 0]).max() > 1e10
    np.testing.assert_array_equal(y.values[~reached], calm.values[~reached])
    np.testing.assert_array_equal(y.values[:, 1], calm.values[:, 1])


def test_contract_with_a_wild_value() -> None:
    x = records(np.cumsum(np.random.default_rng(5).uniform(0.001, 0.009, 150)))
    x.values[60, 0] = 3.4e38
    verify_contract(Regular(50, max_gap_s=1, n_channels=2), x, counted=False)


def test_a_point_a_microsecond_after_its_record_does_not_wait_for_the_next() -> None:
    """Averages too end at the record, so that they are the same whether the next has come or not."""
    times = np.arange(100) / 200
    times[4::4] -= 1e-6
    x = records(times)
    np.testing.assert_array_equal(regular(x, chunk=1).values, regular(x).values)


def test_labels_are_those_of_the_last_record() -> None:
    x = to_records([0, 0.3, 0.3, 0.55], [[0, 1, 2, 3]], ["a", "b", "c", ""])
    y = regular(x, 10)
    assert carry_labels(x.labels, y) == ("a", "a", "a", "b", "c", "c")


def test_split_at_gaps() -> None:
    times = np.array([0, 0.1, 0.2, 5, 5.1])
    parts = split_at_gaps(regular(to_records(times, [times]), 10))
    assert [part.point.tolist() for part in parts] == [[0, 1, 2], [50, 51]]
    assert split_at_gaps(regular(to_records([], [[]]))) == []
