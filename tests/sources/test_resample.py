import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import AudioError
from speechlstm.sources.resample import StreamResampler, resampling_delay_samples

RATES = [
    (16_000, 8_000),
    (44_100, 8_000),
    (48_000, 8_000),
    (8_000, 16_000),
    (11_025, 8_000),
    (44_100, 16_000),
]


def resample(samples: np.ndarray, from_hz: int, to_hz: int, cuts: list[int]) -> np.ndarray:
    resampler = StreamResampler(from_hz, to_hz)
    parts = [resampler.feed(part) for part in np.split(samples, cuts)]
    return np.concatenate([*parts, resampler.finish()])


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, n).astype(np.float32)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@pytest.mark.parametrize("n_chunk", [1, 37, 160, 4000])
def test_chunks_of_one_size_give_the_same_bits(from_hz: int, to_hz: int, n_chunk: int) -> None:
    x = noise(12_345)
    whole = resample(x, from_hz, to_hz, [])
    np.testing.assert_array_equal(resample(x, from_hz, to_hz, list(range(n_chunk, len(x), n_chunk))), whole)


@settings(deadline=None, max_examples=60)
@given(
    rates=st.sampled_from(RATES),
    n=st.integers(0, 20_000),
    cuts=st.lists(st.integers(0, 20_000), max_size=12),
    seed=st.integers(0, 3),
)
def test_any_cuts_give_the_same_bits_and_the_right_length(
    rates: tuple[int, int], n: int, cuts: list[int], seed: int
) -> None:
    x = noise(n, seed)
    y = resample(x, *rates, sorted(min(cut, n) for cut in cuts))
    np.testing.assert_array_equal(y, resample(x, *rates, []))
    assert y.dtype == np.float32
    assert abs(len(y) - round(n * rates[1] / rates[0])) <= 1


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_tone_keeps_its_pitch_place_and_level(from_hz: int, to_hz: int) -> None:
    x = np.sin(2 * np.pi * 440 * np.arange(from_hz) / from_hz).astype(np.float32)
    y = resample(x, from_hz, to_hz, list(range(0, from_hz, 1000)))
    expected = np.sin(2 * np.pi * 440 * np.arange(len(y)) / to_hz)
    np.testing.assert_allclose(y[500:-500], expected[500:-500], atol=1e-4)


def test_what_does_not_fit_the_new_rate_is_taken_out() -> None:
    x = np.sin(2 * np.pi * 6000 * np.arange(16_000) / 16_000).astype(np.float32)
    assert np.abs(resample(x, 16_000, 8_000, [])[500:-500]).max() < 1e-4


def test_equal_rates_pass_the_very_array() -> None:
    resampler, x = StreamResampler(8_000, 8_000), noise(10)
    assert resampler.feed(x) is x
    assert len(resampler.finish()) == 0


def test_equal_rates_do_not_load_soxr() -> None:
    code = (
        "import sys; from speechlstm.sources.resample import StreamResampler as R; "
        "R(8000, 8000); sys.exit('soxr' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("rates", [(0, 8_000), (8_000, -1), (10**12, 8_000), (99, 8_000)])
def test_rates_that_cannot_be(rates: tuple[int, int]) -> None:
    with pytest.raises(AudioError, match="Hz cannot be: sound has 100 to 1000000 Hz; give the right one"):
        StreamResampler(*rates)


def test_output_never_lags_more_than_declared() -> None:
    for from_hz, to_hz in RATES:
        declared, resampler, n_out = (
            resampling_delay_samples(from_hz, to_hz),
            StreamResampler(from_hz, to_hz),
            0,
        )
        for n_blocks in range(1, 200):
            n_out += len(resampler.feed(np.zeros(from_hz * 30 // 1000, np.float32)))
            assert n_blocks * (from_hz * 30 // 1000) * to_hz / from_hz - n_out <= declared
    assert resampling_delay_samples(8_000, 8_000) == 0
