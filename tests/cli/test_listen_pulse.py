"""The whole way: a sound that is played, PulseAudio, ALSA, PortAudio, the command, its words."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pulse
import pytest
import soundfile

from speechlstm.recognizer import Recognizer
from speechlstm.sources.files import AudioFile

pytestmark = pytest.mark.pulse

ROOT = Path(__file__).parents[2]
WORDS_EN = ROOT / "models" / "words-en"
DIGITS = ROOT / "samples" / "digits.wav"
# the sound server still holds some of what was played
ECHO_S = 1.0


class Listening:
    """``speechlstm listen`` in a process of its own, with all that it has said so far."""

    def __init__(self, microphone: pulse.PulseMicrophone, *arguments: object) -> None:
        command = [sys.executable, "-m", "speechlstm", "listen", "-f", "jsonl", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=microphone.env, text=True, **pipes)
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=lines.extend, args=[pipe], daemon=True)
            for lines, pipe in ((self.out, self.process.stdout), (self.err, self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()
        self.wait_for("Ctrl+C to stop")

    def wait_for(self, message: str, *, timeout_s: float = 30) -> None:
        until_s = time.monotonic() + timeout_s
        while not any(message in line for line in tuple(self.err)):
            assert time.monotonic() < until_s, self.err
            time.sleep(0.05)

    def interrupt(self) -> int:
        time.sleep(ECHO_S)
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self, *, timeout_s: float = 10) -> int:
        code = self.process.wait(timeout_s)
        for reader in self._readers:
            reader.join(5)
        return code

    @property
    def words(self) -> list[str]:
        return [word for line in self.out for word in json.loads(line).get("text", "").split()]


Start = Callable[..., Listening]


@pytest.fixture
def start(pulse_microphone: pulse.PulseMicrophone) -> Iterator[Start]:
    started: list[Listening] = []

    def run(*arguments: object) -> Listening:
        started.append(Listening(pulse_microphone, *arguments))
        return started[-1]

    yield run
    for listening in started:
        with listening.process as process:
            process.kill()


@pytest.mark.skipif(not (WORDS_EN / "bundle.json").exists(), reason="models/words-en is not there")
@pytest.mark.parametrize("name", ["digits", "commands"])
def test_what_is_played_gives_the_words_of_transcribe(
    start: Start, pulse_microphone: pulse.PulseMicrophone, name: str
) -> None:
    sample = ROOT / "samples" / f"{name}.wav"
    listening = start("-m", WORDS_EN)
    pulse_microphone.play(sample)
    assert listening.interrupt() == 0
    assert listening.words == Recognizer.load(WORDS_EN).transcribe(sample).text.split()


def test_what_is_kept_is_what_was_played(
    start: Start, pulse_microphone: pulse.PulseMicrophone, tiny_bundle: Path, tmp_path: Path
) -> None:
    heard = tmp_path / "heard.wav"
    listening = start("-m", tiny_bundle, "--save-audio", heard)
    pulse_microphone.play(DIGITS)
    assert listening.interrupt() == 0
    start_line, delay, _, summary = listening.err
    assert start_line.startswith("listening to default at ")
    assert re.fullmatch(r"algorithmic delay .*; the device adds up to \d+ ms\n", delay)
    assert summary.endswith("overflows 0, dropped samples 0\n")
    assert len(listening.words) > 3
    with AudioFile(DIGITS, 8_000) as chunks:
        played = np.concatenate(list(chunks))
    kept, rate = soundfile.read(heard)
    assert (rate, len(kept) > len(played)) == (8_000, True)
    # where exactly it begins, and the sound server's gaps on a busy machine, are not ours
    assert np.sum(kept**2) == pytest.approx(np.sum(played**2), rel=0.1)


def test_an_unplugged_device(
    start: Start, pulse_microphone: pulse.PulseMicrophone, tiny_bundle: Path
) -> None:
    listening = start("-m", tiny_bundle)
    pulse_microphone.play(DIGITS)
    pulse_microphone.unplug()
    assert listening.end(timeout_s=10) == 1
    assert len(listening.words) > 3
    summary, error = listening.err[3:]
    assert summary.startswith("heard ")
    assert error == "Error: 'default' stopped giving sound; was it unplugged? Plug it in and start again\n"


def test_a_device_that_is_plugged_in_again(
    start: Start, pulse_microphone: pulse.PulseMicrophone, tiny_bundle: Path
) -> None:
    listening = start("-m", tiny_bundle, "--reconnect")
    pulse_microphone.unplug()
    listening.wait_for("device lost, waiting for it")
    n_before = len(listening.words)
    pulse_microphone.start()
    listening.wait_for("hearing 'default' again")
    pulse_microphone.play(DIGITS)
    assert listening.interrupt() == 0
    assert len(listening.words) - n_before > 3


def test_an_interrupt_ends_the_wait_for_a_device(
    start: Start, pulse_microphone: pulse.PulseMicrophone, tiny_bundle: Path
) -> None:
    listening = start("-m", tiny_bundle, "--reconnect")
    pulse_microphone.unplug()
    listening.wait_for("device lost, waiting for it")
    assert listening.interrupt() == 0
