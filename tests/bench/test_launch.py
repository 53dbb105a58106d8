import json
import subprocess
import sys
from typing import Any

import pytest

from speechlstm.bench import launch, shell
from speechlstm.bench.shell import run_command
from speechlstm.errors import SpeechLSTMError


def launched(code: str) -> dict[str, Any]:
    command = [sys.executable, "-I", launch.__file__, sys.executable, "-c", code]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def test_first_line_and_end() -> None:
    cost = launched("import time; print('first', flush=True); time.sleep(0.3); print('last')")
    assert cost["code"] == 0
    assert 0 < cost["first_s"] < cost["whole_s"] - 0.25


def test_no_output_at_all() -> None:
    cost = launched("import time; time.sleep(0.2)")
    assert 0.2 <= cost["first_s"] <= cost["whole_s"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no wait4")
def test_memory_is_the_commands_own() -> None:
    held = bytearray(200_000_000)
    held[::4096] = b"x" * len(held[::4096])
    assert launched("pass")["peak_bytes"] < 60_000_000
    assert launched("x = b'x' * 100_000_000")["peak_bytes"] > 100_000_000
    assert len(held) == 200_000_000


def test_failure_is_told() -> None:
    cost = launched("import sys; print('why', file=sys.stderr); sys.exit(3)")
    assert (cost["code"], cost["errors"]) == (3, "why\n")


def test_a_command_of_ours() -> None:
    cost = run_command("--version")
    assert 0 < cost.first_s <= cost.whole_s


def test_a_command_that_fails() -> None:
    with pytest.raises(
        SpeechLSTMError, match=r"(?s)speechlstm sing ended with exit code 2, .*No such command"
    ):
        run_command("sing")


def test_a_command_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "_COMMAND", (sys.executable, "-c", "import sys; sys.exit(4)"))
    with pytest.raises(SpeechLSTMError, match=r"exit code 4, expected 0: \(nothing on standard error\)"):
        run_command("x")
