"""The network's sizes; no framework is imported here."""

from dataclasses import dataclass
from typing import Literal

from speechlstm.config import require

__all__ = ["NetworkConfig"]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of the network.

    Attributes:
        n_features: Features in an input frame.
        n_outputs: Tokens, the blank of ``words`` included.
        n_layers: Bidirectional layers.
        units: LSTM units in each direction of a layer.
        head: ``words`` (tokens with a blank, and the extent of the word at hand) or ``classes`` (a class
            for every frame).
    """

    n_features: int
    n_outputs: int
    n_layers: int = 2
    units: int = 128
    head: Literal["words", "classes"] = "words"

    def __post_init__(self) -> None:
        require(
            min(self.n_features, self.n_layers, self.units) >= 1 and self.n_outputs >= 2,
            f"a network needs at least one feature, layer and unit, and two outputs, got {self}",
        )
        require(self.head in ("words", "classes"), f"head must be words or classes, got {self.head!r}")

    @property
    def extent_width(self) -> int:
        """Numbers that say where the word at hand begins and ends; none for classes."""
        return 2 if self.head == "words" else 0
