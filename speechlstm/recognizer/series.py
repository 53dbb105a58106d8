"""A series heard as it comes, to its forecasts."""

from collections.abc import Iterable, Iterator

import numpy as np

from speechlstm.messages import Forecast, Gap, Overflow, later
from speechlstm.sources.counted import Counted
from speechlstm.sources.samples import Samples
from speechlstm.sources.source import Source
from speechlstm.stage import Chain, run

__all__ = ["forecasts", "opened"]


def forecasts(chain: Chain, chunks: Iterable[np.ndarray | Overflow | Gap]) -> Iterator[Forecast]:
    """What a chain forecasts of a series; after a gap it begins afresh, while the time goes on."""
    n_before, counted = 0, Counted(chunks)
    while not counted.is_done:
        for ready in run(chain, counted):
            yield from (later(forecast, n_before) for forecast in ready)
        n_before = counted.n_samples


def opened(source: Source) -> Iterator[Samples | Overflow | Gap]:
    """What a source gives, which is open from now on until all is given or nobody wants it any more.

    Raises:
        DataError: It cannot be opened.
    """
    chunks = _held(source)
    next(chunks)
    return chunks


def _held(source: Source) -> Iterator[Samples | Overflow | Gap]:
    """What a source gives, after a first item that says no more than that it is open."""
    with source:
        yield Overflow(0)
        yield from source
