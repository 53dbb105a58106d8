from fractions import Fraction

import numpy as np
import pytest
from contract import verify_contract
from hypothesis import given
from hypothesis import strategies as st

from speechlstm.errors import ConfigError
from speechlstm.sources.clock import Clock, ClockState, Grid, Ordered
from speechlstm.sources.records import Records, to_records


def records(times: list[float]) -> Records:
    """Records whose one value is their number."""
    return to_records(times, [np.arange(len(times))])


def order(times: list[float], max_gap_s: float = 1.0) -> tuple[Ordered, ClockState]:
    clock = Clock(10, max_gap_s=max_gap_s, n_channels=1)
    first, state = clock.step(records(times), clock.initial_state())
    last = clock.flush(state)
    ordered = Ordered(*(np.concatenate(pair) for pair in zip(first, last, strict=True)))
    np.testing.assert_array_equal(ordered.values[:, 0], ordered.record)
    return ordered, state


@pytest.mark.parametrize(
    ("times", "ticks", "segments", "kept", "counts"),
    [
        # from a first stamp that is not 0
        ([5.0, 5.1, 5.25], [0, 0.1, 0.25], [0, 0, 0], [0, 1, 2], {}),
        # repeats
        ([0, 0.1, 0.1, 0.1], [0, 0.1, 0.1, 0.1], [0] * 4, [0, 1, 2, 3], {"n_repeated": 2}),
        # a little back
        ([0, 0.5, 0.4, 0.45, 0.6], [0, 0.5, 0.6], [0] * 3, [0, 1, 4], {"n_backwards": 2}),
        # a gap, and one at the very end
        ([0, 3, 3.1], [0, 3, 3.1], [0, 1, 1], [0, 1, 2], {"n_gaps": 1}),
        ([0, 0.1, 3], [0, 0.1, 3], [0, 0, 1], [0, 1, 2], {}),
        # every step a gap
        ([0, 3, 6, 9], [0, 3, 6, 9], [0, 1, 2, 3], [0, 1, 2, 3], {"n_gaps": 2}),
        # a stray stamp, ahead and behind
        ([7, 7.1, 99, 7.2], [0, 0.1, 0.2], [0] * 3, [0, 1, 3], {"n_strays": 1}),
        ([7, 7.1, 0, 7.2], [0, 0.1, 0.2], [0] * 3, [0, 1, 3], {"n_strays": 1}),
        # the clock was set back: goes on at the next point of the grid, at 10 Hz
        ([7, 7.15, 0, 0.1], [0, 0.15, 0.2, 0.3], [0, 0, 1, 1], [0, 1, 2, 3], {"n_restarts": 1}),
        ([7, 7.2, 0, 0.1], [0, 0.2, 0.3, 0.4], [0, 0, 1, 1], [0, 1, 2, 3], {"n_restarts": 1}),
        # after a gap, a little before what was in doubt
        ([0, 5, 4.9, 5.1], [0, 5, 5.1], [0, 1, 1], [0, 1, 3], {"n_gaps": 1, "n_backwards": 1}),
    ],
)
def test_rule(
    times: list[float], ticks: list[float], segments: list[int], kept: list[int], counts: dict[str, int]
) -> None:
    ordered, state = order(times)
    np.testing.assert_array_equal(ordered.ticks, np.rint(np.array(ticks) * 1e6))
    np.testing.assert_array_equal(ordered.segment, segments)
    np.testing.assert_array_equal(ordered.record, kept)
    found = {name: n for name, n in state._asdict().items() if name.startswith("n_") and n}
    assert found == {"n_records": len(times), **counts}


def test_a_step_of_just_the_longest_gap_is_bridged() -> None:
    assert order([0, 1, 2])[0].segment.tolist() == [0, 0, 0]
    assert order([0, 1.000001, 2])[0].segment.tolist() == [0, 1, 1]


@pytest.mark.parametrize("times", [[-8e12, 8e12, 8e12 + 1], [-8e12, 8e12, -8e12, 8e12, 8e12 + 1]])
def test_steps_that_no_count_of_ticks_holds_set_the_clock(times: list[float]) -> None:
    ordered, state = order(times)
    assert (np.diff(ordered.ticks) >= 0).all() and ordered.ticks[-1] < 3e6
    assert (state.n_gaps, state.n_restarts > 0) == (0, True)


def test_stamps_of_today_keep_their_microseconds() -> None:
    ordered, _ = order([1_700_000_000.0, 1_700_000_000.000_1, 1_700_000_000.020_003])
    assert ordered.ticks.tolist() == [0, 100, 20_003]


STEPS = st.sampled_from([0, 0.02, 0.02, 0.02, 0.1, 0.4, -0.1, 3, -3, 50, -50])


@given(st.lists(STEPS, max_size=20))
def test_whatever_comes_is_in_order_and_counted(steps: list[float]) -> None:
    ordered, state = order(np.cumsum(steps).tolist())
    assert (np.diff(ordered.ticks) >= 0).all()
    assert (np.diff(ordered.segment) >= 0).all()
    assert (np.diff(ordered.record) > 0).all()
    within = np.diff(ordered.segment) == 0
    assert (np.diff(ordered.ticks)[within] <= 1_000_000).all()
    assert len(ordered.ticks) == len(steps) - state.n_backwards - state.n_strays


@pytest.mark.parametrize("seed", range(6))
def test_contract(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(
        rng.choice([0, 0.02, 0.1, 0.5, -0.1, 3, -3], 60, p=[0.1, 0.4, 0.2, 0.1, 0.1, 0.05, 0.05])
    )
    verify_contract(Clock(10, max_gap_s=1, n_channels=1), records(times.tolist()), counted=False)


@pytest.mark.parametrize("rate", [50, 30, 100, 44_100, Fraction(1, 3600), Fraction(30_000, 1_001)])
def test_grid(rate: int | Fraction) -> None:
    grid = Grid(rate)
    for first in (0, 7, 10**9 + 7):
        exact = [Fraction(k) / rate * 1_000_000 for k in range(first, first + 9)]
        assert grid.ticks(first, 9).tolist() == [int(tick + Fraction(1, 2)) for tick in exact]
        for k, tick in enumerate(grid.ticks(first, 9).tolist(), first):
            assert (grid.after(tick), grid.after(tick - 1)) == (k + 1, k)


@pytest.mark.parametrize("rate", [0, -1, 1_000_000])
def test_rates_that_cannot_be(rate: int) -> None:
    with pytest.raises(ConfigError, match=rf"expected 0 < sample_rate_hz <= 100000 .*got {rate}"):
        Grid(rate)


@pytest.mark.parametrize("max_gap_s", [0.01, 0, -1, float("nan")])
def test_gaps_that_cannot_be(max_gap_s: float) -> None:
    with pytest.raises(ConfigError, match=r"max_gap_s of at least a sample, 0.1 s"):
        Clock(10, max_gap_s=max_gap_s, n_channels=1)
