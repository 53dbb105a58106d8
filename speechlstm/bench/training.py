"""The training step with its batches, against the network alone."""

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechlstm.bench.figure import Figure, Setup
from speechlstm.errors import ConfigError, missing_extra
from speechlstm.recognizer import Recognizer

if TYPE_CHECKING:
    from speechlstm.features.frontend import FrontEnd
    from speechlstm.training.recipe import Recipe
    from speechlstm.training.task import Task

__all__ = ["training"]

# more than are made ahead, so that what is measured has to be made
_N_MADE = 8
_SETTLE_S = 2.0


def training(setup: Setup) -> Iterator[Figure]:
    """Frames a second, and the share of a step that is not the network."""
    if setup.data_dir is None:
        yield Figure("training", skipped="it needs the recipe's data; give its folder with --data DIR")
        return
    try:
        from speechlstm.training.recipe import read_recipe
    except ImportError as error:
        raise missing_extra(f"training needs {error.name}", "train") from error
    recipe = read_recipe(setup.recipe)
    front_end = Recognizer.load(setup.model).bundle.front_end
    if front_end.config != recipe.features:
        raise ConfigError(
            f"the model's front end is not that of {setup.recipe}; give a model of this recipe with -m"
        )
    fed_s, network_s = _seconds(recipe, front_end, setup.data_dir, n_steps=8 if setup.quick else 30)
    seconds = {"a step": fed_s, "its network": network_s}
    share = max(0.0, 1 - network_s / fed_s)
    frames = recipe.training.batch_size * recipe.compose.length_s * recipe.features.sample_rate_hz
    yield Figure("training, share not the network", "%", 100 * share, at_most=20.0, seconds=seconds)
    yield Figure("training", "frames/s", frames / recipe.features.frame_samples / fed_s)


def _seconds(recipe: "Recipe", front_end: "FrontEnd", data_dir: Path, *, n_steps: int) -> tuple[float, float]:
    """Seconds a step with batches as they are made, and with the same ones again, all made."""
    from speechlstm.training.batches import batches
    from speechlstm.training.kinds import make_task

    with tempfile.TemporaryDirectory() as cache:
        # several workers would each fill the cache; now it is filled
        task = make_task(recipe, data_dir, Path(cache))
        step, maker = _step(recipe, task), task.maker(front_end)
        source = batches(recipe, front_end, maker, data_dir=data_dir, cache_dir=Path(cache))
        made = list(islice(source, _N_MADE))
        # as often as the step may be compiled anew, for another number of words
        for batch in made:
            step(batch)
        fed_s = _each_s(step, source, n_steps)
        source.close()
        # what the workers had begun
        time.sleep(_SETTLE_S)
    return fed_s, _each_s(step, cycle(made), n_steps)


def _step(recipe: "Recipe", task: "Task") -> Callable[[Any], object]:
    from speechlstm.training.step import TrainStep

    step = TrainStep(task.network, recipe.training, task.losses, seed=recipe.seed)
    setting = recipe.latency["balanced"]
    return lambda batch: step(
        batch, chunk=setting.chunk_frames, lookahead=setting.lookahead_frames, carry=False
    )


def _each_s(step: Callable[[Any], object], source: Iterator[Any], n_steps: int) -> float:
    began = time.perf_counter()
    for _ in range(n_steps):
        step(next(source))
    return (time.perf_counter() - began) / n_steps
