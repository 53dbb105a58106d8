"""The recipe of a run, kept beside its checkpoints, so that no run goes on with another."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechlstm.config import from_dict, to_dict
from speechlstm.errors import ConfigError, DataError
from speechlstm.sinks.atomic import write_atomically
from speechlstm.training.recipe import Recipe

__all__ = ["check_data", "check_recipe", "keep_recipe"]

# a run may go on with other speakers (leave-one-out does), other words in the card, and at another pace
_FREE = (
    "data",
    "description",
    "licence",
    "sources",
    "targets",
    "training.n_workers",
    "training.validate_every",
)


def keep_recipe(file: Path, recipe: Recipe) -> None:
    """Write a recipe as it is run, with all its settings; a file that says the same is left.

    Raises:
        OutputError: It cannot be written.
    """
    text = json.dumps(to_dict(recipe), indent=2) + "\n"
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        write_atomically(file, text)


def check_recipe(file: Path, recipe: Recipe) -> None:
    """Whether a run may go on with a recipe: what the weights come from must be as it was.

    Data, what the card says of it, and how often the run is validated by how many processes may differ. A
    setting that there was not yet when the run began was as it is where nobody names it.

    Args:
        file: What :func:`keep_recipe` wrote.
        recipe: The recipe to go on with.

    Raises:
        ConfigError: Settings differ; they are named.
        DataError: There is no such file, or it is damaged.
    """
    before, now = dict(_leaves(_kept(file))), dict(_leaves(_written(recipe)))
    other = [key for key in sorted(before | now) if before.get(key) != now.get(key) and not _is_free(key)]
    if other:
        changes = ", ".join(f"{key} was {before.get(key)!r} and is {now.get(key)!r}" for key in other)
        raise ConfigError(
            f"{file.parent} is a run of another recipe: {changes}; "
            "go on with the settings it began with, or begin another run (--run)"
        )


def check_data(file: Path, recipe: Recipe) -> None:
    """Whether a run learns from what a recipe names: its sets, without the speakers that it leaves out.

    Args:
        file: What :func:`keep_recipe` wrote.
        recipe: What the run is to be a run of.

    Raises:
        ConfigError: It learns from other data.
        DataError: There is no such file, or it is damaged.
    """
    if _kept(file).get("data") != _written(recipe)["data"]:
        raise ConfigError(
            f"{file.parent} learnt from other recordings, or left out other speakers, than a run "
            "would now; remove the folder, or begin another"
        )


def _kept(file: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} cannot be read ({error}), so the run cannot be gone on with; remove its folder"
        ) from error
    if not isinstance(kept, dict):
        raise DataError(f"{file} is no recipe, so the run cannot be gone on with; remove its folder")
    try:
        return _written(from_dict(Recipe, kept))
    except (ConfigError, TypeError):  # of a setting that there is no longer
        return kept


def _written(recipe: Recipe) -> dict[str, Any]:
    """A recipe as it comes back from a file."""
    written: dict[str, Any] = json.loads(json.dumps(to_dict(recipe)))
    return written


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Settings of nested tables under dotted keys."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _is_free(key: str) -> bool:
    return any(key == free or key.startswith(f"{free}.") for free in _FREE)
