from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechlstm.timing import milliseconds, seconds

RATES = st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000])


@pytest.mark.parametrize(
    ("n_samples", "rate", "expected_s"),
    [(0, 8000, 0.0), (8000, 8000, 1.0), (12_345, 8000, 1.543), (1, 44100, 0.0)],
)
def test_seconds(n_samples: int, rate: int, expected_s: float) -> None:
    assert seconds(n_samples, rate) == expected_s


@pytest.mark.parametrize(
    ("n_samples", "rate", "expected_ms"),
    [(0, 8000, 0), (8000, 8000, 1000), (12_345, 8000, 1543), (4, 8000, 1)],
)
def test_milliseconds(n_samples: int, rate: int, expected_ms: int) -> None:
    assert milliseconds(n_samples, rate) == expected_ms


@given(st.integers(0, 48_000 * 3600 * 24), RATES)
def test_milliseconds_are_the_nearest_even_after_a_day(n_samples: int, rate: int) -> None:
    assert abs(Fraction(1000 * n_samples, rate) - milliseconds(n_samples, rate)) <= Fraction(1, 2)


@given(st.integers(0, 10**9), st.integers(0, 10**9), RATES)
def test_time_never_runs_back(a: int, b: int, rate: int) -> None:
    first, last = sorted((a, b))
    assert seconds(first, rate) <= seconds(last, rate)
    assert milliseconds(first, rate) <= milliseconds(last, rate)


def test_a_sample_an_hour() -> None:
    rate = Fraction(1, 3600)
    assert (seconds(2, rate), milliseconds(2, rate)) == (7200.0, 7_200_000)
    assert type(seconds(2, rate)) is float and type(milliseconds(2, rate)) is int
