from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import speechlike

from speechlstm.data.augment import rms
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation.robustness.degrade import (
    Noises,
    at_level,
    at_rate,
    generated_noises,
    over_telephone,
    read_noises,
    with_noise,
)

RATE_HZ = 8000


def tone(hz: float, n: int = RATE_HZ) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n) / RATE_HZ).astype(np.float32)


@pytest.mark.parametrize("snr_db", [20, 0])
def test_speech_and_noise_stand_in_the_ratio_asked_for(snr_db: float) -> None:
    x = np.concatenate([np.zeros(4000), 0.1 * tone(500), np.zeros(4000)]).astype(np.float32)
    noise = np.random.default_rng(0).standard_normal(len(x)).astype(np.float32)
    noise /= rms(noise)
    mixed = with_noise(x, noise, snr_db, (4000, 12_000))
    assert 20 * np.log10(rms(x[4000:12_000]) / rms(mixed - x)) == pytest.approx(snr_db, abs=0.01)


def test_a_mixture_that_does_not_fit_is_softer_and_keeps_its_ratio() -> None:
    x, noise = tone(500), np.sqrt(2).astype(np.float32) * tone(800)
    mixed = with_noise(x, noise, 0, (0, len(x)))
    assert np.abs(mixed).max() == pytest.approx(1)
    spectrum = np.abs(np.fft.rfft(mixed))
    assert spectrum[500] == pytest.approx(spectrum[800], rel=1e-3)


def test_stretches_of_noise_are_no_pauses() -> None:
    bursts = np.zeros(80_000, np.float32)
    bursts[40_000:44_000] = np.random.default_rng(0).standard_normal(4000)
    noises = Noises("bursts", (bursts,))
    for seed in range(20):
        stretch = noises.draw(np.random.default_rng(seed), 4000)
        assert len(stretch) == 4000 and rms(stretch) == pytest.approx(1, rel=1e-3)
        # at least the twentieth of the burst that holds half of what a stretch holds on average
        assert np.count_nonzero(stretch) >= 80


def test_noise_shorter_than_the_clip_is_repeated() -> None:
    short = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    stretch = Noises("short", (short,)).draw(np.random.default_rng(1), 5000)
    np.testing.assert_array_equal(stretch[:1000], stretch[1000:2000])


def test_levels_are_of_the_peak_in_steps_of_16_bits() -> None:
    soft = at_level(speechlike(8000), -40)
    assert np.abs(soft).max() == pytest.approx(0.01, abs=2 / 32768)
    np.testing.assert_array_equal(soft * 32768, np.round(soft * 32768))
    assert at_level(np.zeros(5, np.float32), -10).tolist() == [0.0] * 5
    with pytest.raises(ConfigError, match="expected 0 dB or less, got 3"):
        at_level(soft, 3.0)


def test_the_telephone_passes_300_to_3400_hz() -> None:
    for hz, gain_db in ((100, -60), (300, 0), (1000, 0), (3400, 0), (3800, -60)):
        heard = over_telephone(tone(hz), RATE_HZ)
        passed = 20 * np.log10(rms(heard) / rms(tone(hz)) + 1e-6)
        assert passed == pytest.approx(gain_db, abs=0.3) if gain_db == 0 else passed < gain_db


def test_the_telephone_s_8_bits_are_as_good_as_mu_law_is() -> None:
    # the ratio to the noise of quantising stays near 38 dB over 40 dB of level (Jayant and Noll, 1984)
    for level in (1.0, 0.1, 0.01):
        x = level * tone(1007)
        noise = over_telephone(x, RATE_HZ) - x
        assert 33 < 20 * np.log10(rms(x) / rms(noise)) < 42


def test_a_file_by_way_of_another_rate(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 700 * np.arange(16_000) / 16_000), 16_000)
    straight, around = at_rate(path, RATE_HZ), at_rate(path, RATE_HZ, 11_025)
    assert len(straight) == len(around) == 8000
    np.testing.assert_allclose(straight[500:-500], around[500:-500], atol=1e-3)


def test_generated_noises_have_their_spectra() -> None:
    clip = tone(400, 40_000) + 0.1 * tone(2000, 40_000)
    white, pink, shaped = generated_noises([clip], RATE_HZ).samples
    power = [np.square(np.abs(np.fft.rfft(x))) for x in (white, pink, shaped)]
    hz = np.fft.rfftfreq(len(white), 1 / RATE_HZ)

    def band_db(k: int, low: float, high: float) -> float:
        return float(10 * np.log10(power[k][(hz >= low) & (hz < high)].mean()))

    assert band_db(0, 200, 400) == pytest.approx(band_db(0, 1600, 3200), abs=0.3)
    assert band_db(1, 200, 400) - band_db(1, 1600, 3200) == pytest.approx(10 * np.log10(8), abs=0.3)
    assert band_db(2, 390, 410) - band_db(2, 1990, 2010) == pytest.approx(20, abs=1)
    assert band_db(2, 390, 410) - band_db(2, 3000, 3500) > 40


def test_noises_that_are_none(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "good.wav", speechlike(8000), RATE_HZ)
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), RATE_HZ)
    good, silent, gone = (tmp_path / f"{name}.wav" for name in ("good", "silent", "gone"))
    assert len(read_noises([good], RATE_HZ, "x").samples) == 1
    with pytest.raises(DataError, match=r"silent\.wav hold only silence, which is no noise; take them out"):
        read_noises([good, silent], RATE_HZ, "x")
    with pytest.raises(DataError, match=r"1 of 2 noises cannot be read: .*gone\.wav.*take them out"):
        read_noises([good, gone], RATE_HZ, "x")
