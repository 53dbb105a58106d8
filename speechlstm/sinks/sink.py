"""What listens to a live recogniser."""

from types import TracebackType
from typing import Protocol, Self

from speechlstm.messages import Event

__all__ = ["Sink"]


class Sink(Protocol):
    """Takes events as they come, and the level of the sound; a context manager that closes itself.

    A sink does not close the files it was given. Their errors, ``BrokenPipeError`` among them, go to
    the caller.
    """

    def handle(self, event: Event) -> None:
        """Show or write one event."""

    def level(self, rms_dbfs: float, peak_dbfs: float) -> None:
        """Show how loud the sound is now, in dB under full scale (0 or less)."""

    def settled(self, n_samples: int) -> None:
        """Take note that no word will come any more whose peak lies before ``n_samples``."""

    def close(self) -> None:
        """End what is open; a second call does nothing, and what is handled after it begins anew."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
