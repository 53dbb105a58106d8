import os

import pytest

from speechlstm.machine import n_cores


def test_cores_are_those_of_the_process() -> None:
    assert 1 <= n_cores() <= (os.cpu_count() or 1)


def test_cores_where_the_system_does_not_say_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert n_cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert n_cores() == 1
