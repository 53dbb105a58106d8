"""Batches without end, made ahead in worker processes."""

import os
import signal
import threading
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from speechlstm.errors import DataError
from speechlstm.features.frontend import FrontEnd
from speechlstm.machine import n_cores
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Maker

__all__ = ["batches"]

_AHEAD = 4


@dataclass(frozen=True)
class _Origin:
    """What a worker builds its maker from; small enough to send."""

    recipe: Recipe
    front_end: FrontEnd
    data_dir: Path
    cache_dir: Path

    def maker(self) -> Maker:
        return make_task(self.recipe, self.data_dir, self.cache_dir).maker(self.front_end)


def batches(
    recipe: Recipe,
    front_end: FrontEnd,
    maker: Maker,
    *,
    data_dir: Path,
    cache_dir: Path,
    first_step: int = 0,
) -> Generator[Any]:
    """Batches without end, a few made ahead; batch ``n`` is the same however the run got there.

    Args:
        recipe: The recipe.
        front_end: Turns samples into frames.
        maker: Joins what the workers make.
        data_dir: Where the recipe's sets lie.
        cache_dir: Where what is made of them is kept.
        first_step: The step to begin at.

    Raises:
        DataError: A worker process has died.
    """
    size = recipe.training.batch_size
    n_workers = recipe.training.n_workers or max(1, n_cores() - 1)
    share = -(-size // n_workers)
    origin = _Origin(recipe, front_end, data_dir, cache_dir)
    with ProcessPoolExecutor(
        n_workers, mp_context=get_context("spawn"), initializer=_start, initargs=(origin,)
    ) as pool:
        queue: deque[list[Future[Any]]] = deque()
        step = first_step
        try:
            while True:
                while len(queue) < _AHEAD:
                    first = recipe.seed * 2**32 + step * size
                    ends = range(first, first + size)
                    parts = [ends[i : i + share] for i in range(0, size, share)]
                    queue.append([pool.submit(_make, part) for part in parts])
                    step += 1
                yield maker.join([part.result() for part in queue.popleft()])
        except BrokenProcessPool as error:
            raise DataError(
                f"one of {n_workers} processes that make batches has died; if memory was short, "
                "use fewer (--set training.n_workers=1), and go on with --resume"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_maker: Maker


def _start(origin: _Origin) -> None:
    global _maker  # a worker process serves one run; its corpus is loaded once
    # Ctrl+C goes to every process of a terminal; the run ends its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _maker = origin.maker()


def _die_with_parent() -> None:
    """A run killed with ``kill -9`` leaves no workers behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _make(seeds: range) -> Any:
    return _maker.make(seeds)
