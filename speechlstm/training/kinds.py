"""The kinds of recipe there are, each a :class:`~speechlstm.training.task.Task`."""

from pathlib import Path

from speechlstm.features.strokes import StrokeConfig
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Task

__all__ = ["make_task"]


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
