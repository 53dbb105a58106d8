"""A training run: batches in, checkpoints and a bundle out."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from speechlstm.bundle import Bundle, BundleConfig, find, save
from speechlstm.errors import ConfigError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.frontend import FrontEnd
from speechlstm.sinks.atomic import writing
from speechlstm.training.batches import batches
from speechlstm.training.card import make_card
from speechlstm.training.checkpoint import load_checkpoint, save_checkpoint
from speechlstm.training.kinds import make_task
from speechlstm.training.log import Log, Progress
from speechlstm.training.recipe import Recipe
from speechlstm.training.run_folder import RunFolder
from speechlstm.training.start import begin_with, front_end_of, require_alike
from speechlstm.training.step import TrainStep
from speechlstm.training.task import Score

__all__ = ["Places", "RunOptions", "train"]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run reads and writes.

    Attributes:
        data_dir: Where the recipe's sets lie.
        run_dir: Checkpoints and logs.
        bundle_dir: The bundle that comes out.
        cache_dir: Where the corpus is kept.
    """

    data_dir: Path
    run_dir: Path
    bundle_dir: Path
    cache_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run does with what is there already, and what its bundle is made of.

    Attributes:
        resume: Go on from the last checkpoint, if there is one; with the settings that the run began
            with (:func:`speechlstm.training.kept_recipe.check_recipe` says which may differ).
        overwrite: Whether a bundle that is there already may be replaced; a run that goes on replaces its
            own.
        bundle_from: The checkpoint that the bundle is made of when all steps are done: the last, or the
            one of the lowest validation error.
    """

    resume: bool = False
    overwrite: bool = False
    bundle_from: Literal["last", "best"] = "last"


@dataclass(slots=True)
class _Since:
    """What has been gathered since the last line of the log."""

    losses: list[dict[str, float]] = field(default_factory=list)
    waited_s: float = 0.0
    began: float = field(default_factory=time.perf_counter)


def train(
    recipe: Recipe,
    places: Places,
    options: RunOptions | None = None,
    *,
    before_step: Callable[[], None] = lambda: None,
    progress: Callable[[Progress], None] | None = None,
    step: TrainStep | None = None,
) -> Path:
    """Train a recipe and write its bundle.

    The run is a function of the recipe: batches and latency settings depend on the step alone, and a
    checkpoint holds all that a step leaves to the next, so that a run that was killed and resumed sees
    what an unbroken one sees.

    Args:
        recipe: The recipe.
        places: Where to read and write.
        options: What it does with what is there already, and what the bundle is made of; as they are made
            if not given.
        before_step: Called before every step; what it raises ends the run.
        progress: Called every 25 steps and after every validation, in place of lines on standard error.
        step: A train step with the sizes and settings of the recipe that served another run of this
            process; compiling one takes some ten seconds. None for a new one.

    Returns:
        The bundle's folder.

    Raises:
        ConfigError: ``run_dir`` holds another run, and ``resume`` was not asked for, or a run of another
            recipe; the best is asked for without validation, or none was measured; a bundle is there already.
        DataError: Data or checkpoint that cannot be used.
        OutputError: A run, cache or bundle that cannot be written; the last checkpoint is left.
    """
    options = options or RunOptions()
    if options.bundle_from == "best" and not recipe.validation:
        raise ConfigError(
            "without validation sets no checkpoint is the best; give the recipe one, or take the last"
        )
    goes_on = options.resume and RunFolder(places.run_dir).is_begun
    _claim(places.bundle_dir, overwrite=options.overwrite or goes_on)
    run = _Run(recipe, places, resume=options.resume, progress=progress, step=step)
    run.go(before_step)
    return run.finish(options.bundle_from)


def _claim(bundle_dir: Path, *, overwrite: bool) -> None:
    """Find out before hours of training, not after them, whether the bundle can be written."""
    if (bundle_dir / "bundle.json").exists() and not overwrite:
        raise ConfigError(
            f"{bundle_dir} holds a model already; replace it (--overwrite), or name another folder (-o)"
        )
    bundle_dir = bundle_dir.resolve()
    made = _missing(bundle_dir)
    with writing(bundle_dir):
        bundle_dir.mkdir(parents=True, exist_ok=True)
        (bundle_dir / ".part").touch()
        (bundle_dir / ".part").unlink()
    _remove_empty(made)


@contextmanager
def _left_as_it_was(folder: Path) -> Iterator[None]:
    """Take away the empty folders that were made, where it ends in an error."""
    made = _missing(folder.resolve())
    try:
        yield
    except BaseException:
        _remove_empty(made)
        raise


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it, as far as they are not there."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _remove_empty(folders: Iterable[Path]) -> None:
    # another training may have put its own beside it by now
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


class _Run:
    def __init__(
        self,
        recipe: Recipe,
        places: Places,
        *,
        resume: bool,
        progress: Callable[[Progress], None] | None,
        step: TrainStep | None,
    ) -> None:
        self.recipe, self.places = recipe, places
        self.folder = RunFolder(places.run_dir)
        with _left_as_it_was(places.run_dir):
            goes_on = self.folder.enter(recipe, resume=resume)
            # the workers load the data again; what cannot be read is told here
            self.task = make_task(recipe, places.data_dir, places.cache_dir)
            start = Bundle.load(find(recipe.start_from)) if recipe.start_from and not goes_on else None
            if start is not None:
                require_alike(start, self.task.network, recipe)
        self.folder.keep_recipe(recipe)
        self.front_end = self.folder.front_end(recipe.features) if goes_on else self._make_front_end(start)
        self.network = self.task.network
        self.step = step or TrainStep(self.network, recipe.training, self.task.losses, seed=recipe.seed)
        if step:
            step.begin(recipe.seed)
        self.n_done = load_checkpoint(self.folder.last, self.step) if goes_on else 0
        if start is not None:
            begin_with(start, self.step.network, recipe)
        self.validation = self.task.validation(self.front_end)
        self.scores: dict[str, Score] = {}
        n_steps = recipe.training.n_steps
        self.log = Log(places.run_dir, n_steps=n_steps, first_step=self.n_done, out=sys.stderr, tell=progress)

    def go(self, before_step: Callable[[], None]) -> None:
        """All steps that are left."""
        source = batches(
            self.recipe,
            self.front_end,
            self.task.maker(self.front_end),
            data_dir=self.places.data_dir,
            cache_dir=self.places.cache_dir,
            first_step=self.n_done,
        )
        with closing(source):
            self._take_steps(source, before_step)

    def _take_steps(self, source: Iterator[Any], before_step: Callable[[], None]) -> None:
        c, since = self.recipe.training, _Since()
        while self.n_done < c.n_steps:
            self._wait_for(before_step)
            asked = time.perf_counter()
            batch = next(source)
            since.waited_s += time.perf_counter() - asked
            rng = np.random.default_rng([self.recipe.seed, self.n_done])
            chunk, lookahead = c.dial[int(rng.integers(len(c.dial)))]
            carry = bool(rng.random() < c.p_carry)
            since.losses.append(self.step(batch, chunk=chunk, lookahead=lookahead, carry=carry))
            self.n_done += 1
            if self.n_done % c.validate_every == 0 or self.n_done == c.n_steps:
                self._checkpoint(since)
                since = _Since()
            elif self.n_done % 25 == 0:
                self.log.progress(self.n_done, since.losses)

    def _wait_for(self, before_step: Callable[[], None]) -> None:
        """Call ``before_step``; what it ends the run by leaves a checkpoint of all steps done."""
        try:
            before_step()
        except BaseException:
            save_checkpoint(self.folder.last, n_done=self.n_done, arrays=self.step.arrays())
            self.log.stopped(self.n_done)
            raise

    def finish(self, bundle_from: Literal["last", "best"]) -> Path:
        """Write the bundle."""
        r = self.recipe
        if bundle_from == "best":
            self._require_best()
            load_checkpoint(self.folder.best, self.step)
            self.scores = self._validate()
        config = BundleConfig(
            r.name, r.vocabulary, r.features, self.network, r.latency, r.decoder, self.task.phones
        )
        card = make_card(r, self.log.seconds, self.scores or self._validate())
        weights = self.step.network.weights_by_name()
        save(self.places.bundle_dir, config, self.front_end, build_graph(self.network, weights), card)
        return self.places.bundle_dir

    def _require_best(self) -> None:
        if not self.folder.best.exists():
            raise ConfigError(
                f"no error of validation in {self.folder.path} was a number, so no checkpoint is the best; "
                "take the last (--resume --from last), and see what the validation sets hold"
            )

    def _make_front_end(self, start: Bundle | None) -> FrontEnd:
        """Made once a run, and kept beside the checkpoints."""
        front_end = self.task.front_end() if start is None else front_end_of(start, self.recipe)
        self.folder.keep_front_end(front_end)
        return front_end

    def _validate(self) -> dict[str, Score]:
        return self.validation.scores(self.network, self.step.network.weights_by_name())

    def _checkpoint(self, since: _Since) -> None:
        elapsed_s = time.perf_counter() - since.began
        self.scores = self._validate()
        n_frames = len(since.losses) * self.recipe.training.batch_size * self.recipe.n_stream_frames
        self.log.validated(
            self.n_done,
            since.losses,
            self.scores,
            frames_per_s=n_frames / elapsed_s,
            share_waiting=since.waited_s / elapsed_s,
        )
        arrays = self.step.arrays()
        if self.log.is_best(self.scores):
            save_checkpoint(self.folder.best, n_done=self.n_done, arrays=arrays)
        save_checkpoint(self.folder.last, n_done=self.n_done, arrays=arrays)
