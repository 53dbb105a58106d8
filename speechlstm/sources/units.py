"""Whether an inertial sensor speaks in the units that a model knows: gravity tells."""

from collections.abc import Sequence

import numpy as np

__all__ = ["UnitCheck"]

# how strong gravity is in each unit of acceleration, and how far from it the level of training may be for
# the model to have heard it
_GRAVITY = {"m/s2": 9.81, "m/s^2": 9.81, "m/s²": 9.81, "g": 1.0}
_HEARD = 0.5
# a factor that no movement explains; m/s2 and g are 9.81 apart
_FAR_OFF = 4
# degrees and radians are 57.3 apart; a rotation may well be much faster than what was trained on
_ROTATION, _FAR_FASTER = "rad/s", 20
# records before anything is said
_N_JUDGED = 32


class UnitCheck:
    """Compares the level of what comes with that of the training data.

    Only where the answer is sure: accelerometers of three axes whose training data hold gravity, which is in
    every record of whoever has the same unit, and rates of rotation in ``rad/s``, far too large in degrees.
    Still machines and fast bodies are nothing to complain of.

    Args:
        channels: Names of the channels.
        units: One of each channel, as the model has them.
        levels: Root mean square of each channel in the training data, in its unit.
    """

    def __init__(self, channels: Sequence[str], units: Sequence[str], levels: Sequence[float]) -> None:
        groups: dict[str, list[int]] = {}
        for place, unit in enumerate(units if levels else ()):
            groups.setdefault(unit, []).append(place)
        self._groups = [
            (unit, places, level)
            for unit, places in groups.items()
            if _is_telling(unit, len(places), level := float(np.linalg.norm(np.take(levels, places))))
        ]
        self._channels = channels
        self._squares, self._n = np.zeros(len(channels)), 0

    def add(self, values: np.ndarray) -> None:
        """Take in values ``[n, n_channels]``."""
        self._squares += np.square(values, dtype=np.float64).sum(axis=0)
        self._n += len(values)

    @property
    def notice(self) -> str:
        """What is to be known; empty where nothing is.

        Example:
            >>> check = UnitCheck(("x", "y", "z"), ("m/s2",) * 3, (5.1, 6.2, 5.5))
            >>> check.add(np.tile([0.0, 60.0, 80.0], (50, 1)))
            >>> check.notice
            'x, y, z come to 100 where the model, in m/s2, knows 9.73: are they in another unit?'
        """
        told = (self._told(unit, places, level) for unit, places, level in self._groups)
        return "; ".join(filter(None, told)) if self._n >= _N_JUDGED else ""

    def _told(self, unit: str, places: Sequence[int], level: float) -> str:
        found = float(np.sqrt(self._squares[places].sum() / self._n))
        names = ", ".join(self._channels[place] for place in places)
        known = f"{names} come to {found:.3g} where the model, in {unit}, knows {level:.3g}"
        if unit == _ROTATION:
            return f"{known}: are they in degrees?" if found > _FAR_FASTER * level else ""
        if found > _FAR_OFF * level:
            return f"{known}: are they in another unit?"
        if found < level / _FAR_OFF:
            return f"{known}: are they in another unit, or without gravity?"
        return ""


def _is_telling(unit: str, n_channels: int, level: float) -> bool:
    """Whether a level that is far off says that the unit is wrong."""
    if unit == _ROTATION:
        return level > 0
    gravity = _GRAVITY.get(unit)
    return gravity is not None and n_channels == 3 and abs(level / gravity - 1) < _HEARD
