"""Whether bytes have come to a file, a pipe or a terminal, and those that have."""

import os
import select
from collections.abc import Callable
from typing import BinaryIO

__all__ = ["file_descriptor", "has_come", "read_some"]

# how long a request to stop may wait for a silent pipe
_STOP_S = 0.1
# select() knows no descriptor beyond; poll(), which does, knows no devices on macOS
_N_OF_SELECT = 1024


def read_some(file: BinaryIO, n_bytes: int, stopped: Callable[[], bool]) -> bytes:
    """Up to ``n_bytes``, as soon as there are any; nothing at the end, or soon after a stop.

    Args:
        file: What is read; a file with a descriptor past any buffer of its own.
        n_bytes: Bytes at most.
        stopped: Whether to end, asked every tenth of a second.
    """
    fd = file_descriptor(file)
    if fd is None:
        read = getattr(file, "read1", file.read)
        return b"" if stopped() else bytes(read(n_bytes))
    while not stopped():
        # Windows cannot ask a pipe: there, the read itself waits
        if os.name == "nt" or has_come(fd, _STOP_S):
            return os.read(fd, n_bytes)
    return b""


def has_come(fd: int, timeout_s: float) -> bool:
    """Whether there is something to read, or the end, within ``timeout_s``; not to be asked on Windows."""
    if fd < _N_OF_SELECT:
        return bool(select.select([fd], [], [], timeout_s)[0])
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(1000 * timeout_s))


def file_descriptor(file: BinaryIO) -> int | None:
    """The number of a file in the system; None where it has none."""
    try:
        return file.fileno()
    except (OSError, AttributeError):
        return None
