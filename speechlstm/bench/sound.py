"""Sound to measure with: the spoken samples of a checkout, or noise that comes and goes like speech."""

from pathlib import Path

import numpy as np
import soundfile

from speechlstm.sources.whole import whole_sound

__all__ = ["speech", "write_sounds"]

_RATE_HZ = 16_000
_SAMPLES = Path(__file__).parents[2] / "samples"


def speech(length_s: float, rate_hz: int) -> np.ndarray:
    """Mono float32 samples ``[n]`` in -1..1; beyond its end the sound begins again.

    Args:
        length_s: Length in seconds.
        rate_hz: Samples per second.
    """
    files = sorted(_SAMPLES.glob("*.wav"))
    sound = np.concatenate([whole_sound(path, rate_hz) for path in files]) if files else _noise(20 * rate_hz)
    return np.resize(sound, round(length_s * rate_hz))


def write_sounds(folder: Path, *, n_files: int, length_s: float) -> list[Path]:
    """Write files of one length, WAV and FLAC in turns, each beginning elsewhere in the sound."""
    sound = speech(length_s + n_files, _RATE_HZ)
    n_samples = round(length_s * _RATE_HZ)
    paths = [folder / f"{i:04}.{('wav', 'flac')[i % 2]}" for i in range(n_files)]
    for i, path in enumerate(paths):
        soundfile.write(path, sound[i * _RATE_HZ : i * _RATE_HZ + n_samples], _RATE_HZ, "PCM_16")
    return paths


def _noise(n_samples: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    n_blocks = n_samples // 1000 + 1
    level = np.repeat(10 ** rng.uniform(-4, -1, n_blocks), 1000)[:n_samples]
    return (level * np.clip(rng.normal(size=n_samples), -5, 5)).astype(np.float32)
