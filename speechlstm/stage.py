"""The contract of every streaming stage, the chain of stages, and the one place that drains it.

A stage is a pure function with an explicit state: ``initial_state() -> s``, ``step(x, s) -> (y, s)``,
``flush(s) -> y``. Nothing of a stream lives in ``self``, no step writes into an array it was given, and no
state is a view of one (the caller may read the next chunk into the same buffer). So a state can be kept,
copied, batched, thrown away, or flushed any number of times: ``flush(state)`` in mid-stream is what the
stage thinks *now* and commits nothing.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

__all__ = ["Chain", "NoState", "Stage", "concatenate", "run"]

S = TypeVar("S")


class Stage(ABC, Generic[S]):
    """One streaming step of a pipeline.

    Inputs and outputs are arrays whose first axis is time, named tuples of such arrays, or tuples
    of events. Any number of items may come in a step: none, one, or a whole file.

    Attributes:
        latency: How many further input items must have come, at most, before everything about an
            input item has been put out; an integer.
        rate: Output items per input item.
    """

    latency: int = 0
    rate: Fraction = Fraction(1)

    @abstractmethod
    def initial_state(self) -> S:
        """The state before the first item: a ``NamedTuple`` of arrays."""

    @abstractmethod
    def step(self, x: Any, state: S) -> tuple[Any, S]:
        """Take what came, give what is ready, and the state to go on from."""

    @abstractmethod
    def flush(self, state: S) -> Any:
        """What is still owed if the stream ends here; ``state`` stays usable."""


class NoState(NamedTuple):
    """The state of a stage that remembers nothing."""


class Chain(Stage[tuple[Any, ...]]):
    """Stages one after the other, itself a stage.

    Args:
        stages: The stages, in order of the data.
    """

    def __init__(self, stages: Sequence[Stage[Any]]) -> None:
        self.stages = tuple(stages)
        self.rate = math.prod((stage.rate for stage in self.stages), start=Fraction(1))
        before, latency = Fraction(1), Fraction(0)
        for stage in self.stages:
            latency += stage.latency / before
            before *= stage.rate
        self.latency = math.ceil(latency)

    def initial_state(self) -> tuple[Any, ...]:
        return tuple(stage.initial_state() for stage in self.stages)

    def step(self, x: Any, state: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        after = []
        for stage, s in zip(self.stages, state, strict=True):
            x, s = stage.step(x, s)
            after.append(s)
        return x, tuple(after)

    def flush(self, state: tuple[Any, ...]) -> Any:
        owed: Any = None
        for stage, s in zip(self.stages, state, strict=True):
            ready: list[Any] = []
            if owed is not None:
                y, s = stage.step(owed, s)
                ready.append(y)
            owed = concatenate([*ready, stage.flush(s)])
        return owed


def concatenate(parts: Sequence[Any]) -> Any:
    """Join outputs of a stage along time: arrays, named tuples of arrays, or tuples of events.

    Args:
        parts: At least one output, all of one kind.

    Returns:
        One output of that kind.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if hasattr(first, "_fields"):
        return type(first)(*(concatenate(column) for column in zip(*parts, strict=True)))
    return tuple(item for part in parts for item in part)


def run(stage: Stage[S], chunks: Iterable[Any]) -> Iterator[Any]:
    """Drive a stage over a stream, to its end: the output of each chunk, then of the flush."""
    state = stage.initial_state()
    for chunk in chunks:
        y, state = stage.step(chunk, state)
        yield y
    yield stage.flush(state)
