"""A training run: batches in, checkpoints and a bundle out."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from speechlstm.bundle import BundleConfig, save
from speechlstm.data.compose import Composer
from speechlstm.data.corpus import load_corpus
from speechlstm.errors import ConfigError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.frontend import FrontEnd
from speechlstm.model.config import NetworkConfig
from speechlstm.sinks.atomic import atomic_file, writing
from speechlstm.training.card import make_card
from speechlstm.training.checkpoint import load_checkpoint, save_checkpoint
from speechlstm.training.examples import batches
from speechlstm.training.front_end import build_front_end
from speechlstm.training.log import Log
from speechlstm.training.losses import Losses
from speechlstm.training.recipe import Recipe
from speechlstm.training.step import TrainStep
from speechlstm.training.validation import Score, Validation

__all__ = ["Places", "train"]


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


@dataclass(slots=True)
class _Since:
    """What has been gathered since the last line of the log."""

    losses: list[Losses] = field(default_factory=list)
    waited_s: float = 0.0
    began: float = field(default_factory=time.perf_counter)


def train(
    recipe: Recipe, places: Places, *, resume: bool = False, before_step: Callable[[], None] = lambda: None
) -> Path:
    """Train a recipe and write its bundle.

    The run is a function of the recipe: batches, latency settings and carried states depend on the step
    alone, so that a run that was killed and resumed sees what an unbroken one sees.

    Args:
        recipe: The recipe.
        places: Where to read and write.
        resume: Go on from the last checkpoint, if there is one.
        before_step: Called before every step; what it raises ends the run.

    Returns:
        The bundle's folder.

    Raises:
        ConfigError: ``run_dir`` holds another run, and ``resume`` was not asked for.
        DataError: Data or checkpoint that cannot be used.
        OutputError: A run, cache or bundle that cannot be written; the last checkpoint is left.
    """
    run = _Run(recipe, places, resume=resume)
    run.go(before_step)
    return run.finish()


class _Run:
    def __init__(self, recipe: Recipe, places: Places, *, resume: bool) -> None:
        self.recipe, self.places = recipe, places
        self._last, self._best = places.run_dir / "last.npz", places.run_dir / "best.npz"
        if self._last.exists() and not resume:
            raise ConfigError(
                f"{places.run_dir} holds a run already; go on with it (--resume), or remove the folder"
            )
        with writing(places.run_dir):
            places.run_dir.mkdir(parents=True, exist_ok=True)
        self.front_end = self._front_end()
        self.network = NetworkConfig(
            recipe.features.width, len(recipe.vocabulary) + 1, recipe.network.n_layers, recipe.network.units
        )
        self.step = TrainStep(self.network, recipe.training, seed=recipe.seed)
        self.n_done = 0
        if self._last.exists():
            self.n_done = load_checkpoint(self._last, self.step.network, self.step.optimizer)
        self.validation = Validation(recipe, self.front_end, places.data_dir)
        self.scores: dict[str, Score] = {}
        self.log = Log(
            places.run_dir, n_steps=recipe.training.n_steps, first_step=self.n_done, out=sys.stderr
        )

    def go(self, before_step: Callable[[], None]) -> None:
        """All steps that are left."""
        c, since = self.recipe.training, _Since()
        places = self.places
        source = batches(
            self.recipe, self.front_end, places.data_dir, places.cache_dir, first_step=self.n_done
        )
        while self.n_done < c.n_steps:
            before_step()
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
        source.close()

    def finish(self) -> Path:
        """Write the bundle."""
        r = self.recipe
        config = BundleConfig(r.name, r.vocabulary, r.features, self.network, r.latency, r.decoder)
        card = make_card(r, self.log.seconds, self.scores or self._validate())
        weights = self.step.network.weights_by_name()
        save(self.places.bundle_dir, config, self.front_end, build_graph(self.network, weights), card)
        return self.places.bundle_dir

    def _front_end(self) -> FrontEnd:
        """Built once a run, and kept beside the checkpoints."""
        r, file = self.recipe, self.places.run_dir / "frontend.npz"
        if file.exists():
            with np.load(file, allow_pickle=False) as numbers:
                return FrontEnd(r.features, numbers["mel_filters"], numbers["mean"], numbers["std"])
        sets = tuple(r.data.values())
        corpus = load_corpus(sets, self.places.data_dir, r.features.sample_rate_hz, self.places.cache_dir)
        composer = Composer(corpus, r.vocabulary, r.compose)
        front_end = build_front_end(r.features, composer, seed=r.seed)
        with atomic_file(file) as out:
            np.savez(out, mel_filters=front_end.mel_filters, mean=front_end.mean, std=front_end.std)
        return front_end

    def _validate(self) -> dict[str, Score]:
        return self.validation.scores(self.network, self.step.network.weights_by_name())

    def _checkpoint(self, since: _Since) -> None:
        elapsed_s = time.perf_counter() - since.began
        weights = self.step.network.weights_by_name()
        self.scores = self._validate()
        n_frames = len(since.losses) * self.recipe.training.batch_size * self._frames_a_stream
        self.log.validated(
            self.n_done,
            since.losses,
            self.scores,
            frames_per_s=n_frames / elapsed_s,
            share_waiting=since.waited_s / elapsed_s,
        )
        if self.log.is_best(self.scores):
            save_checkpoint(self._best, step=self.n_done, weights=weights, optimizer=self.step.optimizer)
        save_checkpoint(self._last, step=self.n_done, weights=weights, optimizer=self.step.optimizer)

    @property
    def _frames_a_stream(self) -> int:
        r = self.recipe
        return int(r.compose.length_s * r.features.sample_rate_hz) // r.features.frame_samples
