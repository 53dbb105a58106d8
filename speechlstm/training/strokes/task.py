"""The task of reading handwriting: single characters, or words."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechlstm.errors import ConfigError
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.strokes import StrokeConfig, StrokeFrontEnd
from speechlstm.model.config import NetworkConfig
from speechlstm.training.recipe import Recipe
from speechlstm.training.strokes.corpus import load_samples
from speechlstm.training.strokes.examples import ExampleMaker

if TYPE_CHECKING:
    from speechlstm.training.strokes.validation import StrokesValidation

__all__ = ["StrokesTask"]


class StrokesTask:
    """See :class:`speechlstm.training.task.Task`.

    Args:
        recipe: The recipe; of head ``classes`` a sample is one entry of the vocabulary, of ``words`` it is
            spelt with it.
        data_dir: Where its sets lie.

    Raises:
        ConfigError: Features that are not of a pen.
    """

    def __init__(self, recipe: Recipe, data_dir: Path) -> None:
        if not isinstance(recipe.features, StrokeConfig):
            raise ConfigError(
                f"handwriting is read from strokes; the features are of kind {recipe.features.kind!r}"
            )
        self.recipe, self._config, self._data_dir = recipe, recipe.features, data_dir
        self._samples = load_samples(recipe.data, data_dir, recipe.vocabulary, spelt=self._is_spelt)

    @property
    def network(self) -> NetworkConfig:
        return self.recipe.network_config

    @property
    def phones(self) -> tuple[str, ...]:
        return ()

    @property
    def _is_spelt(self) -> bool:
        return self.recipe.network.head == "words"

    def front_end(self) -> FrontEnd:
        return StrokeFrontEnd(self._config)

    def maker(self, front_end: FrontEnd) -> ExampleMaker:
        return ExampleMaker(self.recipe, self._samples, front_end)

    def losses(self, outputs: Any, batch: Any) -> dict[str, Any]:
        # the workers that make batches need no Keras
        from speechlstm.training.strokes.losses import class_losses, word_losses

        return word_losses(outputs, batch) if self._is_spelt else class_losses(outputs.logits, batch)

    def validation(self, front_end: FrontEnd) -> "StrokesValidation":
        from speechlstm.training.strokes.validation import StrokesValidation

        return StrokesValidation(self.recipe, front_end, self._data_dir)
