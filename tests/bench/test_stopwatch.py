import time

from speechlstm.bench.stopwatch import interleaved


def test_functions_take_turns_after_a_warm_up() -> None:
    calls: list[str] = []
    seconds = interleaved([lambda: calls.append("a"), lambda: calls.append("b")], measure_s=0)
    assert "".join(calls) == "aaabbb" + "ab" * 5
    assert len(seconds) == 2


def test_a_slow_call_among_many_does_not_count() -> None:
    n_calls = 0

    def mostly_fast() -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 5:
            time.sleep(0.2)

    slow_s, fast_s = interleaved([lambda: time.sleep(0.01), mostly_fast], measure_s=0)
    assert slow_s >= 0.01
    assert fast_s < 0.01
