"""Where a run stands, in one file that is replaced in one move."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.errors import DataError
from speechlstm.sinks.atomic import atomic_file
from speechlstm.training.step import TrainStep

__all__ = ["load_checkpoint", "save_checkpoint"]


def save_checkpoint(path: Path, *, n_done: int, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the steps done and what :meth:`TrainStep.arrays` gave; a kill in between leaves the old file.

    Raises:
        OutputError: It cannot be written; the old file is left.
    """
    named: dict[str, Any] = {"step": np.int64(n_done), **arrays}
    with atomic_file(path) as file:
        np.savez(file, **named)


def load_checkpoint(path: Path, step: TrainStep) -> int:
    """Put a train step back to where it stood.

    Args:
        path: What :func:`save_checkpoint` wrote.
        step: A train step of the same recipe.

    Returns:
        The number of steps done.

    Raises:
        DataError: The file is damaged, or of another network.
    """
    try:
        # of a file that is no zip, np.load leaves open what it opened itself
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            step.restore(saved)
            return int(saved["step"])
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} is no checkpoint of this recipe ({error}); remove the run's folder and begin anew"
        ) from error
