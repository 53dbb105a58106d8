from fractions import Fraction

import numpy as np
import pytest

from speechlstm.messages import Gap, Overflow
from speechlstm.sources import paced as module
from speechlstm.sources.paced import paced
from speechlstm.timing import Rate


class Clock:
    """A clock that only sleeping, or a test, moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, wait_s: float) -> None:
        self.now_s += wait_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_each_chunk_comes_when_its_last_sample_is_heard(clock: Clock) -> None:
    x = np.arange(1_000, dtype=np.float32)
    heard = [
        (len(piece), clock.now_s - 100) for piece in paced([x[:700], x[:0], x[700:]], 1_000, chunk_ms=300)
    ]
    assert heard == [
        (300, pytest.approx(0.3)),
        (300, pytest.approx(0.6)),
        (100, pytest.approx(0.7)),
        (300, pytest.approx(1)),
    ]


def test_no_sample_is_changed(clock: Clock) -> None:
    x = np.arange(1_001, dtype=np.float32)
    np.testing.assert_array_equal(np.concatenate(list(paced(np.split(x, [3, 500]), 8_000))), x)


def test_a_slow_reader_catches_up_and_nothing_drifts(clock: Clock) -> None:
    n_pieces = 0
    for _ in paced([np.zeros(8_000 * 60, np.float32)], 8_000):
        n_pieces += 1
        clock.now_s += 1.0 if n_pieces == 100 else 0.011
    assert n_pieces == 2_000
    assert clock.now_s - 100 == pytest.approx(60.011)


@pytest.mark.parametrize("rate_hz", [20, Fraction(1, 3600)])
def test_what_is_stopped_ends_within_a_chunk(clock: Clock, rate_hz: Rate) -> None:
    """All records of a file may come at once, and one of them may be an hour long."""
    x, stop_s = np.zeros((100_000, 2), np.float32), 3600.98
    n_heard = sum(len(piece) for piece in paced([x], rate_hz, stopped=lambda: clock.now_s >= 100 + stop_s))
    assert n_heard == int(stop_s * rate_hz)
    assert stop_s <= clock.now_s - 100 < stop_s + 0.1


def test_what_was_stopped_gives_no_more_though_it_is_late(clock: Clock) -> None:
    pieces = paced([np.zeros(8_000, np.float32)], 8_000, stopped=lambda: clock.now_s > 101)
    next(pieces)
    clock.now_s += 1
    assert list(pieces) == []


def test_other_messages_pass(clock: Clock) -> None:
    assert list(paced([Overflow(3)], 8_000)) == [Overflow(3)]


def test_a_gap_takes_its_time(clock: Clock) -> None:
    x = np.zeros(100, np.float32)
    heard = [clock.now_s - 100 for _ in paced([x, Gap(500), x], 1_000, chunk_ms=100)]
    assert heard == [pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.7)]
