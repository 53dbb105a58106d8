import os
import subprocess
import sys
from pathlib import Path

import pytest

from speechlstm.engine import quiet

_USE = """
from speechlstm.engine.quiet import quiet_tensorflow
quiet_tensorflow()
import tensorflow as tf
print(float(tf.function(lambda x: x + 1)(tf.constant(1.0))))
"""
_LINES = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1795286635.849185   30391 port.cc:153] oneDNN custom operations are on.\n",
    b"W0000 00:00:1795286635.849185   30391 a.cc:1] a warning\n",
    b"E0000 00:00:1795286673.116403   30391 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n",
    b"E0000 00:00:1795286673.116403   30391 a.cc:1] an error\n",
    b"Traceback (most recent call last):\n",
)


@pytest.mark.train
def test_nothing_is_said_where_nothing_is_wrong() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", _USE], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.0\n", "")


def test_errors_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet._sifted():
        for line in _LINES:
            os.write(2, line)
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err.encode() == b"".join(_LINES[4:])


def test_what_ends_it_is_told_too(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="three"), quiet._sifted():
        os.write(2, b"it was like this\n")
        raise ValueError("three")
    assert capfd.readouterr().err == "it was like this\n"


def test_a_card_that_fails_is_an_error_where_there_is_a_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet, "_DRIVER", tmp_path / "none")
    assert not quiet._is_told(_LINES[3])
    monkeypatch.setattr(quiet, "_DRIVER", tmp_path)
    assert quiet._is_told(_LINES[3])


@pytest.mark.parametrize("level", ["0", "1"])
def test_the_environment_has_the_last_word(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    monkeypatch.setattr(quiet, "_sifted", lambda: pytest.fail("something was held back"))
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    quiet.quiet_tensorflow()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == level
    assert "tensorflow" not in sys.modules
