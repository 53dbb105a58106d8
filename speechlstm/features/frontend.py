"""Front ends of all kinds: samples in, normalised network frames out."""

from collections.abc import Mapping

import numpy as np

from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sensor import SensorConfig, SensorFrontEnd
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.features.strokes import StrokeConfig, StrokeFrontEnd

__all__ = ["FeatureConfig", "FrontEnd", "make_front_end"]

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
        front_end = SensorFrontEnd(config, numbers["bands"], numbers["mean"], numbers["std"])
    else:
        front_end = SoundFrontEnd(config, numbers["mel_filters"], numbers["mean"], numbers["std"])
    front_end.check()
    return front_end
