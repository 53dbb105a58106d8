"""The level of sounds whose level is known."""

import numpy as np
import pytest

from speechlstm.sinks.level import FLOOR_DBFS, meter


def test_a_full_scale_square_wave_is_zero():
    assert meter(np.array([1, -1, 1, -1], np.float32)) == (0.0, 0.0)


def test_a_full_scale_sine_is_three_db_under_its_peak():
    sine = np.sin(2 * np.pi * np.arange(8_000) / 80).astype(np.float32)
    assert meter(sine) == pytest.approx((-3.0103, 0.0), abs=1e-3)


@pytest.mark.parametrize("gain_db", [-6.0, -40.0, -100.0])
def test_a_gain_moves_both_by_as_much(gain_db):
    constant = np.full(100, 10 ** (gain_db / 20), np.float32)
    assert meter(constant) == pytest.approx((gain_db, gain_db), abs=1e-4)


def test_an_impulse_has_a_peak_above_its_rms():
    impulse = np.zeros(10_000, np.float32)
    impulse[17] = -1
    assert meter(impulse) == pytest.approx((-40.0, 0.0))


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(80, np.float32), np.full(80, 1e-9)])
def test_silence_and_nothing_are_at_the_floor(samples):
    assert meter(samples) == (FLOOR_DBFS, FLOOR_DBFS)


def test_values_that_are_no_numbers_do_not_spread():
    assert meter(np.full(10, np.nan, np.float32)) == (FLOOR_DBFS, FLOOR_DBFS)
    assert meter(np.array([np.inf, -np.inf], np.float32)) == (0.0, 0.0)
