"""The law of every streaming stage, checked: one answer however the stream is cut.

Use it on every stage::

    verify_contract(Framing(200, 80), sound)
"""

import copy
import dataclasses
import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.stage import Stage, concatenate

__all__ = ["assert_close", "drive", "verify_contract"]


def verify_contract(
    stage: Stage[Any], x: Any, *, atol: float = 0.0, counted: bool = True, n_examples: int = 20
) -> None:
    """Hold a stage to the contract that ``speechlstm.stage`` states.

    Args:
        stage: What is to be checked.
        x: A whole stream that it takes: an array, or a named tuple of arrays, time first.
        atol: Largest difference allowed between two ways of cutting the same stream.
        counted: Whether it gives ``rate`` items per item, on time; words come when they are spoken.
        n_examples: Random cuts tried.
    """
    whole = drive(stage, [x])
    _verify_cuts(stage, x, whole, atol, n_examples)
    _verify_head_and_tail(stage, x, whole, atol, counted)
    _verify_state_is_a_value(stage, x)
    _verify_nothing_leaks_back(stage, x, whole, atol, counted)
    if counted:
        _verify_latency_and_rate(stage, x, whole)


def drive(stage: Stage[Any], chunks: Iterable[Any]) -> Any:
    """The whole answer to a stream in chunks.

    What a step is given cannot be written to while it runs, and is spoilt afterwards, as by a caller who
    reads the next chunk into the same buffer.
    """
    state = stage.initial_state()
    structure = _structure(state)
    parts = []
    for chunk in chunks:
        buffer = _map(np.array, chunk)
        y, state = stage.step(_frozen(buffer), _frozen(state))
        parts.append(copy.deepcopy(y))
        _map(_spoil, buffer)
        assert _structure(state) == structure, "the structure of the state changed"
    return concatenate([*parts, stage.flush(_frozen(state))])


def assert_close(found: Any, expected: Any, atol: float = 0.0) -> None:
    """Two outputs or states are the same to ``atol``; where it is not 0, counts to one sample."""
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)
    elif isinstance(expected, tuple):
        assert len(found) == len(expected), (found, expected)
        for a, b in zip(found, expected, strict=True):
            assert_close(a, b, atol)
    elif dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            assert_close(getattr(found, field.name), getattr(expected, field.name), atol)
    elif isinstance(expected, float):
        assert abs(found - expected) <= atol or found == expected
    elif isinstance(expected, int):
        assert abs(found - expected) <= (1 if atol else 0)
    else:
        assert found == expected


def _verify_cuts(stage: Stage[Any], x: Any, whole: Any, atol: float, n_examples: int) -> None:
    n = _length(x)
    for size in (1, 3, 6):
        assert_close(drive(stage, _cut(x, list(range(size, n, size)))), whole, atol)

    @settings(max_examples=n_examples, deadline=None)
    @given(st.lists(st.integers(0, n), max_size=12))
    def random_cuts(cuts: list[int]) -> None:
        # a cut drawn twice, or at an end, makes an empty chunk
        assert_close(drive(stage, _cut(x, sorted(cuts))), whole, atol)

    random_cuts()


def _verify_head_and_tail(stage: Stage[Any], x: Any, whole: Any, atol: float, counted: bool) -> None:
    nothing = drive(stage, [])
    assert _length(nothing) == 0
    assert_close(drive(stage, [_slice(x, 0, 0)] * 3), nothing)
    for n in range(1, min(4, _length(x))):
        first = drive(stage, [_slice(x, 0, n)])
        assert_close(drive(stage, _cut(_slice(x, 0, n), list(range(n)))), first, atol)
        if counted:
            assert _length(first) == math.ceil(n * stage.rate)
            _map(_assert_finite, first)


def _verify_state_is_a_value(stage: Stage[Any], x: Any) -> None:
    n = _length(x)
    _, state = stage.step(_slice(x, 0, n // 2), stage.initial_state())
    kept = copy.deepcopy(state)
    once = copy.deepcopy(stage.flush(_frozen(state)))
    assert_close(stage.flush(_frozen(state)), once)
    first = copy.deepcopy(stage.step(_slice(x, n // 2, n), _frozen(state)))
    stage.step(_slice(x, 0, n), stage.initial_state())  # another stream in between
    assert_close(stage.step(_slice(x, n // 2, n), _frozen(state)), first)
    assert_close(stage.flush(_frozen(kept)), once)
    assert_close(state, kept)


def _verify_nothing_leaks_back(stage: Stage[Any], x: Any, whole: Any, atol: float, counted: bool) -> None:
    """NaN after the end reaches nothing that was due before it."""
    n = _length(x)
    n_nan = max(64, 2 * stage.latency)
    nan = _map(lambda a: np.full((n_nan, *a.shape[1:]), np.nan, a.dtype), x)
    given_before, state = stage.step(x, stage.initial_state())
    owed = copy.deepcopy(stage.flush(state))
    given_after, _ = stage.step(nan, copy.deepcopy(state))
    assert_close(stage.flush(state), owed)
    n_due = _n_due(stage, n) if counted else _length(given_before)
    everything = concatenate([given_before, given_after])
    assert_close(_slice(everything, 0, n_due), _slice(whole, 0, n_due), atol)


def _verify_latency_and_rate(stage: Stage[Any], x: Any, whole: Any) -> None:
    n = _length(x)
    assert _length(whole) == math.ceil(n * stage.rate)
    state, n_out = stage.initial_state(), 0
    for i in range(n):
        y, state = stage.step(_slice(x, i, i + 1), state)
        n_out += _length(y)
        assert n_out >= _n_due(stage, i + 1), f"{n_out} items given after {i + 1}; latency {stage.latency}"


def _n_due(stage: Stage[Any], n: int) -> int:
    return max(0, math.floor((n - stage.latency) * stage.rate))


def _map(f: Callable[[np.ndarray], Any], tree: Any) -> Any:
    if isinstance(tree, np.ndarray):
        return f(tree)
    if isinstance(tree, tuple):
        branches = [_map(f, branch) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else tuple(branches)
    return tree


def _structure(state: Any) -> Any:
    if isinstance(state, np.ndarray):
        return (state.dtype, state.ndim)
    if isinstance(state, tuple):
        return (type(state), [_structure(branch) for branch in state])
    return type(state)


def _frozen(tree: Any) -> Any:
    return _map(_read_only, tree)


def _read_only(a: np.ndarray) -> np.ndarray:
    view = a.view()
    view.flags.writeable = False
    return view


def _spoil(a: np.ndarray) -> None:
    a[...] = np.nan


def _assert_finite(a: np.ndarray) -> None:
    assert np.isfinite(a).all()


def _length(items: Any) -> int:
    return len(items[0]) if hasattr(items, "_fields") else len(items)


def _slice(items: Any, start: int, stop: int) -> Any:
    if isinstance(items, np.ndarray) or not hasattr(items, "_fields"):
        return items[start:stop]
    return _map(lambda a: a[start:stop], items)


def _cut(x: Any, cuts: list[int]) -> list[Any]:
    edges = [0, *cuts, _length(x)]
    return [_slice(x, a, b) for a, b in pairwise(edges)]
