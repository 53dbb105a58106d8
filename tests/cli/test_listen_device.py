"""``listen`` at a microphone that loses sound, vanishes and comes back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from heard import events, final_words

from speechlstm.errors import DeviceError
from speechlstm.messages import Overflow
from speechlstm.recognizer import Recognizer


class FakeMicrophone:
    """Hears the sound, loses some, and vanishes; opened again, it hears it once more."""

    device_name, device_rate_hz, warning = "USB Mic", 44_100, None
    device_latency_s = 0.04
    samples: np.ndarray

    def __init__(self, sample_rate_hz: int, *, device: str | None) -> None:
        self.sample_rate_hz, self.device, self.n_opened = sample_rate_hz, device, 0

    def __enter__(self) -> "FakeMicrophone":
        self.n_opened += 1
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[np.ndarray | Overflow]:
        yield self.samples
        yield Overflow(441)
        if self.n_opened == 1:
            raise DeviceError("'USB Mic' stopped giving sound; was it unplugged?")

    def reopen(self) -> None:
        self.n_opened += 1

    def stop(self) -> None:
        pass


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch, sound: Path) -> type[FakeMicrophone]:
    FakeMicrophone.samples = soundfile.read(sound, dtype="float32", frames=16_000)[0]
    monkeypatch.setattr("speechlstm.sources.microphone.Microphone", FakeMicrophone)
    return FakeMicrophone


def test_a_device_that_vanishes(listen: Any, microphone: type[FakeMicrophone], tiny_bundle: Path) -> None:
    result = listen("-d", "usb", "-f", "jsonl")
    assert result.exit_code == 1
    assert (
        final_words(result.stdout) == Recognizer.load(tiny_bundle).transcribe(microphone.samples).text.split()
    )
    assert events(result.stdout)[-1].keys() != {"partial"}
    assert {"overflow": 441} in events(result.stdout)
    first, delay, _, heard, error = result.stderr.splitlines()
    assert first.startswith("listening to USB Mic at 44100 Hz")
    assert delay == (
        "algorithmic delay 638 ms: 555 ms of the model, 83 ms of resampling; the device adds up to 40 ms"
    )
    assert heard.endswith("overflows 1, dropped samples 441")
    assert error == "Error: 'USB Mic' stopped giving sound; was it unplugged?"


def test_a_device_that_vanishes_and_comes_back(
    listen: Any, microphone: type[FakeMicrophone], tiny_bundle: Path
) -> None:
    result = listen("-f", "jsonl", "--reconnect", "--stats")
    assert result.exit_code == 0
    words = Recognizer.load(tiny_bundle).transcribe(microphone.samples).text.split()
    assert final_words(result.stdout) == 2 * words
    starts = [word["start"] for e in events(result.stdout) if "result" in e for word in e["result"]]
    assert starts == sorted(starts)
    assert starts[-1] > 2
    assert "\ndevice lost, waiting for it\nhearing 'USB Mic' again\nheard 4.0 s" in result.stderr
    assert result.stderr.endswith("reconnections 1\n")


def test_devices_can_be_listed(listen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechlstm.sources.devices.list_devices", lambda: [])
    result = listen("--list-devices")
    assert result.exit_code == 1
    assert result.stderr.startswith("no sound device can be heard")
