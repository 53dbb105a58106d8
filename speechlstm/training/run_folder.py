"""The folder of a run: its recipe, its front end and its checkpoints."""

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechlstm.errors import ConfigError, DataError
from speechlstm.features.frontend import FeatureConfig, FrontEnd, make_front_end
from speechlstm.sinks.atomic import atomic_file, writing
from speechlstm.training.kept_recipe import check_recipe, keep_recipe
from speechlstm.training.recipe import Recipe

__all__ = ["RunFolder"]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps what it needs to go on.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def last(self) -> Path:
        """The last checkpoint."""
        return self.path / "last.npz"

    @property
    def best(self) -> Path:
        """The checkpoint of the lowest validation error."""
        return self.path / "best.npz"

    @property
    def is_begun(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return self.last.exists()

    def enter(self, recipe: Recipe, *, resume: bool) -> bool:
        """Make the folder, or see to it that its run may go on with this recipe.

        Returns:
            Whether there is a run that goes on.

        Raises:
            ConfigError: There is a run, and ``resume`` was not asked for, or one of another recipe.
            DataError: The recipe of the run is damaged.
            OutputError: The folder cannot be made.
        """
        goes_on = self.is_begun
        if resume and not goes_on:
            print(f"{self.path} holds no checkpoint: a new run begins", file=sys.stderr)
        if goes_on and not resume:
            raise ConfigError(
                f"{self.path} holds a run already; go on with it (--resume), or remove the folder"
            )
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        if goes_on:
            check_recipe(self._recipe, recipe)
        return goes_on

    def keep_recipe(self, recipe: Recipe) -> None:
        """Write the recipe as it is run."""
        keep_recipe(self._recipe, recipe)

    def keep_front_end(self, front_end: FrontEnd) -> None:
        """Write the numbers of the front end, which is made once a run."""
        with atomic_file(self._front_end) as out:
            np.savez(out, **front_end.numbers())

    def front_end(self, features: FeatureConfig) -> FrontEnd:
        """The front end that was kept.

        Raises:
            DataError: There is none of these settings.
        """
        try:
            with self._front_end.open("rb") as file, np.load(file, allow_pickle=False) as numbers:
                return make_front_end(features, numbers)
        except (ConfigError, EOFError, OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{self._front_end} is no front end ({error}); remove the run's folder and begin anew"
            ) from error

    @property
    def _recipe(self) -> Path:
        return self.path / "recipe.json"

    @property
    def _front_end(self) -> Path:
        return self.path / "frontend.npz"
