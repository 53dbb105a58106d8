"""The network's sizes; no framework is imported here."""

from dataclasses import dataclass

from speechlstm.config import require

__all__ = ["NetworkConfig"]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of the network.

    Attributes:
        n_features: Features in an input frame.
        n_outputs: Tokens, the blank included.
        n_layers: Bidirectional layers.
        units: LSTM units in each direction of a layer.
    """

    n_features: int
    n_outputs: int
    n_layers: int = 2
    units: int = 128

    def __post_init__(self) -> None:
        require(
            min(self.n_features, self.n_layers, self.units) >= 1 and self.n_outputs >= 2,
            f"a network needs at least one feature, layer and unit, and two outputs, got {self}",
        )
