"""Whether an inertial sensor speaks in the units that a model knows: gravity tells."""

from collections.abc import Sequence

import numpy as np

__all__ = ["FAR_OFF", "UnitCheck", "gravity_in"]

# how strong gravity is in each unit of acceleration
_GRAVITY = {"m/s2": 9.81, "m/s^2": 9.81, "m/s²": 9.81, "g": 1.0}
_HEARD = 0.5
# a factor that no movement explains; m/s2 and g are 9.81 apart
FAR_OFF = 4
# a gyroscope for a body ends at 2,000 degrees a second, which are 35 rad/s
_ROTATION, _FASTEST = "rad/s", 35.0
# records of which the mean is taken, for a vibration to vanish
_BLOCK = 32


class UnitCheck:
    """Compares what comes with what gravity, and a gyroscope, can come to in the model's units.

    Accelerometers are checked where the training data hold gravity, which is then in every record of whoever
    has the same unit, at rest or shaken: in the mean of some records, that is, where vibration vanishes.
    Rates of rotation in ``rad/s`` are told from degrees by being faster than any gyroscope.

    Args:
        channels: Names of the channels; three axes are told by names that end in x, y and z.
        units: One of each channel, as the model has them.
        levels: How much of each channel is steady in the training data, as
            :attr:`speechlstm.features.sensor.SensorFrontEnd.levels` has it; none where that is not known.
    """

    def __init__(self, channels: Sequence[str], units: Sequence[str], levels: Sequence[float]) -> None:
        self._channels, self._units = channels, units
        self._accelerometers = [
            (places, level)
            for places in (_triples(channels, units) if levels and units else [])
            if gravity_in(units[places[0]], level := float(np.linalg.norm(np.take(levels, places))))
        ]
        self._gyroscopes = [i for i, unit in enumerate(units) if unit == _ROTATION]
        self._rest = np.zeros((0, len(channels)))
        self._squares, self._n = np.zeros(len(channels)), 0

    def add(self, values: np.ndarray) -> None:
        """Take in values ``[n, n_channels]``."""
        held = np.concatenate([self._rest, values])
        n_whole = len(held) // _BLOCK
        blocks = held[: n_whole * _BLOCK].reshape(n_whole, _BLOCK, len(self._channels))
        self._squares += np.square(blocks.mean(axis=1)).sum(axis=0)
        self._n, self._rest = self._n + n_whole, held[n_whole * _BLOCK :]

    @property
    def notice(self) -> str:
        """What is to be known; empty where nothing is.

        Example:
            >>> check = UnitCheck(("acc_x", "acc_y", "acc_z"), ("m/s2",) * 3, (5.1, 6.2, 5.5))
            >>> check.add(np.tile([0.0, 60.0, 80.0], (50, 1)))
            >>> check.notice
            'acc_x, acc_y, acc_z come to 100 where the model, in m/s2, knows 9.73: are they in another unit?'
        """
        if not self._n:
            return ""
        level = np.sqrt(self._squares / self._n)
        told = [
            self._told(places, known, float(np.linalg.norm(level[places])))
            for places, known in self._accelerometers
        ]
        fast = [self._channels[i] for i in self._gyroscopes if level[i] > _FASTEST]
        if fast:
            told.append(
                f"{', '.join(fast)} in rad/s would be faster than gyroscopes go: are they in degrees?"
            )
        return "; ".join(filter(None, told))

    def _told(self, places: Sequence[int], level: float, found: float) -> str:
        names, unit = ", ".join(self._channels[i] for i in places), self._units[places[0]]
        known = f"{names} come to {found:.3g} where the model, in {unit}, knows {level:.3g}"
        if found > FAR_OFF * level:
            return f"{known}: are they in another unit?"
        return f"{known}: are they in another unit, or without gravity?" if found < level / FAR_OFF else ""


def gravity_in(unit: str, level: float) -> bool:
    """Whether three axes that come to ``level`` in ``unit`` feel gravity."""
    gravity = _GRAVITY.get(unit)
    return gravity is not None and abs(level / gravity - 1) < _HEARD


def _triples(channels: Sequence[str], units: Sequence[str]) -> list[list[int]]:
    """Three neighbours of one unit whose names differ by x, y and z at their ends."""
    places = [[i, i + 1, i + 2] for i in range(len(channels) - 2)]
    return [
        p
        for p in places
        if [channels[i][-1:].lower() for i in p] == ["x", "y", "z"]
        and len({channels[i][:-1] for i in p}) == 1
        and len({units[i] for i in p}) == 1
    ]
