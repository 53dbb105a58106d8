"""How loud a sound is at each time and frequency."""

import numpy as np

__all__ = ["spectrogram_db"]

_WINDOW_S, _HOP_S = 0.025, 0.01
_FLOOR_DB = -120.0


def spectrogram_db(samples: np.ndarray, sample_rate_hz: int) -> np.ndarray:
    """The power spectrum of Hann windows of 25 ms, one every 10 ms, each around its time.

    Args:
        samples: Float ``[n]`` in -1..1.
        sample_rate_hz: Samples per second.

    Returns:
        float64 ``[n_frequencies, n_windows]`` in dB of a sine of full scale, -120 at least; from 0 Hz up to
        half the rate. Of no samples one window.
    """
    win_length, hop_length = (round(s * sample_rate_hz) for s in (_WINDOW_S, _HOP_S))
    n_windows = 1 + len(samples) // hop_length
    padded = np.pad(np.asarray(samples, np.float64), (win_length // 2, win_length + hop_length))
    windows = np.lib.stride_tricks.sliding_window_view(padded, win_length)[::hop_length][:n_windows]
    shape = np.hanning(win_length)
    amplitude = np.abs(np.fft.rfft(windows * shape)) * 2 / shape.sum()
    level_db: np.ndarray = 20 * np.log10(np.maximum(amplitude.T, 10 ** (_FLOOR_DB / 20)))
    return level_db
