"""What is odd about a live feed, told while it goes on: who hears for days never sees the end."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

__all__ = ["Oddities"]

# what is over by then is told at its end, with all counts
_FIRST_AFTER_S = 2.0
# and then ever more rarely: one bad record makes no line a minute for ever
_AGAIN_AFTER_S, _MORE_RARELY = 60.0, 4

T = TypeVar("T")


class _Warning(Protocol):
    @property
    def warning(self) -> str | None: ...


class Oddities(Generic[T]):
    """What a source gives; tells of its warning soon after there is one, of changed ones ever more rarely.

    It looks whenever something comes. The last counts are left to :attr:`untold`.

    Args:
        items: What it gives, which may be asked for anew after a device was lost.
        source: Whose warning grows.
        tell: Given the warning.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        items: Iterable[T],
        source: _Warning,
        tell: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._items, self._source, self._tell, self._clock = items, source, tell, clock
        self._told: str | None = None
        self._again_after_s = _AGAIN_AFTER_S
        self._next_s: float | None = None

    def __iter__(self) -> Iterator[T]:
        for item in self._items:
            self._look()
            yield item

    @property
    def untold(self) -> str | None:
        """The warning, unless it is the one that was told."""
        warning = self._source.warning
        return warning if warning != self._told else None

    def _look(self) -> None:
        if not self._source.warning:
            return
        now_s = self._clock()
        if self._next_s is None:
            self._next_s = now_s + _FIRST_AFTER_S
        elif now_s >= self._next_s and (warning := self.untold):
            self._told, self._next_s = warning, now_s + self._again_after_s
            self._again_after_s *= _MORE_RARELY
            self._tell(warning)
