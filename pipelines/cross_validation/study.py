"""What is measured of a recipe for a sensor, and the trainings that it takes."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cross_validation.takes import read_takes
from speechlstm.config import from_dict
from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.training.kept_recipe import check_data, check_recipe
from speechlstm.training.recipe import Recipe, read_recipe

__all__ = ["Plan", "Study"]


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        n_folds: Groups of subjects, each left out once; as many as subjects leaves out one at a time.
        seeds: One training of every fold each; baselines have the first alone.
        chosen_on: Subjects that settings were chosen on; figures without them are given too.
        parts: Classes whose frames are counted apart, by name.
        window_s: Length of windows of a single class that are classified too, half of each in the next.
        window_classes: The classes of these windows; none leaves them out.
        postures: Of each class, the posture that it begins and ends with.
        away_s: Frames that far from the next border, or splice, are counted apart.
        targets: At least this share, by name of a figure.
    """

    n_folds: int
    seeds: tuple[int, ...]
    chosen_on: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    window_s: float = 2.56
    window_classes: tuple[str, ...] = ()
    postures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    away_s: float = 1.0
    targets: dict[str, float] = field(default_factory=dict)

    @property
    def counted(self) -> dict[str, Any]:
        """What decides how the answers of a training are counted, as it comes back from a file."""
        named = ("parts", "window_s", "window_classes", "postures", "away_s")
        counted: dict[str, Any] = json.loads(json.dumps({name: getattr(self, name) for name in named}))
        return counted


class Study:
    """A recipe, its plan, and its recordings.

    Args:
        folder: Of the recipe.
        data_dir: Where its sets lie.
        runs: Where runs go.
    """

    def __init__(self, folder: Path, data_dir: Path, runs: Path) -> None:
        self.folder, self.data_dir = folder, data_dir
        self.recipe = read_recipe(folder)
        self.runs = runs / f"{self.recipe.name}-cross-validation"
        self.plan = from_dict(
            Plan, tomllib.loads((folder / "cross-validation.toml").read_text(encoding="utf-8"))
        )
        sets = self.recipe.data.values()
        lists = [read_sensor_manifest(data_dir / s.manifest, split=s.split or None) for s in sets]
        self.files = [file for files in lists for file in files]
        self.takes = [take for file in self.files for take in read_takes(self.recipe, file)]
        self.subjects = sorted({take.subject for take in self.takes})
        self._step: Any = None

    @property
    def n_folds(self) -> int:
        """Folds there are."""
        return min(self.plan.n_folds, len(self.subjects))

    def left_out(self, fold: int) -> list[str]:
        """Subjects that a fold is measured on."""
        return self.subjects[fold :: self.n_folds]

    def trained(self, seed: int, fold: int) -> Path:
        """The bundle of a fold, trained unless it is there.

        Raises:
            ConfigError: There is a run of other settings, or of another fold.
        """
        run, recipe = self.runs / f"seed-{seed}-fold-{fold}", self.recipe_of(seed, fold)
        if (run / "recipe.json").exists():
            check_recipe(run / "recipe.json", recipe)
            check_data(run / "recipe.json", recipe)
        if not (run / "bundle" / "bundle.json").exists():
            self._train(recipe, run)
        return run / "bundle"

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.recipe.features.frame_samples

    @property
    def n_away(self) -> int:
        """Samples that count as near to a border."""
        return round(self.plan.away_s * self.recipe.features.sample_rate_hz)

    @property
    def window_samples(self) -> int:
        """Samples in a window, an even number."""
        return 2 * round(self.plan.window_s * self.recipe.features.sample_rate_hz / 2)

    def places(self, names: Sequence[str]) -> list[int]:
        """Classes by their names."""
        return [self.recipe.vocabulary.index(name) for name in names]

    def recipe_of(self, seed: int, fold: int) -> Recipe:
        """The recipe without the subjects of a fold."""
        left_out = tuple(self.left_out(fold))
        sets = {name: replace(s, exclude_speakers=left_out) for name, s in self.recipe.data.items()}
        return replace(self.recipe, seed=seed, data=sets)

    def _train(self, recipe: Recipe, run: Path) -> None:
        from speechlstm.training.frames.task import FramesTask
        from speechlstm.training.step import TrainStep
        from speechlstm.training.trainer import Places, RunOptions, train

        if self._step is None:
            self._step = TrainStep(recipe.network_config, recipe.training, FramesTask.losses)
        places = Places(self.data_dir, run, run / "bundle", self.runs / "cache")
        train(recipe, places, RunOptions(resume=run.exists()), step=self._step)
