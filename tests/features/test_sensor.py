import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.fft
import scipy.signal
from contract import drive, verify_contract

from speechlstm.config import from_dict, to_dict
from speechlstm.errors import ConfigError
from speechlstm.features.band_energies import BandEnergies
from speechlstm.features.framing import Framing
from speechlstm.features.sensor import SensorFrontEnd, sensor_chain
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.stage import Chain

AXES = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("m/s2",) * 3 + ("rad/s",) * 3
RAW = SensorConfig(AXES, UNITS, kind="raw", hop_length=5, n_stack=2)
BANDS = SensorConfig(AXES, UNITS, win_length=64, hop_length=8)
CEPSTRA = SensorConfig(AXES, UNITS, kind="cepstra", win_length=32, hop_length=10, n_bands=10, n_stack=3)
MEL = dataclasses.replace(CEPSTRA, win_length=128, scale="mel", fmin_hz=0.3, fmax_hz=20.0)
WIDE = SensorConfig(
    ("hum",), ("mV",), sample_rate_hz=1000, win_length=200, hop_length=50, n_bands=30, fmax_hz=500.0
)
CENTRED = dataclasses.replace(CEPSTRA, centre_length=6)
CONFIGS = [RAW, BANDS, CEPSTRA, MEL, WIDE, CENTRED]


def motion(n: int, n_channels: int = 6, *, rate_hz: int = 50) -> np.ndarray:
    """A walk: two steps a second, gravity on the third axis, and noise; ``[n, n_channels]``."""
    rng = np.random.default_rng(7)
    time_s = np.arange(n)[:, np.newaxis] / rate_hz
    swing = rng.uniform(0.5, 2, n_channels) * np.sin(2 * np.pi * 2 * time_s + rng.uniform(0, 6, n_channels))
    gravity = np.where(np.arange(n_channels) == 2, 9.81, 0)
    return (swing + gravity + rng.normal(0, 0.1, (n, n_channels))).astype(np.float32)


def front_end(config: SensorConfig) -> SensorFrontEnd:
    rng = np.random.default_rng(1)
    mean, std = rng.normal(0, 1, config.n_features), rng.uniform(1, 2, config.n_features)
    return SensorFrontEnd(config, sensor_bands(config), mean.astype("f"), std.astype("f"))


def plain(config: SensorConfig) -> Chain:
    """Everything but the normalisation and the stacks."""
    n_cepstra = config.n_cepstra if config.kind == "cepstra" else None
    stage = BandEnergies(
        sensor_bands(config),
        config.n_channels,
        floor=config.floor,
        n_cepstra=n_cepstra,
        centre_length=config.centre_length,
    )
    return Chain([Framing(config.win_length, config.hop_length, n_channels=config.n_channels), stage])


def scipys(x: np.ndarray, config: SensorConfig) -> np.ndarray:
    """Means and decibels of the whole windows, ``[frames, n_channels, 1 + n_bands]``, by scipy."""
    _, _, density = scipy.signal.spectrogram(
        x.astype(np.float64),
        fs=config.sample_rate_hz,
        window="hann",
        nperseg=config.win_length,
        noverlap=config.win_length - config.hop_length,
        detrend="constant",
        axis=0,
    )
    line_hz = config.sample_rate_hz / config.win_length
    edges = reference_edges(config)
    bands = np.zeros((config.n_bands, len(density)))
    for i, (left, peak, right) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        bands[i] = np.interp(np.arange(len(density)) * line_hz, [left, peak, right], [0, 1, 0], 0, 0)
    power = np.einsum("bk,kct->tcb", bands, density * line_hz)
    starts = range(0, len(x) - config.win_length + 1, config.hop_length)
    means = np.array([x[i : i + config.win_length].mean(axis=0, dtype=np.float64) for i in starts])
    level = 10 * np.log10(np.maximum(power, config.floor))
    return np.concatenate([means[:, :, np.newaxis], level], axis=2)


def reference_edges(config: SensorConfig) -> np.ndarray:
    n = config.n_bands + 2
    if config.scale == "linear":
        return config.fmin_hz + (config.fmax_hz - config.fmin_hz) / (n - 1) * np.arange(n)
    # equal ratios of what lies above the corner, a tenth of the highest frequency
    corner_hz = config.fmax_hz / 10
    return np.geomspace(config.fmin_hz + corner_hz, config.fmax_hz + corner_hz, n) - corner_hz


@pytest.mark.parametrize(
    "config", CONFIGS, ids=lambda c: f"{c.kind}-{c.scale}-{c.n_channels}-{c.centre_length}"
)
def test_contract(config: SensorConfig) -> None:
    x = motion(3 * config.win_length + 5, config.n_channels)
    verify_contract(sensor_chain(front_end(config)), x, atol=1e-5, n_examples=8)


@pytest.mark.parametrize("config", [BANDS, CEPSTRA, CENTRED], ids=["bands", "cepstra", "centred"])
def test_band_energies_contract(config: SensorConfig) -> None:
    framing = Framing(config.win_length, config.hop_length, n_channels=6)
    verify_contract(plain(config).stages[1], drive(framing, [motion(300)]), atol=1e-5, n_examples=8)


@pytest.mark.parametrize("config", [BANDS, MEL, WIDE], ids=["linear", "mel", "one channel"])
def test_bands_equal_scipys(config: SensorConfig) -> None:
    config = dataclasses.replace(config, kind="bands")
    x = motion(500, config.n_channels)
    expected = scipys(x, config)
    found = drive(plain(config), [x])[: len(expected)].reshape(expected.shape)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-5)


@pytest.mark.parametrize("config", [CEPSTRA, MEL], ids=["linear", "mel"])
def test_cepstra_are_scipys_dct_of_the_bands(config: SensorConfig) -> None:
    x = motion(500)
    level = scipys(x, config)
    cepstra = scipy.fft.dct(level[:, :, 1:], type=2, norm="ortho", axis=2)[:, :, : config.n_cepstra]
    expected = np.concatenate([level[:, :, :1], cepstra], axis=2)
    found = drive(plain(config), [x])[: len(expected)].reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", ["bands", "cepstra"])
def test_mean_and_variance_of_the_middle_stand_beside_the_spectrum(kind: Any) -> None:
    config, x = dataclasses.replace(CENTRED, kind=kind), motion(500)
    spectrum = drive(plain(dataclasses.replace(config, centre_length=0)), [x]).reshape(50, 6, -1)
    found = drive(plain(config), [x]).reshape(50, 6, -1)
    np.testing.assert_array_equal(found[..., :-2], spectrum)
    # windows of 32 samples every 10: six in the middle begin with the thirteenth
    middle = np.stack([x[start + 13 : start + 19] for start in range(0, 469, 10)]).astype(np.float64)
    np.testing.assert_allclose(found[:47, :, -2], middle.mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(found[:47, :, -1], 20 * np.log10(middle.std(axis=1)), atol=1e-5)


def test_a_still_middle_has_the_floor_as_its_variance() -> None:
    found = drive(plain(CENTRED), [np.full((100, 6), 2.5, np.float32)]).reshape(10, 6, -1)
    np.testing.assert_array_equal(found[..., -2], 2.5)
    np.testing.assert_allclose(found[..., -1], -60, rtol=1e-6)


def test_raw_lays_normalised_samples_side_by_side() -> None:
    numbers, x = front_end(RAW), motion(95)
    frames = drive(sensor_chain(numbers), [x])
    assert frames.shape == (10, 60)
    expected = (x - numbers.mean) / numbers.std
    np.testing.assert_allclose(frames[:9].reshape(-1, 6), expected[:90], atol=1e-5)
    # the last frame is filled up with the last sample
    filled = np.concatenate([expected[90:], np.repeat(expected[-1:], 5, axis=0)])
    np.testing.assert_allclose(frames[9].reshape(-1, 6), filled, atol=1e-5)


def test_numbers_make_mean_0_deviation_1() -> None:
    x = motion(2000)
    features = drive(plain(BANDS), [x])
    numbers = SensorFrontEnd(BANDS, sensor_bands(BANDS), features.mean(0), features.std(0))
    frames = drive(sensor_chain(numbers), [x])
    np.testing.assert_allclose(frames.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(frames.std(0), 1, atol=1e-3)


@pytest.mark.parametrize(
    "config", [RAW, BANDS, CEPSTRA, CENTRED], ids=lambda c: f"{c.kind}-{c.centre_length}"
)
def test_what_no_sensor_reaches_is_beyond_its_limits(config: SensorConfig) -> None:
    x = motion(4000)
    plain_numbers = SensorFrontEnd(config, sensor_bands(config), *_nothing(config))
    features = drive(plain_numbers.chain(), [x]).reshape(-1, config.n_features)
    found = SensorFrontEnd(config, sensor_bands(config), features.mean(0), features.std(0))
    for channel, (low, high) in enumerate(found.limits):
        assert low < x[:, channel].min() - 10 and x[:, channel].max() + 10 < high < 5000
        assert (low + high) / 2 == pytest.approx(x[:, channel].mean(), abs=0.05)


def _nothing(config: SensorConfig) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(config.n_features, np.float32), np.ones(config.n_features, np.float32)


def test_gravity_is_in_the_mean_and_in_no_band() -> None:
    x = motion(64)
    upright, lying = drive(plain(BANDS), [x])[0], drive(plain(BANDS), [x + np.float32(9.81)])[0]
    means = np.arange(6) * 13
    np.testing.assert_allclose(lying[means] - upright[means], 9.81, atol=1e-5)
    np.testing.assert_allclose(np.delete(lying, means), np.delete(upright, means), atol=2e-3)


@pytest.mark.parametrize("win_length", [64, 128])
def test_a_band_holds_the_mean_square_whatever_the_window(win_length: int) -> None:
    config = SensorConfig(("x",), ("g",), win_length=win_length, n_bands=7, fmax_hz=25.0)
    time_s = np.arange(256)[:, np.newaxis] / 50
    swing = 3 * np.sin(2 * np.pi * 9.375 * time_s)  # a line of the spectrum, the third band's peak
    level = drive(plain(config), [swing.astype("f")])[0, 1:]
    assert level.argmax() == 2
    # the Hann window's main lobe is cut a little by the triangle
    assert 10 * np.log10(3**2 / 2) == pytest.approx(level[2], abs=1.5)


def test_all_bands_together_hold_the_power() -> None:
    # triangles add up to one between the first and the last peak, so the noise in there is all counted
    config = SensorConfig(("x",), ("g",), win_length=512, hop_length=512, n_bands=24, floor=1e-12)
    time_s = np.arange(512)[:, np.newaxis] / 50
    swing = sum(np.sin(2 * np.pi * hz * time_s) for hz in (5, 10, 15))
    level = drive(plain(config), [np.asarray(swing, np.float32)])[0, 1:]
    assert np.sum(10 ** (level / 10)) == pytest.approx(1.5, rel=0.02)


def test_stillness_is_the_floor_and_the_mean() -> None:
    still = drive(plain(BANDS), [np.full((100, 6), 2.5, np.float32)]).reshape(-1, 6, 13)
    np.testing.assert_array_equal(still[..., 0], 2.5)
    np.testing.assert_allclose(still[..., 1:], -60, rtol=1e-6)


def test_the_end_of_a_stream_is_held_and_not_dropped_to_zero() -> None:
    # zeros behind the last sample would be a step of 9.81 and shake every band
    last = drive(plain(BANDS), [np.full((65, 6), 9.81, np.float32)])[-1].reshape(6, 13)
    np.testing.assert_allclose(last[:, 0], 9.81, rtol=1e-6)
    np.testing.assert_allclose(last[:, 1:], -60, rtol=1e-6)


def test_channels_are_apart() -> None:
    x = motion(200)
    shaken = x.copy()
    shaken[:, 4] *= 50
    same = (drive(plain(BANDS), [x]) == drive(plain(BANDS), [shaken])).all(axis=0).reshape(6, 13).all(axis=1)
    assert same.tolist() == [True] * 4 + [False, True]


def test_a_blow_at_the_end_changes_nothing_before_it() -> None:
    chain, x = sensor_chain(front_end(BANDS)), motion(400)
    struck = np.concatenate([x, 100 * np.ones((200, 6), np.float32)])
    n_due = (400 - chain.latency) // BANDS.frame_samples
    np.testing.assert_array_equal(drive(chain, [struck])[:n_due], drive(chain, [x])[:n_due])


@pytest.mark.parametrize(
    ("config", "latency", "frame_samples", "width"),
    [
        (RAW, 9, 10, 6 * 10),
        (BANDS, 63, 8, 6 * 13),
        (CEPSTRA, 31 + 2 * 10, 30, 6 * 9 * 3),
        (CENTRED, 31 + 2 * 10, 30, 6 * 11 * 3),
        (WIDE, 199, 50, 31),
    ],
)
def test_latency_and_sizes(config: SensorConfig, latency: int, frame_samples: int, width: int) -> None:
    chain = sensor_chain(front_end(config))
    assert (chain.latency, chain.rate) == (latency, Fraction(1, frame_samples))
    assert (config.frame_samples, config.width) == (frame_samples, width)
    assert drive(chain, [motion(101, config.n_channels)]).shape == (-(-101 // frame_samples), width)


def test_bands_overlap_to_one() -> None:
    bands = sensor_bands(dataclasses.replace(WIDE, fmin_hz=50.0))
    # lines of 5 Hz; peaks from 64.5 to 485.5
    np.testing.assert_allclose(bands[:, 13:98].sum(axis=0), 1, atol=1e-6)
    assert not bands[:, :11].any() and not bands[:, 100:].any()
    np.testing.assert_array_equal(sensor_bands(RAW).shape, (0, 0))


def test_mel_bands_widen_upwards() -> None:
    n_lines = (sensor_bands(dataclasses.replace(MEL, win_length=1024)) > 0).sum(axis=1)
    assert (np.diff(n_lines) > 0).all()
    assert 5 < n_lines[-1] / n_lines[0] < 12


def test_settings_go_through_a_dictionary() -> None:
    assert from_dict(SensorConfig, to_dict(MEL)) == MEL
    settings = {"channels": ["x"], "units": ["g"], "fmax_hz": 20}
    assert from_dict(SensorConfig, settings) == SensorConfig(("x",), ("g",), fmax_hz=20.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "mfcc"}, "kind must be raw, history, bands or cepstra, got 'mfcc'"),
        ({"scale": "bark"}, "scale must be linear or mel, got 'bark'"),
        ({"channels": (), "units": ()}, "channels names no column; name them"),
        ({"channels": ("x", "y", "x", "z", "u", "v")}, "channels must differ, x came more than once"),
        ({"units": ("g", "g")}, r"one unit for each of 6 channels, got 2: \('g', 'g'\)"),
        ({"sample_rate_hz": 0}, "sample_rate_hz must be positive, got 0"),
        ({"win_length": 63}, "an even win_length .* got win_length=63"),
        ({"hop_length": 65}, "hop_length <= win_length, got win_length=64, hop_length=65"),
        ({"n_stack": 0}, "n_stack must be at least 1, got 0"),
        ({"max_gap_s": 0.0}, "max_gap_s must be positive, got 0"),
        ({"n_bands": 0}, "n_bands must be at least 1, got 0"),
        ({"kind": "cepstra", "n_cepstra": 13}, "n_cepstra <= n_bands, got n_cepstra=13, n_bands=12"),
        ({"fmax_hz": 26.0}, r"<= 25 \(half the sample rate\), got fmin_hz=0, fmax_hz=26"),
        ({"floor": 0.0}, "floor must be positive, got 0"),
        ({"centre_length": 5}, "expected an even 0 <= centre_length < win_length, got centre_length=5"),
        ({"centre_length": 64}, "centre_length < win_length, got centre_length=64, win_length=64"),
        ({"kind": "raw", "centre_length": 2}, "of bands and cepstra; with raw it must be 0, got 2"),
        ({"centre_length": -2}, "expected an even 0 <= centre_length < win_length, got centre_length=-2"),
        (
            {"n_bands": 75},
            r"no line of the spectrum falls into band 0, 0 to 0.658 Hz \(lines are 0.781 Hz apart\); take",
        ),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(BANDS, **settings)


def test_raw_asks_nothing_of_bands() -> None:
    assert SensorConfig(("t",), ("C",), kind="raw", sample_rate_hz=1, fmax_hz=99.0).width == 8
    assert SensorConfig(("t",), ("C",), kind="raw", hop_length=100).width == 100


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "mean",
            np.zeros(6),
            r"mean has the shape \[6\], expected \[78\] for kind 'bands'; were the settings",
        ),
        ("bands", np.zeros((12, 30)), r"bands has the shape \[12, 30\], expected \[12, 33\]"),
        ("std", np.arange(78), r"std must be positive, feature \[0\] never changes"),
        ("std", np.full(78, np.nan), "std must be positive"),
    ],
)
def test_numbers_that_do_not_fit(name: str, value: np.ndarray, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(front_end(BANDS), **{name: value})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hop_length": 2}, "history has a frame a sample: hop_length and n_stack must be 1, got 2 and 1"),
        ({"horizon": 0}, "horizon must be at least 1, got 0"),
        ({"level": False}, "without level there must be lags or means"),
        ({"lags": (64,)}, r"lags and means must be from 1 to 63, .* got \(64,\) and \(\)"),
        ({"means": (0,)}, "lags and means must be from 1 to 63"),
    ],
)
def test_a_history_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SensorConfig(("x",), ("g",), **({"kind": "history", "hop_length": 1} | settings))


def test_a_history_without_its_linear_map() -> None:
    config = SensorConfig(("x",), ("g",), kind="history", hop_length=1, horizon=3)
    with pytest.raises(
        ConfigError, match=r"linear has the shape \[0, 0\], expected \[63, 3\] for kind 'history'"
    ):
        SensorFrontEnd(config, sensor_bands(config), np.zeros(1, "f"), np.ones(1, "f"))
