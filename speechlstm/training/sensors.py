"""What training reads of the files of a sensor."""

from speechlstm.features.sensor_config import SensorConfig
from speechlstm.sources.sensor import Sensor

__all__ = ["sensor_of"]


def sensor_of(config: SensorConfig) -> Sensor:
    """What the settings of a front end want of a sensor."""
    return Sensor(config.channels, config.sample_rate_hz, config.max_gap_s)
