"""What a room, a microphone and a speaker do to sound, drawn at random."""

from functools import lru_cache

import numpy as np

__all__ = ["change_speed", "change_tempo", "colour", "draw_room", "gain_curve", "rms"]

# a gain without delay rings on both sides, by less than this
_N_RING = 256
# where a microphone's gain is drawn, in parts of half the sample rate
_KNOTS = (0.0, 0.05, 0.12, 0.25, 0.5, 1.0)


def rms(x: np.ndarray) -> float:
    """Root mean square of ``x``; a tiny number for silence, so that one may divide by it."""
    return float(np.sqrt(np.square(x).mean() + 1e-12)) if len(x) else 1e-6


def change_speed(x: np.ndarray, factor: float) -> np.ndarray:
    """Play ``x`` ``[n]`` ``factor`` times as fast, pitch and formants with it, by linear interpolation."""
    positions = np.arange(int((len(x) - 1) / factor)) * factor
    whole = positions.astype(np.int64)
    fraction = (positions - whole).astype(np.float32)
    left = x[whole]
    return np.asarray(left + (x[whole + 1] - left) * fraction, np.float32)


def change_tempo(x: np.ndarray, factor: float, *, sample_rate_hz: int) -> np.ndarray:
    """Speak ``x`` ``[n]`` ``factor`` times as fast at the same pitch (WSOLA, Verhelst and Roelands, 1993).

    Pieces of 15 ms are cross-faded, each taken within 5 ms of its place, where it goes on best from the last;
    what is left behind the last piece, at least 5 ms, is kept as it is, so that no word loses its end.
    """
    hop, reach = int(0.015 * sample_rate_hz), int(0.005 * sample_rate_hz)
    n, n_pieces = len(x), 1 + int((len(x) - hop - 2 * reach) / (factor * hop))
    if n_pieces < 2:
        return x
    x = np.pad(x, (0, hop))
    ramp = np.linspace(0, 1, hop, dtype=np.float32)
    pieces, at = [x[:hop]], 0
    for k in range(1, n_pieces):
        goes_on = x[at + hop : at + 2 * hop]
        first = max(0, int(k * hop * factor) - reach)
        at_best = int(np.correlate(x[first : first + hop + 2 * reach], goes_on).argmax())
        at = first + at_best
        pieces.append(goes_on + (x[at : at + hop] - goes_on) * ramp)
    return np.concatenate([*pieces, x[at + hop : n]])


def gain_curve(rng: np.random.Generator, *, spread_db: float) -> np.ndarray:
    """A microphone drawn at random: decibels ``[6]`` at frequencies about an octave apart.

    Each is drawn with ``spread_db``, and a tilt over all of them with half as much again.
    """
    n = len(_KNOTS)
    return np.asarray(rng.normal(0, spread_db, n) + rng.normal(0, 1.5 * spread_db) * np.linspace(-1, 1, n))


def colour(x: np.ndarray, gain_db: np.ndarray, *, room: np.ndarray | None = None) -> np.ndarray:
    """``x`` ``[n]`` as a microphone hears it.

    Args:
        x: The sound.
        gain_db: What :func:`gain_curve` gave; between its points it is a straight line.
        room: What :func:`draw_room` gave, or nothing.

    Returns:
        ``[n]``, the room's last echoes cut off.
    """
    n_tail = _N_RING if room is None else len(room)
    n_fft = 1 << (len(x) + n_tail - 1).bit_length()
    spectrum = np.fft.rfft(x, n_fft)
    spectrum *= np.exp(_between_knots(len(spectrum)) @ (gain_db * (np.log(10) / 20)).astype(np.float32))
    if room is not None:
        spectrum *= np.fft.rfft(room, n_fft)
    return np.fft.irfft(spectrum, n_fft)[: len(x)].astype(np.float32)


@lru_cache(maxsize=32)
def _between_knots(n_bins: int) -> np.ndarray:
    """What each knot gives to each of the bins from 0 to half the rate, float32 ``[n_bins, n_knots]``."""
    places = np.linspace(0, 1, n_bins)
    return np.stack([np.interp(places, _KNOTS, knot) for knot in np.eye(len(_KNOTS))], axis=1).astype("f")


def draw_room(rng: np.random.Generator, sample_rate_hz: int) -> np.ndarray:
    """The response of a simulated room, ``[n]``, the direct sound first.

    Noise that decays exponentially (60 dB in 0.1-0.6 s) behind the direct sound (Polack's model).
    """
    rt60_s = rng.uniform(0.1, 0.6)
    n = int(min(0.5, rt60_s) * sample_rate_hz)
    response = rng.standard_normal(n).astype(np.float32)
    response *= np.exp(-6.9 / (rt60_s * sample_rate_hz) * np.arange(n, dtype=np.float32))
    # energy of the room against that of the direct sound
    response *= 10 ** (rng.uniform(-20, 0) / 20) / np.sqrt(np.square(response).sum())
    response[0] = 1
    return response
