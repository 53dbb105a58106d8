"""``speechlstm train``: from a recipe to a bundle."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from speechlstm.cli.interrupts import interruptible_steps
from speechlstm.cli.native_stderr import native_stderr_dropped

if TYPE_CHECKING:
    from speechlstm.training.recipe import Recipe

__all__ = ["train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """The options of ``train``."""

    recipe: Path
    data_dir: Path | None
    output: Path | None
    run_dir: Path | None
    resume: bool
    overwrite: bool
    bundle_from: Literal["last", "best"]
    settings: tuple[str, ...]
    fractions: tuple[float, ...] | None


def _shares(context: click.Context, option: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    """Shares of the data, as ``0.1,0.25,1``."""
    if text is None:
        return None
    try:
        fractions = tuple(float(part) for part in text.split(","))
    except ValueError:
        fractions = ()
    if not fractions or not all(0 < fraction <= 1 for fraction in fractions):
        raise click.BadParameter(f"{text!r}: expected shares above 0 and at most 1, as 0.1,0.25,0.5,1")
    return fractions


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--data",
    "data_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that the recipe's manifests are relative to.  [default: this one, or the nearest above the "
    "recipe that holds them]",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder of the bundle.  [default: models/NAME]"
)
@click.option(
    "--run",
    "run_dir",
    type=click.Path(path_type=Path),
    help="Folder of checkpoints and logs.  [default: runs/NAME]",
)
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint.")
@click.option("--overwrite", is_flag=True, help="Replace a model that is there already.")
@click.option(
    "--from",
    "bundle_from",
    type=click.Choice(["last", "best"]),
    default="last",
    show_default=True,
    help="Checkpoint that the bundle is made of: the last, or the one of the lowest validation error.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting of the recipe, as training.n_steps=500; may be given several times.",
)
@click.option(
    "--fractions",
    callback=_shares,
    metavar="SHARE,...",
    help="A learning curve instead of a model: learn from these shares of the speakers, as 0.1,0.25,0.5,1.",
)
def train(**options: Any) -> None:
    """Train RECIPE, a folder with a config.toml or the name of one in pipelines/, and write a bundle.

    Checkpoints, log.csv and TensorBoard's events go to the run's folder; a run that was killed goes on
    with --resume. Needs: pip install 'speechlstm[train]' (in a checkout: '.[train]').

    With --fractions the recipe learns from shares of its speakers (subjects, writers; of a series its newest
    part), a smaller one within a larger one, with the same number of steps each. Every share is measured on
    all of the recipe's validation sets, or, where it has none, on a fifth of the people, who are held out.
    Printed are the errors with their intervals, the law that they follow, and whether recording more would
    help. Shares are of people, not of clips: the error that counts is on strangers, and for it a further
    clip of a known voice is worth little. The curve (curve.json, curve.svg) and a folder for each share go
    to the run's folder, runs/NAME-curve if none is named. The drawing has the law too, dashed, up to twice
    the data. What was stopped or killed goes on with --resume, with further shares if need be.

    \b
    Example:
      speechlstm train pipelines/words-en --data recordings -o my-model --set training.n_steps=500
      speechlstm train pipelines/activity --data recordings --fractions 0.1,0.25,0.5,1
    """
    request = _Request(**options)
    if request.fractions is not None and (request.output is not None or request.overwrite):
        raise click.UsageError(
            "--fractions makes a curve and no model, in the folder of --run; leave out -o and --overwrite"
        )
    from speechlstm.training.recipe import read_recipe

    folder = _found(request.recipe)
    recipe = read_recipe(folder, request.settings)
    data_dir = request.data_dir or _data_dir(recipe, folder)
    _load_tensorflow()
    with interruptible_steps() as check:
        if request.fractions is None:
            told = _model(request, recipe, data_dir, check)
        else:
            told = _curve(request, request.fractions, recipe, data_dir, check)
    click.echo(told)


def _load_tensorflow() -> None:
    from speechlstm.engine.quiet import quiet_tensorflow
    from speechlstm.errors import missing_extra

    try:
        # TensorFlow's account of itself would hide what is said here
        with native_stderr_dropped():
            quiet_tensorflow()
            import_module("speechlstm.training.trainer")
    except ImportError as error:
        raise missing_extra(f"training needs {error.name}", "train") from error


def _model(request: _Request, recipe: "Recipe", data_dir: Path, before_step: Callable[[], None]) -> str:
    """The folder of the bundle."""
    from speechlstm.training.trainer import Places, RunOptions
    from speechlstm.training.trainer import train as run_training

    places = Places(
        data_dir=data_dir,
        run_dir=request.run_dir or Path("runs") / recipe.name,
        bundle_dir=request.output or Path("models") / recipe.name,
        cache_dir=_cache_dir(),
    )
    options = RunOptions(resume=request.resume, overwrite=request.overwrite, bundle_from=request.bundle_from)
    return str(run_training(recipe, places, options, before_step=before_step))


def _curve(
    request: _Request,
    fractions: tuple[float, ...],
    recipe: "Recipe",
    data_dir: Path,
    before_step: Callable[[], None],
) -> str:
    """The learning curve as a table, and where it is drawn."""
    from speechlstm.training.shares.curve import CurvePlaces, learning_curve

    run_dir = request.run_dir or Path("runs") / f"{recipe.name}-curve"
    curve = learning_curve(
        recipe,
        CurvePlaces(data_dir, run_dir, _cache_dir()),
        fractions,
        resume=request.resume,
        bundle_from=request.bundle_from,
        before_step=before_step,
    )
    return f"{curve.as_table()}\n{run_dir / 'curve.svg'}"


def _found(recipe: Path) -> Path:
    """The folder that a name stands for; what is no recipe (data, perhaps) may have the name too."""
    named = Path("pipelines") / recipe
    is_one = recipe.is_file() or (recipe / "config.toml").exists()
    return named if not is_one and (named / "config.toml").is_file() else recipe


def _data_dir(recipe: "Recipe", folder: Path) -> Path:
    """Where a recipe's manifests lie: a recipe may be trained in another folder than it was made in."""
    named = [s.manifest for s in recipe.data.values()] + [s.manifest for s in recipe.validation.values()]
    places = (Path(), *folder.resolve().parents)
    return next((p for p in places if all((p / name).exists() for name in named)), Path())


def _cache_dir() -> Path:
    base = os.environ.get("SPEECHLSTM_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "speechlstm"
