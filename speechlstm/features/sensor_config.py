"""Settings of sensor front ends, and the frequency bands that follow from them.

Kinds, chosen in the recipe: the samples themselves, the samples with their history (for forecasts), the
energies of frequency bands, and cepstra (the MFCC of a sensor). The last two keep the mean of every window
beside the spectrum: gravity is in it, and with it which way up the sensor lies, of which a spectrum in
decibels tells nothing. Mean and variance of the window's middle may stand beside them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechlstm.config import require
from speechlstm.errors import ConfigError
from speechlstm.timing import Rate

__all__ = ["WITHOUT_BANDS", "SensorConfig", "sensor_bands"]

# kinds that need no spectrum
WITHOUT_BANDS = ("raw", "history")
# on the mel scale the ear turns from linear to logarithmic at 700 Hz, about a tenth of what speech reaches
_CORNER = 0.1


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """What the features of a sensor are computed with.

    Attributes:
        channels: Names of the columns, in the order of the samples.
        units: One for every channel, as ``m/s2`` or ``rad/s``; what the stored numbers are in.
        kind: ``raw`` (samples), ``history`` (samples with those before them), ``bands`` (energies in
            decibels) or ``cepstra`` (their DCT).
        sample_rate_hz: Samples per second; in a recipe ``"1/3600"`` is one an hour.
        win_length: Samples in a (Hann) window, an even number; with ``history`` the samples of a channel in a
            frame, the newest included; not used by ``raw``.
        hop_length: Samples between windows; with ``raw``, samples laid side by side into a frame.
        n_bands: Frequency bands of a channel.
        n_cepstra: Cepstral coefficients kept of a channel, at most ``n_bands``.
        centre_length: With ``bands`` and ``cepstra``, samples in the middle of a window whose mean and
            variance (in decibels) stand beside the spectrum, an even number; 0 for none.
        scale: Bands equally wide (``linear``), or wider from a tenth of ``fmax_hz`` upwards (``mel``).
        fmin_hz: Lower edge of the lowest band.
        fmax_hz: Upper edge of the highest band, at most half the sample rate.
        floor: Mean square, in the unit squared, under which a band counts as still.
        n_stack: Neighbouring frames laid side by side into one network frame.
        lags: With ``history``, which samples before the newest to lay beside it, 1 being the one before it.
        means: With ``history``, over how many samples before the newest to lay their mean beside it.
        level: With ``history``, whether the newest sample itself is heard; without it differences alone,
            which is right where the level of tomorrow may be one that was never there.
        horizon: With ``history``, samples that its linear forecast reaches.
        max_gap_s: A gap in the data that is longer starts a new segment, with states of its own.
    """

    channels: tuple[str, ...]
    units: tuple[str, ...]
    kind: Literal["raw", "history", "bands", "cepstra"] = "bands"
    sample_rate_hz: Rate = 50
    win_length: int = 64
    hop_length: int = 8
    n_bands: int = 12
    n_cepstra: int = 8
    centre_length: int = 0
    scale: Literal["linear", "mel"] = "linear"
    fmin_hz: float = 0.0
    fmax_hz: float = 25.0
    floor: float = 1e-6
    n_stack: int = 1
    lags: tuple[int, ...] = ()
    means: tuple[int, ...] = ()
    level: bool = True
    horizon: int = 1
    max_gap_s: float = 1.0

    def __post_init__(self) -> None:
        kinds = ("raw", "history", "bands", "cepstra")
        require(self.kind in kinds, f"kind must be raw, history, bands or cepstra, got {self.kind!r}")
        require(self.scale in ("linear", "mel"), f"scale must be linear or mel, got {self.scale!r}")
        self._check_channels()
        self._check_lengths()
        if self.kind == "history":
            self._check_history()
        elif self.kind != "raw":
            self._check_bands()

    def _check_channels(self) -> None:
        names = self.channels
        require(len(names) > 0, "channels names no column; name them, as channels = ['acc_x', 'acc_y']")
        twice = sorted({name for name in names if names.count(name) > 1})
        require(not twice, f"channels must differ, {', '.join(twice)} came more than once")
        require(
            len(self.units) == len(names),
            f"expected one unit for each of {len(names)} channels, got {len(self.units)}: {self.units}",
        )

    def _check_lengths(self) -> None:
        require(self.sample_rate_hz > 0, f"sample_rate_hz must be positive, got {self.sample_rate_hz}")
        require(self.hop_length >= 1, f"hop_length must be at least 1, got {self.hop_length}")
        require(
            self.kind == "raw" or (self.win_length % 2 == 0 and self.hop_length <= self.win_length),
            "expected an even win_length and 1 <= hop_length <= win_length, "
            f"got win_length={self.win_length}, hop_length={self.hop_length}",
        )
        require(
            self.kind in ("bands", "cepstra") or self.centre_length == 0,
            f"centre_length is of bands and cepstra; with {self.kind} it must be 0, got {self.centre_length}",
        )
        require(self.n_stack >= 1, f"n_stack must be at least 1, got {self.n_stack}")
        require(self.max_gap_s > 0, f"max_gap_s must be positive, got {self.max_gap_s:g}")

    def _check_history(self) -> None:
        require(
            self.frame_samples == 1,
            f"history has a frame a sample: hop_length and n_stack must be 1, got {self.hop_length} and "
            f"{self.n_stack}; for fewer forecasts lower sample_rate_hz",
        )
        require(self.horizon >= 1, f"horizon must be at least 1, got {self.horizon}")
        require(
            bool(self.level or self.lags or self.means),
            "without level there must be lags or means to be heard",
        )
        require(
            all(1 <= lag < self.win_length for lag in (*self.lags, *self.means)),
            f"lags and means must be from 1 to {self.win_length - 1}, which is win_length less the newest, "
            f"got {self.lags} and {self.means}",
        )

    def _check_bands(self) -> None:
        nyquist_hz = float(self.sample_rate_hz / 2)
        require(self.n_bands >= 1, f"n_bands must be at least 1, got {self.n_bands}")
        require(
            self.kind != "cepstra" or 1 <= self.n_cepstra <= self.n_bands,
            f"expected 1 <= n_cepstra <= n_bands, got n_cepstra={self.n_cepstra}, n_bands={self.n_bands}",
        )
        require(
            0 <= self.fmin_hz < self.fmax_hz <= nyquist_hz,
            f"expected 0 <= fmin_hz < fmax_hz <= {nyquist_hz:g} (half the sample rate), "
            f"got fmin_hz={self.fmin_hz:g}, fmax_hz={self.fmax_hz:g}",
        )
        require(self.floor > 0, f"floor must be positive, got {self.floor}")
        require(
            self.centre_length % 2 == 0 and 0 <= self.centre_length < self.win_length,
            "expected an even 0 <= centre_length < win_length, "
            f"got centre_length={self.centre_length}, win_length={self.win_length}",
        )
        empty = np.flatnonzero(~sensor_bands(self).any(axis=1))
        if len(empty):
            left, right = _edges_hz(self)[[empty[0], empty[0] + 2]]
            line_hz = float(self.sample_rate_hz / self.win_length)
            raise ConfigError(
                f"no line of the spectrum falls into band {empty[0]}, {left:.3g} to {right:.3g} Hz (lines "
                f"are {line_hz:.3g} Hz apart); take a longer win_length, fewer n_bands, or scale = 'linear'"
            )

    @property
    def n_channels(self) -> int:
        """Columns of a sample."""
        return len(self.channels)

    @property
    def n_features(self) -> int:
        """Features before stacking, which is what ``mean`` and ``std`` are stored for."""
        beside = 3 if self.centre_length else 1
        of_a_channel = {"bands": beside + self.n_bands, "cepstra": beside + self.n_cepstra}
        return self.n_channels * of_a_channel.get(self.kind, 1)

    @property
    def frame_samples(self) -> int:
        """Samples from one network frame to the next."""
        return self.hop_length * self.n_stack

    @property
    def width(self) -> int:
        """Features in one network frame."""
        of_history = self.level + len(self.lags) + len(self.means) + self.horizon
        of_a_feature = {"raw": self.frame_samples, "history": of_history}
        return self.n_features * of_a_feature.get(self.kind, self.n_stack)


def sensor_bands(config: SensorConfig) -> np.ndarray:
    """Triangular bands ``[n_bands, 1 + win_length // 2]`` over the lines of the spectrum, with peaks of 1.

    Neighbours overlap by half and add up to 1 between the lowest peak and the highest. ``raw`` and
    ``history`` have none: ``[0, 0]``.
    """
    if config.kind in WITHOUT_BANDS:
        return np.zeros((0, 0), np.float32)
    line_hz = np.arange(1 + config.win_length // 2) * float(config.sample_rate_hz / config.win_length)
    edges_hz = _edges_hz(config)
    left, peak, right = (edges_hz[i : i + config.n_bands, np.newaxis] for i in range(3))
    rising, falling = (line_hz - left) / (peak - left), (right - line_hz) / (right - peak)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), np.float32)


def _edges_hz(config: SensorConfig) -> np.ndarray:
    """Where the bands begin, peak and end: ``[n_bands + 2]``."""
    n = config.n_bands + 2
    if config.scale == "linear":
        return np.linspace(config.fmin_hz, config.fmax_hz, n)
    corner_hz = _CORNER * config.fmax_hz
    mel = np.linspace(np.log1p(config.fmin_hz / corner_hz), np.log1p(config.fmax_hz / corner_hz), n)
    return np.asarray(corner_hz * np.expm1(mel))
