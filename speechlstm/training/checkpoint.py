"""Where a run stands, in one file that is replaced in one move."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.errors import DataError
from speechlstm.sinks.atomic import atomic_file

__all__ = ["load_checkpoint", "save_checkpoint"]


def save_checkpoint(path: Path, *, step: int, weights: dict[str, np.ndarray], optimizer: Any) -> None:
    """Write step, weights and the optimizer's variables; a kill in between leaves the old file.

    Raises:
        OutputError: It cannot be written; the old file is left.
    """
    arrays: dict[str, Any] = {f"optimizer.{i}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
    arrays |= weights
    with atomic_file(path) as file:
        np.savez(file, step=np.int64(step), **arrays)


def load_checkpoint(path: Path, network: Any, optimizer: Any) -> int:
    """Put weights and optimizer back where they stood.

    Args:
        path: What :func:`save_checkpoint` wrote.
        network: A :class:`speechlstm.model.network.Network` of the same sizes.
        optimizer: Its optimizer, built.

    Returns:
        The number of steps done.

    Raises:
        DataError: The file is damaged, or of another network.
    """
    try:
        with np.load(path, allow_pickle=False) as saved:
            network.set_weights_by_name(saved)
            for i, variable in enumerate(optimizer.variables):
                variable.assign(saved[f"optimizer.{i}"])
            return int(saved["step"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} is no checkpoint of this recipe ({error}); remove the run's folder and begin anew"
        ) from error
