"""What every source can do."""

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

from speechlstm.messages import Gap, Overflow
from speechlstm.sources.samples import Samples
from speechlstm.timing import Rate

__all__ = ["Source"]


class Source(Protocol):
    """A context manager and an iterator of samples that are ready for a model.

    ``with`` opens it; iterating gives float32 chunks at ``sample_rate_hz``: of sound mono ``[n]`` in -1..1
    and, from a live device, an :class:`~speechlstm.messages.Overflow` wherever sound was lost; of a sensor
    ``[n, n_channels]`` and a :class:`~speechlstm.messages.Gap` wherever there was nothing.

    Attributes:
        sample_rate_hz: Rate of the chunks.
        warning: What is odd about it, without its name, or None; known when it has been heard.
    """

    @property
    def sample_rate_hz(self) -> Rate: ...

    @property
    def warning(self) -> str | None: ...

    def __enter__(self) -> "Source": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Samples | Overflow | Gap]: ...

    def stop(self) -> None:
        """End the iteration after what has been heard, tail included; safe in any thread and signal."""
