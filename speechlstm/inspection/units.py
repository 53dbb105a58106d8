"""Units by name, and what a clip shows of each of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechlstm.errors import ConfigError
from speechlstm.model.config import NetworkConfig

__all__ = ["Direction", "Unit", "UnitName", "every_unit", "parse_units", "time_constants"]

Direction = Literal["forward", "backward"]
_DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
# a forget gate that never closes at all would remember for ever
_MOST_KEPT = 1 - 1e-4


@dataclass(frozen=True, slots=True, order=True)
class UnitName:
    """Which unit of a network; as text ``1b17``: layer 1, backward, unit 17, all counted from 0.

    Attributes:
        layer: From 0, the one that hears the features.
        direction: ``forward`` or ``backward``.
        number: From 0.

    Example:
        >>> str(UnitName(1, "backward", 17))
        '1b17'
    """

    layer: int
    direction: Direction
    number: int

    def __str__(self) -> str:
        return f"{self.layer}{self.direction[0]}{self.number}"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a clip shows of one unit.

    Attributes:
        name: Which one.
        memory_frames: Frames after which a share of 1/e of what was written is left, at its mean forget gate.
        information_bits: For each word that was heard, how much the unit's hidden state tells of whether a
            frame lies in it.
        effect_bits: How far the posteriors move when nobody hears it: Kullback and Leibler's divergence,
            mean over the frames.
        text: What is heard then, where that is something else.
    """

    name: UnitName
    memory_frames: float
    information_bits: Mapping[str, float]
    effect_bits: float
    text: str | None

    @property
    def answers_to(self) -> tuple[str, float] | None:
        """The word that it tells most of, and how many bits; None where it tells of none."""
        word, bits = max(self.information_bits.items(), key=lambda pair: pair[1], default=("", 0.0))
        return (word, bits) if bits > 0 else None


def every_unit(config: NetworkConfig) -> tuple[UnitName, ...]:
    """All units of a network, in order."""
    return tuple(
        UnitName(layer, direction, number)
        for layer in range(config.n_layers)
        for direction in _DIRECTIONS
        for number in range(config.units)
    )


def parse_units(text: str, config: NetworkConfig) -> tuple[UnitName, ...]:
    """Units out of a list such as ``0f12,1b3``.

    Args:
        text: Names with commas between them.
        config: The network's sizes.

    Raises:
        ConfigError: No such names, or a unit that the network does not have.

    Example:
        >>> [str(name) for name in parse_units("0f12, 1b3", NetworkConfig(60, 16, units=128))]
        ['0f12', '1b3']
    """
    return tuple(dict.fromkeys(_parse(one.strip(), config) for one in text.split(",")))


def time_constants(forget: np.ndarray) -> np.ndarray:
    """How long units remember: ``-1 / ln(mean of the forget gate)``, in frames.

    Args:
        forget: ``[frames, units]``, at least one frame.

    Returns:
        ``[units]``, at most 10,000.

    Example:
        >>> time_constants(np.array([[0.5, 0.9], [0.5, 0.9]])).round(2)
        array([1.44, 9.49])
    """
    kept = forget.mean(axis=0, dtype=np.float64)
    return np.asarray(-1 / np.log(np.clip(kept, 1e-9, _MOST_KEPT)))


def _parse(text: str, config: NetworkConfig) -> UnitName:
    found = re.fullmatch(r"(\d+)([fb])(\d+)", text)
    known = (
        f"layers are 0 to {config.n_layers - 1}, directions f (forward) and b (backward), "
        f"units 0 to {config.units - 1}"
    )
    if found is None:
        raise ConfigError(f"{text!r} names no unit; expected a layer, f or b, and a number, as 0f12; {known}")
    layer, number = int(found[1]), int(found[3])
    if layer >= config.n_layers or number >= config.units:
        raise ConfigError(f"there is no unit {text}: {known}")
    return UnitName(layer, "forward" if found[2] == "f" else "backward", number)
