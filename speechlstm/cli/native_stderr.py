"""Standard error without what libraries written in C put there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["native_stderr_dropped"]


@contextmanager
def native_stderr_dropped() -> Iterator[None]:
    """Drop what does not come through ``sys.stderr``; nothing is dropped if ``SPEECHLSTM_DEBUG`` is set.

    PortAudio and ALSA write lines for their own developers when a device vanishes, libmpg123 where an MP3 is
    damaged, and TensorFlow when it is loaded, all in the midst of ours. It holds for the whole process: enter
    it in the main thread, before there are others that write.
    """
    stderr = sys.stderr
    if os.environ.get("SPEECHLSTM_DEBUG") or not _is_real():
        yield
        return
    stderr.flush()
    with (
        open(os.devnull, "wb") as nowhere,
        open(os.dup(2), "w", buffering=1, encoding=stderr.encoding, errors=stderr.errors) as ours,
    ):
        os.dup2(nowhere.fileno(), 2)
        sys.stderr = ours
        try:
            yield
        finally:
            sys.stderr = stderr
            os.dup2(ours.fileno(), 2)


def _is_real() -> bool:
    try:
        return sys.stderr.fileno() == 2
    except (OSError, AttributeError):  # a stand-in, as in a notebook or a test
        return False
