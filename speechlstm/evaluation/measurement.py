"""What the figures of any measurement have in common: what could not be read, JSON, and what a card keeps."""

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, cast

__all__ = ["Measurement"]


class Measurement(ABC):
    """Figures of clips or files, some of which could not be read; a base of frozen dataclasses.

    Attributes:
        failed: Those that could not be read, and why.
    """

    __slots__ = ()
    failed: tuple[str, ...]

    @property
    def n_failed(self) -> int:
        """Clips or files that could not be read."""
        return len(self.failed)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(cast(Any, self))

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What a card keeps."""

    @abstractmethod
    def as_table(self) -> str:
        """A few lines for a person."""
