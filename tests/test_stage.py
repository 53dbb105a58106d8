from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from contract import assert_close, drive, verify_contract
from hypothesis import given
from hypothesis import strategies as st

from speechlstm.features.framing import Framing
from speechlstm.stage import Chain, Stage, concatenate, run


class _Held(NamedTuple):
    held: np.ndarray


class Delay(Stage[_Held]):
    """Gives its items ``n`` items late; ``mistake`` names a way to break the contract."""

    def __init__(self, n: int, mistake: str = "") -> None:
        self.latency, self.mistake, self._kept = n, mistake, np.zeros(0, np.float32)

    def initial_state(self) -> _Held:
        return _Held(np.zeros(0, np.float32))

    def step(self, x: np.ndarray, state: _Held) -> tuple[np.ndarray, _Held]:
        held = self._kept if self.mistake == "state in self" else state.held
        items = np.concatenate([held, x])
        n_ready = max(0, len(items) - self.latency - (self.mistake == "later than declared"))
        ready, rest = items[:n_ready].copy(), items[n_ready:]
        if self.mistake == "looks at the chunk" and len(ready):
            ready /= np.abs(ready).max() + 1
        if self.mistake == "writes into its input" and len(x):
            x[0] = 0
        if self.mistake == "writes into its state" and len(state.held):
            state.held[0] = 0
        if self.mistake == "keeps a view of its input":
            rest = x[-len(rest) :] if 0 < len(rest) <= len(x) else rest
        if self.mistake == "drops a chunk shorter than two" and len(x) == 1:
            return np.zeros(0, np.float32), state
        self._kept = rest
        return ready, _Held(rest.astype(float) if self.mistake == "changes its state's type" else rest)

    def flush(self, state: _Held) -> np.ndarray:
        if self.mistake == "loses the tail":
            return np.zeros(0, np.float32)
        if self.mistake == "gives too much at the end":
            return np.append(state.held, np.float32(0))
        return state.held


RAMP = np.arange(1, 41, dtype=np.float32)


def test_a_stage_that_keeps_the_contract() -> None:
    verify_contract(Delay(3), RAMP)


@pytest.mark.parametrize(
    "mistake",
    [
        "state in self",
        "later than declared",
        "looks at the chunk",
        "writes into its input",
        "writes into its state",
        "keeps a view of its input",
        "drops a chunk shorter than two",
        "changes its state's type",
        "loses the tail",
        "gives too much at the end",
    ],
)
def test_the_contract_finds_every_mistake(mistake: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        verify_contract(Delay(3, mistake), RAMP)


def test_a_chain_is_a_stage() -> None:
    verify_contract(Chain([Delay(2), Delay(0), Delay(3)]), RAMP)
    verify_contract(Chain([Delay(2), Framing(6, 4)]), RAMP)


def test_latency_and_rate_of_a_chain() -> None:
    chain = Chain([Framing(6, 4), Delay(3), Framing(2, 2)])
    # five samples, then three frames of four samples, then one more frame
    assert chain.latency == 5 + 3 * 4 + 1 * 4
    assert chain.rate == Fraction(1, 8)


def test_an_empty_chain_gives_what_it_gets() -> None:
    chain = Chain([])
    assert (chain.latency, chain.rate) == (0, 1)
    assert chain.step(RAMP, chain.initial_state()) == (RAMP, ())


def test_the_tail_goes_through_all_that_follow() -> None:
    chain = Chain([Delay(5), Delay(4)])
    y, state = chain.step(RAMP[:7], chain.initial_state())
    assert len(y) == 0
    np.testing.assert_array_equal(chain.flush(state), RAMP[:7])


@given(st.lists(st.integers(0, len(RAMP)), max_size=8).map(sorted))
def test_run_gives_all_of_it(cuts: list[int]) -> None:
    given_back = list(run(Delay(3), np.split(RAMP, cuts)))
    assert len(given_back) == len(cuts) + 2
    np.testing.assert_array_equal(np.concatenate(given_back), RAMP)


def test_run_is_lazy() -> None:
    def chunks() -> Any:
        yield RAMP[:10]
        raise RuntimeError("asked too early")

    answers = run(Delay(3), chunks())
    np.testing.assert_array_equal(next(answers), RAMP[:7])
    with pytest.raises(RuntimeError, match="asked too early"):
        next(answers)


class _Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray


def test_concatenate_joins_what_stages_give() -> None:
    np.testing.assert_array_equal(concatenate([RAMP[:3], RAMP[3:3], RAMP[3:]]), RAMP)
    joined = concatenate([_Pair(RAMP[:1], RAMP[:2]), _Pair(RAMP[1:], RAMP[2:])])
    assert isinstance(joined, _Pair)
    assert_close(joined, _Pair(RAMP, RAMP))
    assert concatenate([("a",), (), ("b", "c")]) == ("a", "b", "c")
    assert concatenate([(only := _Pair(RAMP, RAMP))]) is only


def test_nothing_fed_nothing_given() -> None:
    assert len(drive(Chain([Delay(3), Framing(6, 4)]), [])) == 0
