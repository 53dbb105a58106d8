"""Times of functions that are compared: taken in turns, so that what else the machine does hits all alike."""

import statistics
import time
from collections.abc import Callable, Sequence

__all__ = ["interleaved"]

_N_WARM_UP = 3
_N_LEAST = 5


def interleaved(functions: Sequence[Callable[[], object]], *, measure_s: float) -> tuple[float, ...]:
    """Median seconds of one call of each function.

    Args:
        functions: Called in turns, a few times unmeasured first.
        measure_s: Seconds to go on for; every function is measured a few times even if that takes longer.
    """
    for function in functions:
        for _ in range(_N_WARM_UP):
            function()
    seconds: list[list[float]] = [[] for _ in functions]
    until = time.perf_counter() + measure_s
    while len(seconds[0]) < _N_LEAST or time.perf_counter() < until:
        for function, taken in zip(functions, seconds, strict=True):
            began = time.perf_counter()
            function()
            taken.append(time.perf_counter() - began)
    return tuple(statistics.median(taken) for taken in seconds)
