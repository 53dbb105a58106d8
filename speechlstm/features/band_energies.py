"""Energies of frequency bands of a sensor's channels, or their cepstra, beside the mean of every window."""

import numpy as np

from speechlstm.features.mfcc import dct_matrix
from speechlstm.stage import NoState, Stage

__all__ = ["BandEnergies"]

# a block stays in the processor's cache
_BLOCK_FRAMES = 256


class BandEnergies(Stage[NoState]):
    """Mean and band energies of windows ``[frames, n_channels, win_length]`` -> ``[frames, n_features]``.

    Of every channel comes the window's mean, then ``10 log10 max(floor, bands |FFT(hann * (x - mean))|^2)``,
    scaled so that a band holds the mean square of what falls into it (a sine of amplitude ``a`` comes to
    ``a^2 / 2``), whatever the window's length. The mean is taken away first because the Hann window would
    spread it over the lowest lines. Cepstra are the orthonormal DCT-II of the decibels. Last, where asked
    for, come mean and ``10 log10 max(floor, variance)`` of the middle samples of the window: a spectrum
    needs a long window, and these tell what is shorter than that.

    Args:
        bands: ``[n_bands, 1 + win_length // 2]``; none for ``raw``, which needs no such stage.
        n_channels: Channels of a window.
        floor: Smallest mean square that is told from stillness.
        n_cepstra: Coefficients kept; none gives the bands themselves.
        centre_length: Samples in the middle, an even number; 0 leaves their mean and variance out.
    """

    def __init__(
        self,
        bands: np.ndarray,
        n_channels: int,
        *,
        floor: float,
        n_cepstra: int | None = None,
        centre_length: int = 0,
    ) -> None:
        n_bands, n_bins = bands.shape
        n = 2 * (n_bins - 1)
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
        # a line stands for its negative frequency too, but for the first and the last, which are their own
        both_sides = np.where(np.isin(np.arange(n_bins), [0, n // 2]), 1, 2)
        self._bands = bands.T * (both_sides / (n * np.square(self._window).sum()))[:, np.newaxis]
        self._cepstra = None if n_cepstra is None else dct_matrix(n_bands)[:, :n_cepstra]
        self._floor = floor
        self._centre = slice((n - centre_length) // 2, (n + centre_length) // 2) if centre_length else None
        of_the_spectrum = n_bands if n_cepstra is None else n_cepstra
        self._n_features = n_channels * (1 + of_the_spectrum + (2 if centre_length else 0))

    def initial_state(self) -> NoState:
        return NoState()

    def step(self, x: np.ndarray, state: NoState) -> tuple[np.ndarray, NoState]:
        """Take windows ``[frames, n_channels, win_length]``, give ``[frames, n_features]``."""
        blocks = [self._transform(x[i : i + _BLOCK_FRAMES]) for i in range(0, len(x), _BLOCK_FRAMES)]
        return np.concatenate(blocks or [self.flush(state)]), state

    def flush(self, state: NoState) -> np.ndarray:
        return np.zeros((0, self._n_features), np.float32)

    def _transform(self, x: np.ndarray) -> np.ndarray:
        # float64: a sensor is slow, and gravity is large beside what moves
        mean = x.mean(axis=-1, dtype=np.float64, keepdims=True)
        spectrum = np.fft.rfft((x - mean) * self._window)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        level = 10 * np.log10(np.maximum(power @ self._bands, self._floor))
        if self._cepstra is not None:
            level = level @ self._cepstra
        parts = [mean, level]
        if self._centre is not None:
            parts += self._of_the_centre(x[..., self._centre].astype(np.float64))
        return np.concatenate(parts, axis=-1).astype(np.float32).reshape(len(x), -1)

    def _of_the_centre(self, x: np.ndarray) -> list[np.ndarray]:
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        return [mean, 10 * np.log10(np.maximum(variance, self._floor))]
