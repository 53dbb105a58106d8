from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from speechlstm.config import from_dict
from speechlstm.data.augment_sensor import (
    SensorAugmentConfig,
    add_noise,
    augment,
    drop_channels,
    random_rotation,
    rotate,
    scale,
    warp_time,
)
from speechlstm.errors import ConfigError

TRIPLES = ((0, 1, 2), (3, 4, 5))
N = 400
X = np.random.default_rng(3).normal(0, 1, (N, 7)).astype("f")
X.flags.writeable = False
# stretches of different lengths, as activities come
LABELS = np.repeat(["sit", "stand", "walk", "sit"], [30, 150, 200, 20])
SEEDS = range(20)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rotation_is_one(seed: int) -> None:
    matrix = random_rotation(rng(seed), max_angle_deg=30)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)
    assert np.rad2deg(np.arccos((np.trace(matrix) - 1) / 2)) <= 30


def test_a_rotation_is_scipys() -> None:
    drawn = rng(5)
    axis = drawn.standard_normal(3)
    angle = np.deg2rad(drawn.uniform(0, 90))
    expected = Rotation.from_rotvec(angle * axis / np.linalg.norm(axis)).as_matrix()
    np.testing.assert_allclose(random_rotation(rng(5), max_angle_deg=90), expected, atol=1e-12)


def test_every_direction_and_angle_comes() -> None:
    drawn = rng()
    vectors = [
        Rotation.from_matrix(random_rotation(drawn, max_angle_deg=60)).as_rotvec() for _ in range(2000)
    ]
    angles = np.rad2deg(np.linalg.norm(vectors, axis=1))
    np.testing.assert_allclose(np.percentile(angles, [0, 50, 100]), [0, 30, 60], atol=3)
    np.testing.assert_allclose(np.mean(vectors, axis=0), 0, atol=0.05)


def test_rotating_keeps_norms_and_the_angle_between_acceleration_and_turn() -> None:
    turned = rotate(X, rng(1), triples=TRIPLES, max_angle_deg=180)
    for columns in TRIPLES:
        before, after = X[:, columns], turned[:, columns]
        np.testing.assert_allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), rtol=1e-5)
        assert np.abs(after - before).max() > 0.5
    np.testing.assert_allclose(
        cosine(turned[:, :3], turned[:, 3:6]), cosine(X[:, :3], X[:, 3:6]), rtol=0, atol=1e-5
    )
    np.testing.assert_array_equal(turned[:, 6], X[:, 6])


def test_rotating_turns_no_farther_than_it_may() -> None:
    for seed in SEEDS:
        turned = rotate(X, rng(seed), triples=TRIPLES, max_angle_deg=10)
        assert cosine(turned[:, :3], X[:, :3]).min() > np.cos(np.deg2rad(10.01))


def test_no_angle_turns_nothing() -> None:
    np.testing.assert_allclose(rotate(X, rng(), triples=TRIPLES, max_angle_deg=0), X, atol=1e-6)


def test_scaling_keeps_the_direction_in_a_triple() -> None:
    louder = scale(X, rng(1), spread=0.5, triples=TRIPLES)
    gains = louder / X
    np.testing.assert_allclose(gains.std(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(gains[0, [0, 0, 3, 3]], gains[0, [1, 2, 4, 5]], rtol=1e-5)
    assert len(np.unique(gains[0].round(4))) == 3


def test_gains_are_spread_as_told() -> None:
    drawn = rng()
    gains = [scale(np.ones((1, 3), np.float32), drawn, spread=0.2) for _ in range(2000)]
    np.testing.assert_allclose(np.log(gains).std(), 0.2, rtol=0.05)
    np.testing.assert_allclose(np.log(gains).mean(), 0, atol=0.02)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [2, 3, 50, N])
def test_warping_keeps_order_and_ends(n: int, seed: int) -> None:
    ramp = np.arange(n, dtype=np.float32)[:, np.newaxis]
    warped, places = warp_time(ramp, np.arange(n), rng(seed), spread=0.3, span_samples=40)
    assert warped.dtype == np.float32 and len(warped) == len(places)
    assert (warped[0, 0], warped[-1, 0], places[0], places[-1]) == (0, n - 1, 0, n - 1)
    assert (np.diff(warped[:, 0]) > 0).all()
    # a label stays with its sample
    assert np.abs(warped[:, 0] - places).max() <= 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_warping_keeps_the_sequence_of_labels(seed: int) -> None:
    _, labels = warp_time(X, LABELS, rng(seed), spread=0.3, span_samples=100)
    changes = np.flatnonzero(labels[1:] != labels[:-1])
    assert labels[np.r_[0, changes + 1]].tolist() == ["sit", "stand", "walk", "sit"]


def test_the_speed_is_smooth_and_spread_as_told() -> None:
    ramp = np.arange(100_000, dtype=np.float64)[:, np.newaxis] / 100  # so that float32 tells neighbours apart
    warped, _ = warp_time(ramp, np.zeros(len(ramp)), rng(), spread=0.2, span_samples=50)
    speed = np.diff(warped[:, 0].astype(np.float64)) * 100
    smooth = np.convolve(speed, np.ones(10) / 10, "valid")[::10]
    assert np.abs(np.diff(np.log(smooth))).max() < 0.35
    # halfway between two drawn speeds the spread is less: sqrt(2/3) of it over all
    assert np.log(smooth).std() == pytest.approx(0.2 * np.sqrt(2 / 3), rel=0.1)


def test_warping_changes_how_long_it_takes() -> None:
    lengths = [len(warp_time(X, LABELS, rng(seed), spread=0.3, span_samples=1000)[0]) for seed in range(200)]
    assert np.median(lengths) == pytest.approx(N, rel=0.05)
    assert min(lengths) < 0.7 * N and max(lengths) > 1.4 * N


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_warp(n: int) -> None:
    warped, labels = warp_time(X[:n], LABELS[:n], rng(), spread=0.5, span_samples=10)
    np.testing.assert_array_equal(warped, X[:n])
    assert labels.tolist() == LABELS[:n].tolist()


def test_a_dead_channel_shows_its_mean_and_the_others_are_as_they_were() -> None:
    means = np.arange(7) + 10.0
    n_dead = []
    for seed in range(200):
        left = drop_channels(X, rng(seed), probability=0.3, fill=means)
        dead = (left == means.astype("f")).all(axis=0)
        np.testing.assert_array_equal(left[:, ~dead], X[:, ~dead])
        n_dead.append(dead.sum())
    assert np.mean(n_dead) == pytest.approx(0.3 * 7, rel=0.1)
    assert max(n_dead) < 7


def test_one_channel_is_left() -> None:
    for seed in SEEDS:
        left = drop_channels(X, rng(seed), probability=1.0)
        assert (left == X).all(axis=0).sum() == 1


def test_noise_is_as_loud_as_told_and_white() -> None:
    still = np.zeros((20_000, 2), np.float32)
    noise = add_noise(still, rng(), std=np.array([0.5, 2.0]))
    np.testing.assert_allclose(noise.std(axis=0), [0.5, 2], rtol=0.03)
    assert abs(np.corrcoef(noise[1:, 0], noise[:-1, 0])[0, 1]) < 0.03
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.03


def test_all_of_it_is_the_same_for_the_same_seed_and_writes_into_nothing() -> None:
    config = SensorAugmentConfig(
        TRIPLES,
        max_angle_deg=20,
        scale_spread=0.1,
        warp_spread=0.2,
        drop_probability=0.1,
        noise_std=0.05,
    )
    numbers: dict[str, Any] = {"mean": np.zeros(7), "std": np.ones(7)}
    kept = X.copy()
    first, labels = augment(X, LABELS, rng(4), config=config, **numbers)
    again, _ = augment(X, LABELS, rng(4), config=config, **numbers)
    other, _ = augment(X, LABELS, rng(5), config=config, **numbers)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(X, kept)
    assert first.dtype == np.float32
    assert len(first) == len(labels) != len(other)


def test_the_defaults_do_nothing() -> None:
    x, labels = augment(X, LABELS, rng(), config=SensorAugmentConfig(), mean=np.zeros(7), std=np.ones(7))
    np.testing.assert_array_equal(x, X)
    assert labels.tolist() == LABELS.tolist()


def test_settings_from_a_dictionary() -> None:
    config = from_dict(SensorAugmentConfig, {"triples": [[0, 1, 2], [3, 4, 5]], "max_angle_deg": 15})
    assert config == SensorAugmentConfig(TRIPLES, max_angle_deg=15.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"triples": ((0, 1),)}, r"expected triples of columns.*got \(\(0, 1\),\)"),
        ({"triples": ((0, 1, 2), (2, 3, 4))}, "each column in one at most"),
        ({"max_angle_deg": 181.0}, "max_angle_deg must lie in 0..180, got 181"),
        ({"max_angle_deg": 9.0}, r"max_angle_deg is 9, and nothing is turned; name what is, as triples ="),
        ({"scale_spread": -0.1}, "scale_spread must be 0 or more, got -0.1"),
        ({"warp_spread": -1.0}, "warp_spread must be 0 or more"),
        ({"warp_span_samples": 0}, "warp_span_samples must be 1 or more, got 0"),
        ({"drop_probability": 1.0}, "drop_probability must be 0 or more, and less than 1, got 1"),
        ({"noise_std": -1.0}, "noise_std must be 0 or more, got -1"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SensorAugmentConfig(**settings)
