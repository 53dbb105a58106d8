"""Ctrl+C and SIGTERM as a request to come to an end."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(*stops: Callable[[], None]) -> Iterator[None]:
    """Call ``stops`` at the first SIGINT or SIGTERM; the second one interrupts, and a third one kills.

    Signals belong to the main thread: in any other, nothing is changed.

    Args:
        stops: What shall come to an end; each must be safe in a signal handler.

    Raises:
        KeyboardInterrupt: At the second signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            signal.signal(number, signal.SIG_DFL)
            raise KeyboardInterrupt
        asked = True
        for stop in stops:
            stop()

    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
