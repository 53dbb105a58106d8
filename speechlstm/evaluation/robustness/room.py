"""Rooms with plain walls, and what they do to sound."""

from dataclasses import dataclass

import numpy as np

from speechlstm.config import require

__all__ = ["Room", "reverberated"]

_SPEED_M_S = 343.0
_MIN_DISTANCE_M = 0.5
_FROM_WALL_M = 0.5
# echoes fall between samples; this many on either side carry them
_N_SIDE = 8


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangular room whose walls all reflect alike.

    Attributes:
        size_m: Length, width and height.
        rt60_s: Time in which sound dies away by 60 dB, by Sabine's formula.
        distance_m: From mouth to microphone.
    """

    size_m: tuple[float, float, float]
    rt60_s: float
    distance_m: float

    def __post_init__(self) -> None:
        require(self.rt60_s > 0, f"rt60_s must be positive, got {self.rt60_s}")
        room = min(self.size_m) - 2 * _FROM_WALL_M
        require(
            _MIN_DISTANCE_M <= self.distance_m <= room,
            f"distance_m must be {_MIN_DISTANCE_M} to {room:g} in a room of {self.size_m} m, "
            f"got {self.distance_m}",
        )
        require(
            self._absorbed < 1,
            f"rt60_s must be more than {self.rt60_s * self._absorbed:.2f} in a room of {self.size_m} m, "
            f"got {self.rt60_s}",
        )

    @property
    def _absorbed(self) -> float:
        """Share of the energy that a wall takes: Sabine, RT60 = 0.161 V / (S a)."""
        a, b, c = self.size_m
        return 0.161 * a * b * c / (2 * (a * b + b * c + a * c)) / self.rt60_s

    def response(self, rng: np.random.Generator, sample_rate_hz: int) -> np.ndarray:
        """The response between two places drawn at random, ``[n]``; the direct sound is its first sample, 1.

        Images of the mouth in the walls, and in their images (Allen and Berkley, 1979), each with a sign
        drawn at random; echoes that are 60 dB down are left out.

        Args:
            rng: Where the places come from.
            sample_rate_hz: Samples per second.
        """
        mouth, ear = self._places(rng)
        position, n_walls = self._images(mouth)
        distance = np.linalg.norm(position - ear, axis=1)
        within = distance <= self.rt60_s * _SPEED_M_S
        distance, n_walls = distance[within], n_walls[within]
        reflected = np.sqrt(1 - self._absorbed) ** n_walls
        height = reflected * distance.min() / distance
        # all of one sign, the echoes of so regular a room would add up to a hum
        height *= np.where(n_walls == 0, 1, rng.choice((-1.0, 1.0), len(height)))
        delay = (distance - distance.min()) / _SPEED_M_S * sample_rate_hz
        return _impulses(delay, height)

    def _places(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Of mouth and microphone, ``[3]`` each: away from the walls, and as far apart as was asked."""
        low, high = np.full(3, _FROM_WALL_M), np.array(self.size_m) - _FROM_WALL_M
        while True:
            mouth = rng.uniform(low, high)
            direction = rng.standard_normal(3)
            ear = mouth + direction / np.linalg.norm(direction) * self.distance_m
            if (low <= ear).all() and (ear <= high).all():
                return mouth, ear

    def _images(self, mouth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions ``[n, 3]`` of the images of ``mouth``, and how many walls each was reflected by."""
        reach_m = self.rt60_s * _SPEED_M_S
        axes = []
        for size, at in zip(self.size_m, mouth, strict=True):
            n = int(np.ceil(reach_m / (2 * size)))
            order = np.arange(-n, n + 1)
            places = np.concatenate([2 * order * size + at, 2 * order * size - at])
            axes.append((places, np.concatenate([abs(2 * order), abs(2 * order - 1)])))
        grids = [np.stack(np.meshgrid(*part, indexing="ij"), axis=-1) for part in zip(*axes, strict=True)]
        return grids[0].reshape(-1, 3), grids[1].reshape(-1, 3).sum(axis=1)


def reverberated(x: np.ndarray, response: np.ndarray) -> np.ndarray:
    """``x`` ``[n]`` in a room, ``[n + len(response) - 1]``, float32: the last echoes are kept."""
    n = len(x) + len(response) - 1
    n_fft = 1 << (n - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(x, n_fft) * np.fft.rfft(response, n_fft), n_fft)
    return wet[:n].astype(np.float32)


def _impulses(delay: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Impulses between samples: sinc, windowed by a raised cosine; what comes before 0 is cut off."""
    whole = np.floor(delay).astype(np.int64)
    n = int(whole.max()) + 2 * _N_SIDE + 1
    response = np.zeros(n)
    for k in range(-_N_SIDE + 1, _N_SIDE + 1):
        off = k - (delay - whole)
        part = height * np.sinc(off) * np.cos(np.pi * off / (2 * _N_SIDE)) ** 2
        response += np.bincount(whole + k + _N_SIDE, part, minlength=n)
    return response[_N_SIDE:]
