"""What happens to sound on its way: noise, level, a telephone line; and noises, recorded or generated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechlstm.config import require
from speechlstm.data.augment import rms
from speechlstm.errors import AudioError, DataError
from speechlstm.sources.resample import StreamResampler
from speechlstm.sources.whole import whole_sound

__all__ = ["Noises", "at_level", "at_rate", "generated_noises", "over_telephone", "read_noises", "with_noise"]

# of a longer recording only the beginning is taken
_MAX_NOISE_S = 60
_GENERATED_S = 30
# softer recordings are silence
_SILENT = 1e-4
_TELEPHONE_HZ = ((200, 300), (3400, 3700))
_MU = 255
_STEP = 1 / 32768


@dataclass(frozen=True, slots=True, eq=False)
class Noises:
    """Noises to mix in.

    Attributes:
        what: What they are, for people.
        samples: float32 ``[n]`` each.
    """

    what: str
    samples: tuple[np.ndarray, ...]

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """A stretch ``[n]`` of one of them, of RMS 1; none that is 3 dB softer than the recording."""
        noise = self.samples[int(rng.integers(len(self.samples)))]
        noise = np.tile(noise, -(-2 * n // len(noise)))
        energy = np.cumsum(np.square(noise, dtype=np.float64))
        power = (energy[n:] - energy[:-n]) / n
        start = int(rng.choice(np.flatnonzero(power >= 0.5 * power.mean())))
        stretch = noise[start + 1 : start + 1 + n]
        return stretch / np.float32(rms(stretch))


def read_noises(files: Sequence[Path], sample_rate_hz: int, what: str) -> Noises:
    """Read recordings of noise, of each at most a minute.

    Raises:
        DataError: None of them can be read, or one is silent all through.
    """
    found, errors = [], []
    for path in files:
        try:
            found.append((path, at_rate(path, sample_rate_hz)[: _MAX_NOISE_S * sample_rate_hz]))
        except AudioError as error:
            errors.append(str(error))
    if errors or not found:
        raise DataError(
            f"{len(errors)} of {len(files)} noises cannot be read: {'; '.join(errors[:2])}; take them out"
        )
    silent = [path.name for path, x in found if rms(x) < _SILENT]
    if silent:
        raise DataError(f"{', '.join(silent[:3])} hold only silence, which is no noise; take them out")
    return Noises(what, tuple(x for _, x in found))


def generated_noises(clips: Iterable[np.ndarray], sample_rate_hz: int, *, seed: int = 0) -> Noises:
    """White and pink noise, and noise with the long-term spectrum of the clips (speech-shaped).

    Args:
        clips: float samples ``[n]`` of each.
        sample_rate_hz: Samples per second.
        seed: Of the random numbers.
    """
    rng, n = np.random.default_rng(seed), _GENERATED_S * sample_rate_hz
    white = np.fft.rfft(rng.standard_normal(n))
    bins = np.arange(len(white))
    pink = 1 / np.sqrt(np.maximum(bins, 1))
    shaped = np.interp(bins / bins[-1], *_long_term_spectrum(clips))
    kinds = (np.ones(len(white)), pink, shaped)
    noises = (np.fft.irfft(white * kind, n) for kind in kinds)
    samples = tuple((x / rms(x)).astype(np.float32) for x in noises)
    return Noises("generated: white, pink and speech-shaped", samples)


def with_noise(x: np.ndarray, noise: np.ndarray, snr_db: float, speech: tuple[int, int]) -> np.ndarray:
    """``x`` ``[n]`` with noise under all of it; softer as a whole where it would not fit into -1..1.

    Args:
        x: The sound.
        noise: ``[n]``, of RMS 1.
        snr_db: Power of the speech against that of the noise; what noise the recording has counts as speech.
        speech: First sample of the speech and one past the last.
    """
    mixed = x + noise * np.float32(rms(x[slice(*speech)]) * 10 ** (-snr_db / 20))
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max(initial=0))), np.float32)


def at_level(x: np.ndarray, peak_db: float) -> np.ndarray:
    """``x`` ``[n]`` so that its largest sample is ``peak_db`` against full scale, in steps of 16 bits."""
    require(peak_db <= 0, f"a peak above full scale would be cut off; expected 0 dB or less, got {peak_db}")
    loud = x * np.float32(10 ** (peak_db / 20) / max(float(np.abs(x).max(initial=0)), _STEP))
    return np.asarray(np.round(loud / _STEP) * _STEP, np.float32)


def over_telephone(x: np.ndarray, sample_rate_hz: int) -> np.ndarray:
    """``x`` ``[n]`` from 300 to 3400 Hz, in 8 bits of mu-law (ITU-T G.711, its smooth curve)."""
    (off, low), (high, end) = _TELEPHONE_HZ
    hz = np.fft.rfftfreq(len(x), 1 / sample_rate_hz)
    gain = np.interp(hz, (off, low, high, end), (0, 1, 1, 0))
    band = np.clip(np.fft.irfft(np.fft.rfft(x) * gain, len(x)), -1, 1)
    code = np.round(np.sign(band) * np.log1p(_MU * np.abs(band)) / np.log1p(_MU) * 127) / 127
    return np.asarray(np.sign(code) * np.expm1(np.abs(code) * np.log1p(_MU)) / _MU, np.float32)


def at_rate(path: Path, sample_rate_hz: int, through_hz: int | None = None) -> np.ndarray:
    """A file's samples ``[n]`` at a rate, by way of another where one is given.

    Raises:
        AudioError: It cannot be read.
    """
    x = whole_sound(path, through_hz or sample_rate_hz)
    if through_hz is None:
        return x
    resampler = StreamResampler(through_hz, sample_rate_hz)
    return np.concatenate([resampler.feed(x), resampler.finish()])


def _long_term_spectrum(clips: Iterable[np.ndarray], n_fft: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Places from 0 to half the rate, as parts of it, and the mean magnitude there; ``[n]`` each."""
    window, power = np.hanning(n_fft), np.full(n_fft // 2 + 1, 1e-12)
    for x in clips:
        x = np.pad(x, (0, -len(x) % n_fft)).reshape(-1, n_fft)
        power += np.square(np.abs(np.fft.rfft(x * window))).sum(axis=0)
    return np.linspace(0, 1, len(power)), np.sqrt(power)
