"""The task of hearing words."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechlstm.data.compose import Composer
from speechlstm.data.corpus import load_corpus
from speechlstm.data.pronunciations import read_pronunciations
from speechlstm.errors import ConfigError, DataError
from speechlstm.features.frontend import FrontEnd
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.model.config import NetworkConfig
from speechlstm.training.recipe import Recipe
from speechlstm.training.words.examples import ExampleMaker
from speechlstm.training.words.front_end import build_front_end

if TYPE_CHECKING:
    from speechlstm.training.words.validation import WordsValidation

__all__ = ["WordsTask"]


class WordsTask:
    """See :class:`speechlstm.training.task.Task`.

    Args:
        recipe: The recipe.
        data_dir: Where its sets lie.
        cache_dir: Where the corpus is kept.

    Raises:
        ConfigError: Features that are not of sound.
        DataError: Sets or pronunciations that cannot be read, or that have no word in common.
    """

    def __init__(self, recipe: Recipe, data_dir: Path, cache_dir: Path) -> None:
        if not isinstance(recipe.features, MfccConfig):
            raise ConfigError(f"words are heard in sound; the features are of kind {recipe.features.kind!r}")
        self.recipe, self._config, self._data_dir = recipe, recipe.features, data_dir
        sets = tuple(recipe.data.values())
        corpus = load_corpus(sets, data_dir, recipe.features.sample_rate_hz, cache_dir)
        self._composer = Composer(corpus, recipe.vocabulary, recipe.compose)
        spelled = recipe.pronunciations
        self._pronunciations = read_pronunciations(data_dir / spelled) if spelled else None
        if self._pronunciations and not any(self._pronunciations.of_text(i.text) for i in corpus.items):
            raise DataError(
                f"{data_dir / spelled} lists all words of no recording; give the pronunciations of what is "
                "said, or name none"
            )

    @property
    def network(self) -> NetworkConfig:
        return replace(self.recipe.network_config, n_phones=len(self.phones))

    @property
    def phones(self) -> tuple[str, ...]:
        return self._pronunciations.phones if self._pronunciations else ()

    def front_end(self) -> FrontEnd:
        return build_front_end(self._config, self._composer, seed=self.recipe.seed)

    def maker(self, front_end: FrontEnd) -> ExampleMaker:
        if not isinstance(front_end, SoundFrontEnd):
            raise ConfigError(
                f"words are heard in sound, not with features of kind {front_end.config.kind!r}"
            )
        return ExampleMaker(self.recipe, self._composer, front_end, self._pronunciations)

    def losses(self, outputs: Any, batch: Any) -> dict[str, Any]:
        # the workers that make batches need no Keras
        from speechlstm.training.words.losses import losses

        return dict(losses(outputs, batch, self.recipe.training)._asdict())

    def validation(self, front_end: FrontEnd) -> "WordsValidation":
        from speechlstm.training.words.validation import WordsValidation

        return WordsValidation(self.recipe, front_end, self._data_dir)
