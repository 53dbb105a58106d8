import numpy as np
import pytest

from speechlstm.errors import ConfigError
from speechlstm.evaluation.robustness.robustness import ROOMS
from speechlstm.evaluation.robustness.room import Room, reverberated

RATE_HZ = 8000


def decay_s(response: np.ndarray) -> float:
    """Decay time by Schroeder's integration (1965), from 5 dB to 25 dB down, without the direct sound."""
    energy = np.cumsum(np.square(response[8:])[::-1])[::-1]
    level_db = 10 * np.log10(energy / energy[0])
    begin, end = (int(np.argmax(level_db < -down)) for down in (5, 25))
    return 3 * (end - begin) / RATE_HZ


@pytest.mark.parametrize("room", ROOMS[:2], ids=lambda room: f"{room.rt60_s:g} s")
def test_sound_dies_away_in_the_time_asked_for(room: Room) -> None:
    rng = np.random.default_rng(0)
    times = [decay_s(room.response(rng, RATE_HZ)) for _ in range(2)]
    assert np.mean(times) == pytest.approx(room.rt60_s, rel=0.2)


def test_the_first_echo_of_a_room_with_one_wall_near() -> None:
    # 2 m above the floor and 6 m below the ceiling, the walls far away
    room = Room((40.0, 40.0, 8.0), 2.0, 1.0)
    mouth, ear = np.array([20.0, 20.0, 2.0]), np.array([21.0, 20.0, 2.0])
    positions, n_walls = room._images(mouth)
    distance = np.sort(np.linalg.norm(positions - ear, axis=1))
    assert distance[:3] == pytest.approx([1.0, np.hypot(1, 4), np.hypot(1, 12)])
    assert sorted(n_walls[np.linalg.norm(positions - ear, axis=1) < 13]) == [0, 1, 1]


def test_the_direct_sound_comes_first_and_places_are_as_far_apart_as_asked() -> None:
    room, rng = Room((3.0, 2.5, 2.4), 0.2, 1.0), np.random.default_rng(3)
    response = room.response(rng, RATE_HZ)
    assert response[0] == pytest.approx(1)
    assert np.abs(response[1:]).max() < 1
    assert len(response) <= 0.2 * RATE_HZ + 20
    mouth, ear = room._places(rng)
    assert np.linalg.norm(mouth - ear) == pytest.approx(1.0)


def test_reverberation_is_convolution() -> None:
    rng = np.random.default_rng(0)
    x, response = rng.standard_normal(50), rng.standard_normal(20)
    np.testing.assert_allclose(reverberated(x, response), np.convolve(x, response), atol=1e-5)


@pytest.mark.parametrize(
    ("rt60_s", "distance_m", "told"),
    [
        (0.0, 1.0, "rt60_s must be positive, got 0.0"),
        (0.05, 1.0, r"rt60_s must be more than 0\.07 in a room of"),
        (0.2, 2.0, r"distance_m must be 0\.5 to 1\.4 in a room of .*, got 2"),
    ],
)
def test_rooms_that_cannot_be(rt60_s: float, distance_m: float, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Room((3.0, 2.5, 2.4), rt60_s, distance_m)
