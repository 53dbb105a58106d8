"""What every source of sound can do."""

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

from speechlstm.messages import Overflow
from speechlstm.sources.samples import Samples

__all__ = ["Source"]


class Source(Protocol):
    """A context manager and an iterator of sound that is ready for a model.

    ``with`` opens it; iterating gives mono float32 chunks ``[n]`` in -1..1 at ``sample_rate_hz`` and, from
    a live device, an :class:`~speechlstm.messages.Overflow` wherever sound was lost.

    Attributes:
        sample_rate_hz: Rate of the chunks.
        warning: What is odd about the sound, without its name, or None; known when it has been heard.
    """

    sample_rate_hz: int
    warning: str | None

    def __enter__(self) -> "Source": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Samples | Overflow]: ...

    def stop(self) -> None:
        """End the iteration after what has been heard, tail included; safe in any thread and signal."""
