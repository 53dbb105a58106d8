import dataclasses
import warnings
from typing import Any

import numpy as np
import pytest
from contract import drive, verify_contract
from tiny import make_front_end, speechlike

from speechlstm.errors import ConfigError
from speechlstm.features.framing import Framing
from speechlstm.features.mfcc import Mfcc, MfccConfig, dct_matrix
from speechlstm.stage import Chain

CONFIGS = [
    MfccConfig(),
    MfccConfig(16000, 400, 160, n_mels=40, n_mfcc=13, fmin_hz=20, fmax_hz=8000),
    MfccConfig(16000, 512, 128, n_mels=64, n_mfcc=64, fmin_hz=0, fmax_hz=7600, floor=1e-10),
    MfccConfig(22050, 552, 220, n_mels=23, n_mfcc=12, fmin_hz=50, fmax_hz=11025),
    MfccConfig(8000, 256, 256, n_mels=26, n_mfcc=1, fmin_hz=0, fmax_hz=4000),
]
CONFIG = CONFIGS[0]


def mfcc(config: MfccConfig, filters: np.ndarray | None = None) -> Mfcc:
    if filters is None:
        filters = make_front_end(config).mel_filters
    return Mfcc(filters, n_mfcc=config.n_mfcc, floor=config.floor)


def decibels(sound: np.ndarray) -> np.ndarray:
    """Mel bands ``[frames, n_mels]`` of sound, through a transform that keeps them all."""
    config = dataclasses.replace(CONFIG, n_mfcc=CONFIG.n_mels)
    chain = Chain([Framing(config.win_length, config.hop_length), mfcc(config)])
    return np.asarray(drive(chain, [sound]) @ dct_matrix(config.n_mels).T)


def tone(hz: float, *, level: float = 0.5, n_samples: int = 4000) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(n_samples) / CONFIG.sample_rate_hz)).astype(np.float32)


def librosa_mfcc(sound: np.ndarray, config: MfccConfig) -> tuple[np.ndarray, np.ndarray]:
    """Librosa's filters ``[n_mels, bins]`` and coefficients ``[frames, n_mfcc]``, computed in float64.

    In float32, which librosa takes over from the sound, its own rounding comes to 1e-4.
    """
    import librosa

    mel: dict[str, Any] = {
        "n_fft": config.win_length,
        "n_mels": config.n_mels,
        "fmin": config.fmin_hz,
        "fmax": config.fmax_hz,
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Empty filters detected")  # narrow bands of a short window
        power = librosa.feature.melspectrogram(
            y=sound.astype(np.float64),
            sr=config.sample_rate_hz,
            win_length=config.win_length,
            hop_length=config.hop_length,
            center=False,
            **mel,
        )
        filters = librosa.filters.mel(sr=config.sample_rate_hz, **mel)
    level = librosa.power_to_db(power, amin=config.floor, top_db=None)
    return filters, librosa.feature.mfcc(S=level, n_mfcc=config.n_mfcc).T


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("level", [1.0, 1e-3])
def test_equals_librosa(config: MfccConfig, level: float) -> None:
    sound = level * speechlike(2 * config.sample_rate_hz)
    sound[5000:9000] = 0
    filters, expected = librosa_mfcc(sound, config)
    chain = Chain([Framing(config.win_length, config.hop_length), mfcc(config, filters)])
    found = drive(chain, [sound])
    assert len(expected) == 1 + (len(sound) - config.win_length) // config.hop_length
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[: len(expected)], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("config", CONFIGS[:3])
def test_contract(config: MfccConfig) -> None:
    windows = drive(Framing(config.win_length, config.hop_length), [speechlike(60 * config.hop_length)])
    verify_contract(mfcc(config), windows, atol=1e-4, n_examples=8)


def test_a_long_clip_is_cut_into_blocks_without_a_seam() -> None:
    windows = drive(Framing(200, 80), [speechlike(80 * 700)])
    whole = drive(mfcc(CONFIG), [windows])
    np.testing.assert_allclose(whole[250:262], drive(mfcc(CONFIG), [windows[250:262]]), rtol=0, atol=1e-4)


@pytest.mark.parametrize("hz", [320, 1000, 2520])
def test_a_tone_sounds_in_its_band(hz: int) -> None:
    weights = make_front_end(CONFIG).mel_filters.T[round(hz / 40)]
    loudest = decibels(tone(hz))[:45].argmax(axis=1)
    assert (weights[loudest] == weights.max()).all()


def test_ten_times_the_amplitude_is_twenty_decibels() -> None:
    quiet, loud = decibels(tone(1000, level=0.05)), decibels(tone(1000, level=0.5))
    band = quiet[0].argmax()
    np.testing.assert_allclose(loud[:45, band] - quiet[:45, band], 20, atol=1e-3)


def test_silence_is_the_floor_and_nothing_else() -> None:
    silence = drive(Chain([Framing(200, 80), mfcc(CONFIG)]), [np.zeros(1000, np.float32)])
    np.testing.assert_allclose(silence[:, 0], 10 * np.log10(CONFIG.floor) * np.sqrt(CONFIG.n_mels), rtol=1e-6)
    np.testing.assert_allclose(silence[:, 1:], 0, atol=1e-3)


def test_a_constant_is_out_of_hearing() -> None:
    # the Hann window spreads a constant over the lowest two bins; the filters begin above them
    filters = make_front_end(CONFIG).mel_filters.copy()
    filters[:, :2] = 0
    stage = Chain([Framing(200, 80), mfcc(CONFIG, filters)])
    loud, silent = drive(stage, [np.ones(1000, np.float32)]), drive(stage, [np.zeros(1000, np.float32)])
    np.testing.assert_allclose(loud[:10], silent[:10], atol=1e-3)


def test_an_impulse_is_heard_where_it_falls() -> None:
    sound = np.zeros(2000, np.float32)
    sound[1000] = 1
    loud = decibels(sound).max(axis=1) > -60
    assert np.flatnonzero(loud).tolist() == [
        11,
        12,
    ]  # windows that begin at 880 and 960; at 800 its weight is 0


@pytest.mark.parametrize("n", [1, 2, 20, 33])
def test_dct_is_orthonormal_and_scipys(n: int) -> None:
    import scipy.fft

    np.testing.assert_allclose(dct_matrix(n) @ dct_matrix(n).T, np.eye(n), atol=1e-12)
    expected = scipy.fft.dct(np.eye(n), axis=1, norm="ortho")
    np.testing.assert_allclose(dct_matrix(n), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_rate_hz": 0}, "sample_rate_hz must be positive, got 0"),
        ({"n_mfcc": 33}, "got n_mfcc=33, n_mels=32"),
        ({"n_mfcc": 0}, "got n_mfcc=0"),
        ({"fmax_hz": 4001.0}, r"<= 4000 \(half the sample rate\).*got fmin_hz=60, fmax_hz=4001"),
        ({"fmin_hz": 3800.0}, "fmin_hz < fmax_hz"),
        ({"floor": 0.0}, "floor must be positive"),
        ({"win_length": 201}, "an even win_length .* got win_length=201"),
        ({"hop_length": 201}, "hop_length <= win_length, got win_length=200, hop_length=201"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MfccConfig(**settings)


def test_sizes_of_a_network_frame() -> None:
    assert (CONFIG.frame_samples, CONFIG.width) == (240, 60)
