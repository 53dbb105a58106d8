"""The real way through PortAudio, ALSA and PulseAudio."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pulse
import pytest
import soundfile

pytestmark = pytest.mark.pulse

RECORD = """
import sys
import numpy as np
from speechlstm.errors import DeviceError
from speechlstm.sources.microphone import Microphone

path, n_wanted, again = sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["--reconnect"]
got, n_before = [], 0
with Microphone(8_000) as microphone:
    print("ready", flush=True)
    while True:
        try:
            for chunk in microphone:
                got.append(chunk)
                if sum(map(len, got)) >= n_before + n_wanted:
                    microphone.stop()
            break
        except DeviceError as error:
            print(error, flush=True)
            if not again:
                sys.exit(1)
            sys.stdin.readline()
            microphone.reopen()
            n_before = sum(map(len, got))
    print(microphone.device_name, microphone.n_overflows, flush=True)
np.save(path, np.concatenate(got))
"""


def start(
    microphone: pulse.PulseMicrophone, path: Path, n_samples: int, *options: str
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", RECORD, str(path), str(n_samples), *options],
        env=microphone.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    x = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(2 * 16_000) / 16_000)
    soundfile.write(tmp_path / "tone.wav", x, 16_000)
    return tmp_path / "tone.wav"


def test_a_tone_that_is_played_is_heard(
    pulse_microphone: pulse.PulseMicrophone, tone: Path, tmp_path: Path
) -> None:
    with start(pulse_microphone, tmp_path / "heard.npy", 24_000) as process:
        pulse_microphone.play(tone)
        assert process.stdout.readline() == "default 0\n"
        assert process.wait(30) == 0
    heard = np.load(tmp_path / "heard.npy")
    assert 24_000 <= len(heard) < 25_600
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * 8_000 / len(heard) == pytest.approx(1_000, abs=2)
    loud = np.flatnonzero(np.abs(heard) > 0.25)
    assert np.ptp(loud) == pytest.approx(16_000, abs=240)
    assert np.sqrt(np.mean(heard[loud[0] : loud[-1]] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_a_device_that_vanishes_is_noticed(pulse_microphone: pulse.PulseMicrophone, tmp_path: Path) -> None:
    with start(pulse_microphone, tmp_path / "heard.npy", 80_000) as process:
        time.sleep(0.5)
        pulse_microphone.unplug()
        gone_s = time.monotonic()
        assert "stopped giving sound; was it unplugged?" in process.stdout.readline()
        assert process.wait(10) == 1
        assert time.monotonic() - gone_s < 5


def test_a_device_that_comes_back_is_heard_again(
    pulse_microphone: pulse.PulseMicrophone, tone: Path, tmp_path: Path
) -> None:
    with start(pulse_microphone, tmp_path / "heard.npy", 12_000, "--reconnect") as process:
        pulse_microphone.unplug()
        assert "stopped giving sound" in process.stdout.readline()
        pulse_microphone.start()
        process.stdin.write("\n")
        process.stdin.flush()
        pulse_microphone.play(tone)
        assert process.wait(30) == 0
    heard = np.load(tmp_path / "heard.npy")[-12_000:]
    assert np.argmax(np.abs(np.fft.rfft(heard))) * 8_000 / len(heard) == pytest.approx(1_000, abs=2)


def test_devices_are_listed(pulse_microphone: pulse.PulseMicrophone) -> None:
    code = (
        "import json; from speechlstm.sources.devices import list_devices; "
        "print(json.dumps([d.name for d in list_devices() if d.is_default]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=pulse_microphone.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert json.loads(done.stdout) == ["default"]
