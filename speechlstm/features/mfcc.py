"""Mel-frequency cepstral coefficients as a stage, equal to librosa's."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechlstm.config import require
from speechlstm.stage import NoState, Stage, concatenate

__all__ = ["Mfcc", "MfccConfig", "dct_matrix"]


@dataclass(frozen=True, slots=True)
class MfccConfig:
    """What an MFCC is computed with; librosa's names and meaning.

    Attributes:
        sample_rate_hz: Samples per second.
        win_length: Samples in a (Hann) window, an even number; the FFT has the same length.
        hop_length: Samples between windows.
        n_mels: Mel bands.
        n_mfcc: Cepstral coefficients kept, at most ``n_mels``.
        fmin_hz: Lower edge of the lowest band.
        fmax_hz: Upper edge of the highest band, at most half the sample rate.
        floor: Power under which a band counts as silent (librosa's ``amin``).
        n_stack: Neighbouring frames laid side by side into one network frame.
        lead_frames: Network frames of silence that are taken as heard before the sound.
        tail_frames: Network frames of silence that are heard behind the end of the sound.
        kind: ``mfcc``, which tells these settings from those of a sensor.
    """

    sample_rate_hz: int = 8000
    win_length: int = 200
    hop_length: int = 80
    n_mels: int = 32
    n_mfcc: int = 20
    fmin_hz: float = 60.0
    fmax_hz: float = 3700.0
    floor: float = 1e-7
    n_stack: int = 3
    lead_frames: int = 0
    tail_frames: int = 0
    kind: Literal["mfcc"] = "mfcc"

    def __post_init__(self) -> None:
        require(self.sample_rate_hz > 0, f"sample_rate_hz must be positive, got {self.sample_rate_hz}")
        require(
            1 <= self.n_mfcc <= self.n_mels,
            f"expected 1 <= n_mfcc <= n_mels, got n_mfcc={self.n_mfcc}, n_mels={self.n_mels}",
        )
        require(
            0 <= self.fmin_hz < self.fmax_hz <= self.sample_rate_hz / 2,
            f"expected 0 <= fmin_hz < fmax_hz <= {self.sample_rate_hz / 2:g} (half the sample rate), "
            f"got fmin_hz={self.fmin_hz:g}, fmax_hz={self.fmax_hz:g}",
        )
        require(
            self.win_length % 2 == 0 and 1 <= self.hop_length <= self.win_length,
            "expected an even win_length and 1 <= hop_length <= win_length, "
            f"got win_length={self.win_length}, hop_length={self.hop_length}",
        )
        require(self.kind == "mfcc", f"kind must be mfcc, got {self.kind!r}")
        require(self.n_stack >= 1, f"n_stack must be at least 1, got {self.n_stack}")
        for name in ("lead_frames", "tail_frames"):
            require(getattr(self, name) >= 0, f"{name} must not be negative, got {getattr(self, name)}")
        require(self.floor > 0, f"floor must be positive, got {self.floor}")

    @property
    def n_channels(self) -> None:
        """Sound is mono: its samples are ``[n]``."""
        return None

    @property
    def frame_samples(self) -> int:
        """Samples from one network frame to the next."""
        return self.hop_length * self.n_stack

    @property
    def onset_frames(self) -> int:
        """Those of the ``lead_frames`` whose windows reach into the sound, so that no two are alike."""
        return min(self.lead_frames, -(-(self.win_length - self.hop_length) // self.frame_samples))

    @property
    def width(self) -> int:
        """Features in one network frame."""
        return self.n_mfcc * self.n_stack


# a block stays in the processor's cache: measured twice as fast as a minute at once
_BLOCK_FRAMES = 256


class Mfcc(Stage[NoState]):
    """MFCC of windows ``[frames, win_length]`` -> ``[frames, n_mfcc]``, in decibels.

    ``DCT(10 log10 max(floor, mel |FFT(hann * window)|^2))``: equal to
    ``librosa.feature.mfcc(S=power_to_db(melspectrogram(center=False), top_db=None, amin=floor))``
    (Davis and Mermelstein, 1980). Without librosa's default ``top_db``, which looks at the whole clip.

    Args:
        mel_filters: ``[n_mels, 1 + win_length // 2]``, as ``librosa.filters.mel`` makes it.
        n_mfcc: Coefficients kept.
        floor: Smallest power that is told from silence.
    """

    def __init__(self, mel_filters: np.ndarray, *, n_mfcc: int, floor: float) -> None:
        n_mels, n_bins = mel_filters.shape
        used = np.flatnonzero(mel_filters.any(axis=0))
        self._bins = slice(int(used[0]), int(used[-1]) + 1)
        # each row twice, for the squares of real and imaginary parts as they lie
        self._mel = np.repeat(mel_filters[:, self._bins].T.astype(np.float32), 2, axis=0)
        # decibels are ten times the logarithm; the factor rides on the transform, which is summed in
        # float64: in float32 the first coefficient of silence was measured 3e-4 off, at no less time
        self._dct = np.ascontiguousarray(10 * dct_matrix(n_mels)[:, :n_mfcc])
        win_length = 2 * (n_bins - 1)
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)).astype(np.float32)
        self._floor = np.float32(floor)

    def initial_state(self) -> NoState:
        return NoState()

    def step(self, x: np.ndarray, state: NoState) -> tuple[np.ndarray, NoState]:
        """Take windows ``[frames, win_length]``, give coefficients ``[frames, n_mfcc]``."""
        blocks = [self._transform(x[i : i + _BLOCK_FRAMES]) for i in range(0, len(x), _BLOCK_FRAMES)]
        return concatenate(blocks or [self.flush(state)]), state

    def flush(self, state: NoState) -> np.ndarray:
        return np.zeros((0, self._dct.shape[1]), np.float32)

    def _transform(self, x: np.ndarray) -> np.ndarray:
        parts = np.fft.rfft(x * self._window)[:, self._bins].view(np.float32)
        mel = np.square(parts) @ self._mel
        np.log10(np.maximum(mel, self._floor, out=mel), out=mel)
        return np.asarray((mel.astype(np.float64) @ self._dct).astype(np.float32))


def dct_matrix(n: int) -> np.ndarray:
    """The orthonormal DCT-II as a matrix ``[n, n]``, to be multiplied from the right to rows of values.

    Its transpose is its inverse.
    """
    k = np.arange(n)
    matrix = np.sqrt(2 / n) * np.cos(np.pi / n * np.outer(k + 0.5, k))
    matrix[:, 0] /= np.sqrt(2)
    return np.asarray(matrix)
