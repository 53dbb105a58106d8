import subprocess
import sys
from collections.abc import Mapping

import pytest

PROGRAM = """
import os, sys
from speechlstm.cli.native_stderr import native_stderr_dropped
os.write(2, b"library before\\n")
with native_stderr_dropped():
    print("ours", file=sys.stderr)
    os.write(2, b"library during\\n")
os.write(2, b"library after\\n")
print("ours after", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("environment", "during"), [({}, "ours\n"), ({"SPEECHLSTM_DEBUG": "1"}, "ours\nlibrary during\n")]
)
def test_only_what_libraries_write_is_dropped(
    monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], during: str
) -> None:
    monkeypatch.delenv("SPEECHLSTM_DEBUG", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr == f"library before\n{during}library after\nours after\n"
