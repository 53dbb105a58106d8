"""What is odd in the files that a model learns from, told to who trains it."""

import multiprocessing
import sys
from collections.abc import Mapping
from pathlib import Path

from speechlstm.data.recordings import odd_ones

__all__ = ["tell_odd_ones"]


def tell_odd_ones(warnings: Mapping[Path, str | None]) -> None:
    """Say on standard error what is odd in which files; the workers, which load the data again, do not."""
    if multiprocessing.parent_process() is None and (odd := odd_ones(warnings)):
        print(f"Warning: {odd}", file=sys.stderr)
