"""One figure of a benchmark, and what the parts that measure are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Figure", "Setup"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured, and how thoroughly.

    Attributes:
        model: Name or folder of the model.
        quick: Whether to measure for a look rather than for the record.
        sensor_model: Name or folder of the model that hears a sensor.
        data_dir: Where the data of ``recipe`` lies; None leaves out training.
        recipe: Recipe folder that training is measured with.
    """

    model: str
    quick: bool = False
    sensor_model: str = "activity"
    data_dir: Path | None = None
    recipe: Path = Path(__file__).parents[2] / "pipelines" / "words-en"

    @property
    def measure_s(self) -> float:
        """Seconds to spend on a pair of functions that are compared."""
        return 0.5 if self.quick else 4.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity and its target.

    Attributes:
        name: What it is of.
        unit: ``x`` for a ratio, else ``s``, ``MB``, ``%`` or what is counted.
        value: The quantity; None where it was not measured.
        at_most: Target, if small is good.
        at_least: Target, if large is good.
        seconds: The times that it comes from, by name.
        skipped: Why it was not measured.
        failed: What went wrong while it was.
    """

    name: str
    unit: str = ""
    value: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    skipped: str | None = None
    failed: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or a value."""
        if self.value is None or (self.at_most is None and self.at_least is None):
            return None
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)
