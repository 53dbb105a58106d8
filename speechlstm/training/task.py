"""What a kind of recipe brings to a training run: examples, losses, and the error that is watched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from speechlstm.features.frontend import FrontEnd
from speechlstm.features.strokes import StrokeConfig
from speechlstm.model.config import NetworkConfig
from speechlstm.training.recipe import Recipe

__all__ = ["Maker", "Score", "Task", "Validation", "make_task"]


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


def make_task(recipe: Recipe, data_dir: Path, cache_dir: Path) -> Task:
    """The task of a recipe.

    Args:
        recipe: The recipe.
        data_dir: Where its sets lie.
        cache_dir: Where what is made of them is kept.

    Raises:
        DataError: Data that cannot be used.
        OutputError: The cache cannot be written.
    """
    if isinstance(recipe.features, StrokeConfig):
        from speechlstm.training.strokes.task import StrokesTask

        return StrokesTask(recipe, data_dir)
    if recipe.network.head == "classes":
        from speechlstm.training.frames.task import FramesTask

        return FramesTask(recipe, data_dir)
    if recipe.network.head == "forecast":
        from speechlstm.training.forecast.task import ForecastTask

        return ForecastTask(recipe, data_dir)
    from speechlstm.training.words.task import WordsTask

    return WordsTask(recipe, data_dir, cache_dir)
