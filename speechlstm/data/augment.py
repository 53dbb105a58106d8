"""What a room, a microphone and a speaker do to sound, drawn at random."""

import numpy as np

__all__ = ["change_speed", "change_tempo", "colour", "rms"]


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


def colour(
    x: np.ndarray, rng: np.random.Generator, *, sample_rate_hz: int, spread_db: float, reverb: bool
) -> np.ndarray:
    """A random microphone, and a random room if ``reverb``, applied to ``x`` ``[n]``.

    The microphone is a smooth gain over frequency, drawn with ``spread_db`` in each of six bands, and a tilt
    drawn with half as much again; the room is noise that decays exponentially (60 dB in 0.1-0.6 s) behind
    the direct sound (Polack's model).
    """
    n_fft = 1 << (len(x) + sample_rate_hz // 2 - 1).bit_length()
    spectrum = np.fft.rfft(x, n_fft)
    knots = rng.normal(0, spread_db, 6) + rng.normal(0, 1.5 * spread_db) * np.linspace(-1, 1, 6)
    gain_db = np.interp(np.linspace(0, 5, len(spectrum)), np.arange(6), knots)
    spectrum *= (10 ** (gain_db / 20)).astype(np.float32)
    if reverb:
        spectrum *= np.fft.rfft(_room(rng, sample_rate_hz), n_fft)
    return np.fft.irfft(spectrum, n_fft)[: len(x)].astype(np.float32)


def _room(rng: np.random.Generator, sample_rate_hz: int) -> np.ndarray:
    rt60_s = rng.uniform(0.1, 0.6)
    n = int(min(0.5, rt60_s) * sample_rate_hz)
    response = rng.standard_normal(n).astype(np.float32)
    response *= np.exp(-6.9 / (rt60_s * sample_rate_hz) * np.arange(n, dtype=np.float32))
    # energy of the room against that of the direct sound
    response *= 10 ** (rng.uniform(-20, 0) / 20) / np.sqrt(np.square(response).sum())
    response[0] = 1
    return response
