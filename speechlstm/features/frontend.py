"""Front ends of all kinds: samples in, normalised network frames out."""

from collections.abc import Mapping

import numpy as np

from speechlstm.config import unknown_key
from speechlstm.errors import ConfigError
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.features.strokes import StrokeConfig, StrokeFrontEnd

__all__ = ["FeatureConfig", "FrontEnd", "levels_of", "limits_of", "make_front_end", "statistics_of"]

FeatureConfig = MfccConfig | SensorConfig | StrokeConfig
FrontEnd = SoundFrontEnd | SensorFrontEnd | StrokeFrontEnd


def make_front_end(config: FeatureConfig, numbers: Mapping[str, np.ndarray]) -> FrontEnd:
    """The front end of some settings and its numbers.

    Args:
        config: The settings.
        numbers: What the ``numbers()`` of a front end gave.

    Raises:
        ConfigError: Numbers that do not fit the settings.
        KeyError: One is missing.
    """
    front_end: FrontEnd
    if isinstance(config, StrokeConfig):
        front_end = StrokeFrontEnd(config)
    elif isinstance(config, SensorConfig):
        linear = {"linear": numbers["linear"]} if config.kind == "history" else {}
        front_end = SensorFrontEnd(config, numbers["bands"], numbers["mean"], numbers["std"], **linear)
    else:
        front_end = SoundFrontEnd(config, numbers["mel_filters"], numbers["mean"], numbers["std"])
    front_end.check()
    return front_end


def limits_of(front_end: FrontEnd) -> tuple[tuple[float, float], ...]:
    """Lowest and highest value of each channel of a sensor that is not wild; none of sound and pens."""
    return front_end.limits if isinstance(front_end, SensorFrontEnd) else ()


def levels_of(front_end: FrontEnd) -> tuple[float, ...]:
    """How much of each channel of a sensor is steady in the training data; none of sound and pens."""
    return front_end.levels if isinstance(front_end, SensorFrontEnd) else ()


def statistics_of(
    front_end: FrontEnd, channels: tuple[str, ...] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Stored mean and deviation of some channels of a sensor (all if None), ``[n]`` each, in their units.

    Raises:
        ConfigError: The front end is not of samples, or has no such channel.
    """
    config = front_end.config
    if not isinstance(front_end, SensorFrontEnd) or front_end.config.kind not in ("raw", "history"):
        raise ConfigError(
            f"statistics of channels need samples, as features of kind history; got kind {config.kind!r}"
        )
    known = front_end.config.channels
    wanted = known if channels is None else channels
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise unknown_key(unknown[0], known, "the channels")
    places = [known.index(name) for name in wanted]
    return front_end.mean[places].astype(np.float64), front_end.std[places].astype(np.float64)
