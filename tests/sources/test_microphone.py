import sys
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from speechlstm.errors import DeviceError, MissingDependency
from speechlstm.messages import Overflow
from speechlstm.sources import microphone as module
from speechlstm.sources.devices import InputDevice, find_device, list_devices
from speechlstm.sources.microphone import Microphone
from speechlstm.sources.resample import StreamResampler


class PortAudioError(Exception):
    """As sounddevice's."""


class Stream:
    """As sounddevice's InputStream; the test plays the device."""

    latency = 0.01

    def __init__(self, sound: "Sound", **how: Any) -> None:
        if how["channels"] in sound.refused_channels:
            raise PortAudioError("Invalid number of channels")
        self.how = how
        self.active = False
        self.is_closed = False
        sound.stream = self

    def start(self) -> None:
        self.active = True

    def abort(self) -> None:
        self.active = False

    def close(self) -> None:
        self.is_closed = True

    def give(self, samples: np.ndarray, overflow: bool = False) -> None:
        """Call back as PortAudio does: with a buffer that is used again afterwards."""
        buffer = np.repeat(samples[:, None], self.how["channels"], axis=1)
        self.how["callback"](buffer, len(buffer), None, types.SimpleNamespace(input_overflow=overflow))
        buffer[:] = np.nan


class Sound(types.ModuleType):
    """A stand-in for the module sounddevice."""

    PortAudioError = PortAudioError
    stream: Stream

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.devices = [
            device("Speaker", 0, 48_000),
            device("USB Mic", 1, 16_000),
            device("USB Mic Pro", 2, 44_100),
            device("Line", 2, 8_000),
        ]
        self.default = 3
        self.refused_channels: set[int] = set()
        self.n_restarts = 0

    def query_devices(self, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        if self.default < 0:
            raise PortAudioError("Error querying device -1")
        return self.devices[self.default] | {"index": self.default}

    def query_hostapis(self) -> Any:
        return ({"name": "ALSA"}, {"name": "JACK"})

    def InputStream(self, **how: Any) -> Stream:
        return Stream(self, **how)

    def _terminate(self) -> None:
        self.n_restarts += 1

    def _initialize(self) -> None:
        pass


def device(name: str, n_channels: int, rate_hz: int) -> dict[str, Any]:
    return {
        "name": name,
        "hostapi": 0,
        "max_input_channels": n_channels,
        "default_samplerate": float(rate_hz),
    }


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> Sound:
    sound = Sound()
    monkeypatch.setitem(sys.modules, "sounddevice", sound)
    return sound


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, n).astype(np.float32)


def hear(microphone: Microphone, act: Callable[[], None]) -> list[Any]:
    """What comes out while ``act`` plays the device, then stops."""

    def play() -> None:
        act()
        microphone.stop()

    player = threading.Thread(target=play)
    player.start()
    got = list(microphone)
    player.join()
    return got


def test_sound_of_the_models_rate_passes(sound: Sound) -> None:
    x = noise(720)
    with Microphone(8_000) as microphone:
        assert (microphone.device_name, microphone.device_rate_hz, microphone.n_channels) == (
            "Line",
            8_000,
            1,
        )
        assert sound.stream.how["device"] == 3
        assert sound.stream.how["blocksize"] == 240
        assert microphone.device_latency_s == 0.03
        got = hear(microphone, lambda: [sound.stream.give(part) for part in np.split(x, 3)])
    np.testing.assert_array_equal(np.concatenate(got), x)
    assert sound.stream.is_closed


def test_another_rate_is_resampled_as_a_file_of_that_rate_would_be(sound: Sound) -> None:
    x = noise(44_100)
    resampler = StreamResampler(44_100, 8_000)
    expected = np.concatenate([resampler.feed(x), resampler.finish()])
    with Microphone(8_000, device="pro") as microphone:
        assert microphone.device_rate_hz == 44_100
        assert 0.03 <= microphone.device_latency_s < 0.1
        got = hear(microphone, lambda: [sound.stream.give(part) for part in np.array_split(x, 34)])
    np.testing.assert_array_equal(np.concatenate(got), expected)


def test_two_channels_are_averaged_where_one_is_refused(sound: Sound) -> None:
    sound.refused_channels = {1}
    x = noise(240)
    with Microphone(8_000) as microphone:
        assert microphone.n_channels == 2
        got = hear(microphone, lambda: sound.stream.give(x))
    np.testing.assert_array_equal(np.concatenate(got), x)


def test_a_device_that_refuses(sound: Sound) -> None:
    sound.refused_channels = {1, 2}
    message = "'Line' cannot be opened at 8000 Hz .*Invalid number.*--device"
    microphone = Microphone(8_000)
    with pytest.raises(DeviceError, match=message), microphone:
        pass
    assert microphone.n_channels == 0, "none was opened"


def test_what_the_queue_cannot_take_comes_out_as_an_overflow_in_its_place(sound: Sound) -> None:
    x = noise(240)
    with Microphone(8_000, block_ms=30, queue_s=0.06) as microphone:
        for _ in range(5):
            sound.stream.give(x)
        assert microphone.n_dropped_samples == 3 * 240
        chunks = iter(microphone)
        got = [next(chunks), next(chunks)]
        sound.stream.give(x)
        microphone.stop()
        got += list(chunks)
    assert [chunk if isinstance(chunk, Overflow) else len(chunk) for chunk in got] == [
        240,
        240,
        Overflow(720),
        240,
    ]
    assert microphone.n_overflows == 1


def test_what_is_lost_at_the_end_is_counted_too(sound: Sound) -> None:
    with Microphone(8_000, block_ms=30, queue_s=0.06) as microphone:
        for _ in range(5):
            sound.stream.give(noise(240))
        microphone.stop()
        got = list(microphone)
    assert [chunk if isinstance(chunk, Overflow) else len(chunk) for chunk in got] == [
        240,
        240,
        Overflow(720),
    ]
    assert (microphone.n_overflows, microphone.n_dropped_samples) == (1, 720)


def test_an_overflow_of_the_device(sound: Sound) -> None:
    with Microphone(8_000) as microphone:
        got = hear(microphone, lambda: sound.stream.give(noise(240), overflow=True))
    assert got[0] == Overflow(0)
    assert len(got[1]) == 240
    assert (microphone.n_overflows, microphone.n_dropped_samples) == (1, 0)


def test_stop_gives_what_is_waiting_and_the_tail(sound: Sound) -> None:
    with Microphone(8_000, device=1) as microphone:
        for _ in range(10):
            sound.stream.give(noise(480))
        microphone.stop()
        assert sum(len(chunk) for chunk in microphone) == 10 * 240


@pytest.mark.parametrize("is_noticed", [True, False])
def test_a_device_that_vanishes(sound: Sound, monkeypatch: pytest.MonkeyPatch, is_noticed: bool) -> None:
    monkeypatch.setattr(module, "_FIRST_BLOCK_S", 0.5)
    got: list[Any] = []
    with Microphone(8_000, device=1, timeout_s=0.5 if not is_noticed else 60) as microphone:
        sound.stream.give(noise(480))
        sound.stream.active = not is_noticed
        with pytest.raises(DeviceError, match="'USB Mic' stopped giving sound; was it unplugged"):
            got.extend(microphone)
    assert sum(len(chunk) for chunk in got) == 240


def test_it_can_be_opened_again(sound: Sound) -> None:
    with Microphone(8_000, device=1) as microphone:
        first = sound.stream
        first.active = False
        with pytest.raises(DeviceError, match="stopped giving sound"):
            list(microphone)
        usb, sound.default = sound.devices.pop(1), 2
        with pytest.raises(DeviceError, match="'USB Mic' is not back yet"):
            microphone.reopen()
        sound.devices.append(usb)
        microphone.reopen()
        assert first.is_closed
        assert sound.n_restarts == 2
        assert sound.stream.how["device"] == 3
        got = hear(microphone, lambda: sound.stream.give(noise(480)))
    assert sum(len(chunk) for chunk in got) == 240


def test_a_device_that_several_sound_systems_offer_can_be_opened_again(sound: Sound) -> None:
    sound.devices.append(device("USB Mic", 1, 48_000) | {"hostapi": 1})
    with pytest.raises(DeviceError, match="several devices fit 'USB Mic'"):
        find_device("USB Mic")
    with Microphone(8_000, device=4) as microphone:
        microphone.reopen()
        assert (sound.stream.how["device"], microphone.device_rate_hz) == (4, 48_000)
        sound.devices.pop()
        with pytest.raises(DeviceError, match="no device fits 'USB Mic'"):
            microphone.reopen()


def test_a_device_that_refuses_to_tell_whether_it_is_there(
    sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(stream: Stream) -> bool:
        raise PortAudioError("Unanticipated host error")

    with Microphone(8_000, device=1, timeout_s=60) as microphone:
        sound.stream.give(noise(480))
        monkeypatch.setattr(type(sound.stream), "active", property(refuse), raising=False)
        monkeypatch.setattr(Stream, "abort", lambda stream: None)
        got: list[Any] = []
        with pytest.raises(DeviceError, match="'USB Mic' stopped giving sound"):
            got.extend(microphone)
    assert sum(len(chunk) for chunk in got) == 240


def test_hearing_before_opening() -> None:
    with pytest.raises(DeviceError, match="is not open"):
        next(iter(Microphone(8_000)))


def test_only_inputs_are_listed(sound: Sound) -> None:
    assert [d.name for d in list_devices()] == ["USB Mic", "USB Mic Pro", "Line"]
    assert list_devices()[2] == InputDevice(3, "Line", "ALSA", 2, 8_000, is_default=True)
    assert [d.is_default for d in list_devices()] == [False, False, True]


@pytest.mark.parametrize(
    ("wanted", "index"), [(None, 3), (2, 2), ("2", 2), ("usb mic", 1), ("PRO", 2), ("lin", 3)]
)
def test_devices_by_number_name_and_part_of_a_name(
    sound: Sound, wanted: int | str | None, index: int
) -> None:
    assert find_device(wanted).index == index


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("usb", "several devices fit 'usb'; .*1: USB Mic .ALSA.; 2: USB Mic Pro"),
        ("guitar", "no device fits 'guitar'; .*1: USB Mic .*3: Line"),
        (0, "no device fits 0; "),
    ],
)
def test_devices_that_are_not_clear(sound: Sound, wanted: int | str, message: str) -> None:
    with pytest.raises(DeviceError, match=message):
        find_device(wanted)


def test_no_default(sound: Sound) -> None:
    sound.default = -1
    assert not any(d.is_default for d in list_devices())
    with pytest.raises(DeviceError, match="no device fits the default; give the number"):
        find_device()


def test_no_device_at_all(sound: Sound) -> None:
    sound.devices, sound.default = [], -1
    assert list_devices() == []
    with pytest.raises(DeviceError, match="plug in a microphone"), Microphone(8_000):
        pass


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependency, match="pip install sounddevice"):
        list_devices()


def test_without_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        """An import that fails as sounddevice's does."""

        def find_spec(self, name: str, path: Any, target: Any = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with (
        pytest.raises(MissingDependency, match=r"apt install libportaudio2.*brew install portaudio"),
        Microphone(8_000),
    ):
        pass
