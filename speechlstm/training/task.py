"""What a kind of recipe brings to a training run: examples, losses, and the error that is watched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from speechlstm.features.frontend import FrontEnd
from speechlstm.model.config import NetworkConfig

__all__ = ["Maker", "Score", "Task", "Validation"]


@dataclass(frozen=True, slots=True)
class Score:
    """How well a network does on a set.

    Attributes:
        error: What is to become small, 0 to 1.
        figures: Rates to be shown, 0 to 1, the foremost first; NaN where there is nothing to measure.
        n_items: Clips or recordings that were measured.
    """

    error: float
    figures: Mapping[str, float]
    n_items: int


class Maker(Protocol):
    """Makes batches; built anew in every worker process."""

    def make(self, seeds: range) -> Any:
        """A batch (a named tuple of arrays, streams first) of one example a seed."""
        ...

    def join(self, parts: Sequence[Any]) -> Any:
        """One batch of several."""
        ...


class Validation(Protocol):
    """Recordings that training never hears."""

    def scores(self, network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> dict[str, Score]:
        """The score of each set, by the engine and decoder that users run."""
        ...


class Task(Protocol):
    """A kind of recipe, with its data loaded."""

    @property
    def network(self) -> NetworkConfig:
        """Sizes of the network: the recipe's, and the number of phones."""
        ...

    @property
    def phones(self) -> tuple[str, ...]:
        """Names of the phones that are learnt beside the words; none of other tasks."""
        ...

    def front_end(self) -> FrontEnd:
        """A front end with its numbers, from the data."""
        ...

    def maker(self, front_end: FrontEnd) -> Maker:
        """What makes batches."""
        ...

    def losses(self, outputs: Any, batch: Any) -> dict[str, Any]:
        """The terms of the loss as tensors; ``total`` is minimised."""
        ...

    def validation(self, front_end: FrontEnd) -> Validation:
        """The sets that are watched."""
        ...
