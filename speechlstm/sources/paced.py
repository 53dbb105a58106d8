"""Recorded sound, or records, at the speed of real time."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from speechlstm.messages import Gap
from speechlstm.sources.samples import Samples
from speechlstm.timing import Rate

__all__ = ["paced"]

# what was stopped is to end at once to whoever waits for it, whatever the rate
_STOP_S = 0.05

T = TypeVar("T")


def _never() -> bool:
    return False


def paced(
    chunks: Iterable[Samples | T],
    sample_rate_hz: Rate,
    *,
    chunk_ms: int = 30,
    stopped: Callable[[], bool] = _never,
) -> Iterator[Samples | T]:
    """Hand sound on in small chunks, each at the moment at which a microphone would have finished it.

    Moments are counted from the first one, so nothing drifts; a reader that is late catches up.

    Args:
        chunks: Samples ``[n]``, any n; what is not an array passes untouched, a gap taking its time.
        sample_rate_hz: Their rate.
        chunk_ms: Length of the chunks that come out, at most; a sample where that is longer.
        stopped: Whether to end, though there is more: asked every twentieth of a second.

    Yields:
        The same samples in chunks of at most ``chunk_ms``.
    """
    n_chunk = max(1, int(sample_rate_hz * chunk_ms // 1000))
    started_s, n_heard = time.monotonic(), 0
    for chunk in chunks:
        if not isinstance(chunk, np.ndarray):
            n_heard += chunk.n_samples if isinstance(chunk, Gap) else 0
            yield chunk
            continue
        for first in range(0, len(chunk), n_chunk):
            piece = chunk[first : first + n_chunk]
            n_heard += len(piece)
            at_s = started_s + float(n_heard / sample_rate_hz)
            while not stopped() and (wait_s := at_s - time.monotonic()) > 0:
                time.sleep(min(wait_s, _STOP_S))
            if stopped():
                return
            yield piece
