"""The network's sizes; no framework is imported here."""

from dataclasses import dataclass
from typing import Literal

from speechlstm.config import require

__all__ = ["ForecastSize", "NetworkConfig"]

_HEADS = ("words", "classes", "forecast")


@dataclass(frozen=True, slots=True)
class ForecastSize:
    """What a forecast is of.

    Attributes:
        n_channels: Channels of an input frame.
        targets: Places, among them, of those that are forecast.
        horizon: Frames that are forecast, the next one first.
        n_numbers: Numbers that tell of each value: its mean, then quantiles.
        has_base: Whether the last ``n_channels * horizon`` features of an input frame are a forecast already,
            channel by channel (:class:`speechlstm.features.history.History` makes a linear one). The first
            layer does not hear them; the network's values are added to them. Else its values are the
            forecast.
    """

    n_channels: int
    targets: tuple[int, ...]
    horizon: int
    n_numbers: int
    has_base: bool = False

    def __post_init__(self) -> None:
        require(
            min(self.n_channels, self.horizon, self.n_numbers, len(self.targets)) >= 1,
            f"a forecast needs at least one of everything, got {self}",
        )
        require(
            all(0 <= place < self.n_channels for place in self.targets),
            f"targets must be places among {self.n_channels} channels, got {self.targets}",
        )

    @property
    def n_values(self) -> int:
        """Numbers in an answer, laid out as ``[targets, horizon, n_numbers]``."""
        return len(self.targets) * self.horizon * self.n_numbers

    @property
    def base_width(self) -> int:
        """Features that are a forecast already."""
        return self.n_channels * self.horizon if self.has_base else 0


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of the network.

    Attributes:
        n_features: Features in an input frame.
        n_outputs: Tokens, the blank of ``words`` included; of a forecast its values.
        n_layers: Bidirectional layers.
        units: LSTM units in each direction of a layer.
        head: ``words`` (tokens with a blank, and the extent of the word at hand), ``classes`` (a class for
            every frame) or ``forecast`` (quantiles of the frames to come).
        forecast: What a forecast is of; None with the other heads.
        n_phones: Phones that a head on the lower half of the layers tells, and the upper half hears
            (self-conditioned CTC; Nozaki and Komatsu, 2021); 0 for none.
    """

    n_features: int
    n_outputs: int
    n_layers: int = 2
    units: int = 128
    head: Literal["words", "classes", "forecast"] = "words"
    forecast: ForecastSize | None = None
    n_phones: int = 0

    def __post_init__(self) -> None:
        require(self.head in _HEADS, f"head must be one of {', '.join(_HEADS)}, got {self.head!r}")
        least = 1 if self.head == "forecast" else 2
        require(
            min(self.n_features, self.n_layers, self.units) >= 1 and self.n_outputs >= least,
            f"a network needs at least one feature, layer and unit, and two outputs, got {self}",
        )
        require(self.n_phones >= 0, f"n_phones must not be negative, got {self.n_phones}")
        self._check_forecast()

    def _check_forecast(self) -> None:
        size = self.forecast
        require(
            (size is not None) == (self.head == "forecast"),
            f"a head of {self.head} {'needs' if size is None else 'has no'} sizes of a forecast",
        )
        if size is not None:
            require(
                self.n_outputs == size.n_values and self.encoder_width >= 1,
                f"a forecast of these sizes gives {size.n_values} values, from more than {size.base_width} "
                f"features; got {self.n_outputs} from {self.n_features}",
            )

    @property
    def encoder_width(self) -> int:
        """Features that the first layer hears, which come first."""
        return self.n_features - (0 if self.forecast is None else self.forecast.base_width)

    @property
    def n_below_phones(self) -> int:
        """Layers under the head of phones: the lower half, as words are made of them."""
        return (self.n_layers + 1) // 2

    @property
    def extent_width(self) -> int:
        """Numbers that say where the word at hand begins and ends; none for other heads."""
        return self.widths["extent"]

    @property
    def widths(self) -> dict[str, int]:
        """Width of each part of an answer; 0 where a head has no such part."""
        is_forecast = self.head == "forecast"
        return {
            "log_probs": 0 if is_forecast else self.n_outputs,
            "extent": 2 if self.head == "words" else 0,
            "values": self.n_outputs if is_forecast else 0,
        }
