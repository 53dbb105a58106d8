"""Ctrl+C and SIGTERM as a request to come to an end."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible", "interruptible_steps"]

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

    with _handling(ask):
        yield


@contextmanager
def _handling(ask: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


@contextmanager
def interruptible_steps() -> Iterator[Callable[[], None]]:
    """Ctrl+C and SIGTERM between the steps of long work; before the first, and the second time, at once.

    Raised anywhere, KeyboardInterrupt may strike JAX's callback for the collection of garbage, which Keras
    brings along: there it is swallowed, with a traceback. Signals belong to the main thread: in any other,
    nothing is changed.

    Yields:
        To be called before every step; raises KeyboardInterrupt if there was a signal.
    """
    is_begun, n_asked = False, 0

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal n_asked
        n_asked += 1
        if not is_begun or n_asked > 1:
            raise KeyboardInterrupt

    def check() -> None:
        nonlocal is_begun
        is_begun = True
        if n_asked:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    with _handling(ask):
        yield check
