import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result
from pulse import PulseMicrophone

from speechlstm.cli.main import cli
from speechlstm.errors import MissingDependency
from speechlstm.sources import devices as home
from speechlstm.sources.devices import InputDevice

FOUND = [
    InputDevice(0, "Built-in", "ALSA", 2, 48_000, False),
    InputDevice(11, "Größe USB", "ALSA", 1, 16_000, True),
]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["devices", *arguments])


def test_the_default_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "list_devices", lambda: FOUND)
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "    0  Built-in  (ALSA, 2 channels, 48000 Hz)\n*  11  Größe USB  (ALSA, 1 channel, 16000 Hz)\n"
    )


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "list_devices", lambda: FOUND[1:])
    assert json.loads(run("--json").stdout) == [
        {
            "index": 11,
            "name": "Größe USB",
            "host_api": "ALSA",
            "n_channels": 1,
            "sample_rate_hz": 16_000,
            "is_default": True,
        }
    ]


def test_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "list_devices", lambda: [])
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "no sound device can be heard; plug in a microphone, or transcribe files\n"
    result = run("--json")
    assert (result.exit_code, result.stdout) == (1, "[]\n")


def test_no_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise MissingDependency("the microphone needs the PortAudio library; install it: `apt`")

    monkeypatch.setattr(home, "list_devices", missing)
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: the microphone needs the PortAudio library; install it: `apt`\n"


@pytest.mark.pulse
def test_a_real_device(pulse_microphone: PulseMicrophone) -> None:
    code = "from speechlstm.cli.main import main; main()"
    command = [sys.executable, "-c", code, "devices", "--json"]
    done = subprocess.run(command, env=pulse_microphone.env, capture_output=True, text=True)
    # ALSA would write there what it thinks of every device that is not there
    assert (done.returncode, done.stderr) == (0, "")
    assert [device["host_api"] for device in json.loads(done.stdout) if device["is_default"]] == ["ALSA"]
