"""Sensor front ends: samples of several channels in, normalised network frames out."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from speechlstm.config import require
from speechlstm.features.band_energies import BandEnergies
from speechlstm.features.framing import Framing, Stack
from speechlstm.features.history import History
from speechlstm.features.normalize import Normalize
from speechlstm.features.sensor_config import WITHOUT_BANDS, SensorConfig, sensor_bands
from speechlstm.stage import Chain

__all__ = ["SensorFrontEnd", "sensor_chain"]

# deviations from the mean beyond which a value is wild
_WILD = 1000.0


@dataclass(frozen=True, eq=False)
class SensorFrontEnd:
    """A sensor front end with its numbers, as a bundle stores it.

    Attributes:
        config: Its settings.
        bands: ``[n_bands, 1 + win_length // 2]``, as :func:`sensor_bands` makes it; ``[0, 0]`` with ``raw``
            and ``history``.
        mean: ``[n_features]``, of the training data.
        std: ``[n_features]``, of the training data, positive.
        linear: With ``history`` ``[win_length - 1, horizon]``, as
            :func:`speechlstm.features.history.fit_linear` makes it; else ``[0, 0]``.

    Raises:
        ConfigError: Numbers that do not fit the settings.
    """

    config: SensorConfig
    bands: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    linear: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def __post_init__(self) -> None:
        config = self.config
        bands = (0, 0) if config.kind in WITHOUT_BANDS else (config.n_bands, 1 + config.win_length // 2)
        linear = (config.win_length - 1, config.horizon) if config.kind == "history" else (0, 0)
        shapes = {"bands": bands, "linear": linear, "mean": (config.n_features,), "std": (config.n_features,)}
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            require(
                found == shape,
                f"{name} has the shape {list(found)}, expected {list(shape)} for kind {config.kind!r}; "
                "were the settings changed after the numbers were made?",
            )
        still = np.flatnonzero(~(self.std > 0))
        require(
            not len(still), f"std must be positive, feature {still[:1].tolist()} never changes in the data"
        )

    @property
    def limits(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest value of each channel that are not wild: a thousand deviations from the mean.

        Of bands the deviation is that of the means of windows. No sensor reaches so far in its own units.
        """
        first = np.arange(self.config.n_channels) * (self.config.n_features // self.config.n_channels)
        mean, reach = self.mean[first].astype(np.float64), _WILD * self.std[first].astype(np.float64)
        return tuple(zip((mean - reach).tolist(), (mean + reach).tolist(), strict=True))

    @property
    def levels(self) -> tuple[float, ...]:
        """How much of each channel is steady in the training data, in its unit: what gravity leaves.

        Of bands and cepstra the root mean square of the windows' means, of samples the size of their mean.
        """
        first = np.arange(self.config.n_channels) * (self.config.n_features // self.config.n_channels)
        spread = 0.0 if self.config.kind in WITHOUT_BANDS else self.std[first]
        return tuple(np.hypot(self.mean[first], spread).astype(float).tolist())

    def numbers(self) -> dict[str, Any]:
        """What is stored, by name."""
        numbers = {"bands": self.bands, "mean": self.mean, "std": self.std}
        return numbers | ({"linear": self.linear} if self.config.kind == "history" else {})

    def chain(self) -> Chain:
        """Samples ``[n, n_channels]`` -> network frames ``[n / frame_samples, width]``."""
        return sensor_chain(self)

    def check(self) -> None:
        """Whether the bands are those of the settings, not of another rate.

        Raises:
            ConfigError: They are not.
        """
        require(
            np.allclose(self.bands, sensor_bands(self.config), atol=1e-5),
            f"the front end holds other bands than {self.config.sample_rate_hz} Hz and the settings ask for",
        )


def sensor_chain(front_end: SensorFrontEnd) -> Chain:
    """Samples ``[n, n_channels]`` -> network frames ``[n / frame_samples, width]``."""
    config = front_end.config
    normalize = Normalize(front_end.mean, front_end.std)
    if config.kind == "raw":
        return Chain([normalize, Stack(config.frame_samples, config.n_channels)])
    if config.kind == "history":
        past = History(
            front_end.linear, config.n_channels, lags=config.lags, means=config.means, level=config.level
        )
        return Chain([normalize, past])
    energies = BandEnergies(
        front_end.bands,
        config.n_channels,
        floor=config.floor,
        n_cepstra=config.n_cepstra if config.kind == "cepstra" else None,
        centre_length=config.centre_length,
    )
    return Chain(
        [
            Framing(config.win_length, config.hop_length, n_channels=config.n_channels),
            energies,
            normalize,
            Stack(config.n_stack, config.n_features),
        ]
    )
