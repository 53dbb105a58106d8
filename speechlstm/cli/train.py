"""``speechlstm train``: from a recipe to a bundle."""

import os
from pathlib import Path
from typing import Literal

import click

from speechlstm.cli.interrupts import interruptible_steps
from speechlstm.cli.native_stderr import native_stderr_dropped

__all__ = ["train"]


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--data",
    "data_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("."),
    show_default=True,
    help="Folder that the recipe's manifests are relative to.",
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
def train(
    recipe: Path,
    data_dir: Path,
    output: Path | None,
    run_dir: Path | None,
    resume: bool,
    overwrite: bool,
    bundle_from: Literal["last", "best"],
    settings: tuple[str, ...],
) -> None:
    """Train RECIPE, a folder with a config.toml or the name of one in pipelines/, and write a bundle.

    Checkpoints, log.csv and TensorBoard's events go to the run's folder; a run that was killed goes on
    with --resume. Needs: pip install 'speechlstm[train]'.

    \b
    Example:
      speechlstm train pipelines/words-en --data recordings -o my-model --set training.n_steps=500
    """
    from speechlstm.engine.keras import quiet_tensorflow
    from speechlstm.errors import missing_extra
    from speechlstm.training.recipe import read_recipe

    quiet_tensorflow()
    read = read_recipe(_found(recipe), settings)
    try:
        # TensorFlow's account of itself would hide what is said here
        with native_stderr_dropped():
            from speechlstm.training.trainer import Places
            from speechlstm.training.trainer import train as run_training
    except ImportError as error:
        raise missing_extra(f"training needs {error.name}", "train") from error
    places = Places(
        data_dir=data_dir,
        run_dir=run_dir or Path("runs") / read.name,
        bundle_dir=output or Path("models") / read.name,
        cache_dir=_cache_dir(),
    )
    with interruptible_steps() as check:
        bundle = run_training(
            read, places, resume=resume, overwrite=overwrite, bundle_from=bundle_from, before_step=check
        )
    click.echo(bundle)


def _found(recipe: Path) -> Path:
    """The folder that a name stands for; what is no recipe (data, perhaps) may have the name too."""
    named = Path("pipelines") / recipe
    is_one = recipe.is_file() or (recipe / "config.toml").exists()
    return named if not is_one and (named / "config.toml").is_file() else recipe


def _cache_dir() -> Path:
    base = os.environ.get("SPEECHLSTM_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "speechlstm"
