"""How fast, how evenly, and for how long a sensor was recorded, and under which labels."""

import io
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from speechlstm.sources.problems import Problems
from speechlstm.sources.record_file import RecordFile
from speechlstm.sources.sensor import Sensor
from speechlstm.survey.sensor_parts import Part

__all__ = ["Timed", "bouts_of", "gaps_of", "model_rate_hz", "read_times"]

_RATES_HZ = (16, 25, 250, *(a * 10**b for a in (1, 2, 4, 5, 8) for b in range(5)))
# a little less than the model's rate is as good
_NEARLY = 0.95
_UNBRIDGED_S = 1e9


@dataclass(frozen=True, eq=False)
class Timed:
    """What a recording was read as.

    Attributes:
        time_s: Of each record ``[n]``, in the order they came.
        labels: Of each record ``[n]``.
        mean: Of each channel.
        std: Of each channel.
        square: Mean square of each channel.
        problems: What was odd in its cells.
    """

    time_s: np.ndarray
    labels: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    square: np.ndarray
    problems: Problems

    @property
    def rate_hz(self) -> float:
        """Records per second: one over the median of the steps forward; NaN where there are none."""
        steps = np.diff(self.time_s)
        forward = steps[steps > 0]
        return float(1 / np.median(forward)) if len(forward) else float("nan")


def read_times(part: Part, channels: tuple[str, ...], rate_hz: int) -> Timed:
    """Read a recording.

    Args:
        part: The recording.
        channels: The columns that are wanted.
        rate_hz: Records per second where they carry no time.

    Raises:
        DataError: It cannot be read, or no record can be used.
    """
    sensor = Sensor(channels, rate_hz or 1, _UNBRIDGED_S)
    times, labels, sums = [], [], []
    with RecordFile(part.file if part.content is None else io.BytesIO(part.content), sensor) as file:
        for records in file:
            times.append(records.time_s)
            labels.append(records.labels)
            values = records.values.astype(np.float64)
            sums.append(np.stack([values.sum(axis=0), np.square(values).sum(axis=0)]))
    time_s = np.concatenate(times)
    mean, square = np.sum(sums, axis=0) / len(time_s)
    std = np.sqrt(np.maximum(square - np.square(mean), 0))
    return Timed(time_s, np.concatenate(labels), mean, std, square, file.problems)


def model_rate_hz(rate_hz: float, *, of_motion: bool) -> int:
    """A rate for the model: the highest round one that the records reach; 50 Hz at most for a body's motion.

    Example:
        >>> model_rate_hz(99.2, of_motion=False), model_rate_hz(99.2, of_motion=True)
        (100, 50)
    """
    reached = [rate for rate in _RATES_HZ if _NEARLY * rate <= rate_hz]
    return min(max(reached, default=0), 50 if of_motion else max(_RATES_HZ))


def gaps_of(timed: Timed, max_gap_s: float) -> np.ndarray:
    """Steps in time that are longer than ``max_gap_s``, in seconds."""
    steps = np.diff(timed.time_s)
    return steps[steps > max_gap_s]


def bouts_of(timed: Timed, max_gap_s: float) -> dict[str, list[float]]:
    """Seconds of each run of one label, by label; a gap ends a run, and its time belongs to none."""
    steps = np.diff(timed.time_s)
    bridged = (steps >= 0) & (steps <= max_gap_s)
    lasting = np.append(np.where(bridged, steps, 0), np.median(steps[bridged]) if bridged.any() else 0.0)
    changes = (timed.labels[1:] != timed.labels[:-1]) | ~bridged
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(lasting)]
    bouts: dict[str, list[float]] = defaultdict(list)
    for a, b in pairwise(edges):
        bouts[str(timed.labels[a])].append(float(lasting[a:b].sum()))
    return dict(bouts)
