"""Splits: which of what a list names is for training, and which to measure on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from speechlstm.errors import DataError

__all__ = ["of_split"]


class _Listed(Protocol):
    @property
    def split(self) -> str: ...


T = TypeVar("T", bound=_Listed)


def of_split(listed: Sequence[T], split: str | None, path: Path) -> list[T]:
    """Those of a split; all where None is asked for.

    Args:
        listed: What a list names.
        split: The split.
        path: The list, for an error.

    Raises:
        DataError: It has no such split.
    """
    kept = [one for one in listed if split in (None, one.split)]
    if not kept:
        known = sorted({one.split for one in listed if one.split})
        cure = f"it has {', '.join(known)}" if known else "it names no splits, so ask for none"
        raise DataError(f"{path} has no split {split!r}; {cure}")
    return kept
