import io
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile
from disks import Torn
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import AudioError
from speechlstm.sources.files import AudioFile
from speechlstm.sources.standard_input import StandardInput


class Pipe:
    """Both ends of a pipe."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.reading: BinaryIO = os.fdopen(reading, "rb")
        self.writing = os.fdopen(writing, "wb", buffering=0)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    with pipe.reading, pipe.writing:
        yield pipe


def raw(samples: np.ndarray) -> bytes:
    return (samples * 32_768).astype("<i2").tobytes()


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(-32_768, 32_767, n).astype(np.float32) / 32_768


def wav(samples: np.ndarray, rate_hz: int = 8_000, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV", subtype=subtype)
    return file.getvalue()


def hear(data: bytes, rate_hz: int = 8_000, **how: int) -> np.ndarray:
    with StandardInput(rate_hz, stream=io.BytesIO(data), **how) as sound:
        return np.concatenate([np.zeros(0, np.float32), *sound])


def test_raw() -> None:
    x = noise(5_001)
    np.testing.assert_array_equal(hear(raw(x), input_rate_hz=8_000), x)
    np.testing.assert_array_equal(hear(raw(x) + b"\x01", input_rate_hz=8_000), x)


def test_a_wav_says_its_own_rate(tmp_path: Path) -> None:
    data = wav(noise(30_000).reshape(-1, 2), 16_000)
    (tmp_path / "a.wav").write_bytes(data)
    with AudioFile(tmp_path / "a.wav", 8_000) as sound:
        expected = np.concatenate(list(sound))
    np.testing.assert_array_equal(hear(data), expected)
    np.testing.assert_array_equal(hear(data, input_rate_hz=44_100), expected)


def test_a_channel() -> None:
    x = noise(2_000).reshape(-1, 2)
    np.testing.assert_array_equal(hear(wav(x), channel=1), x[:, 1])
    with pytest.raises(AudioError, match="no channel 2; it has 2 channels"):
        hear(wav(x), channel=2)
    with pytest.raises(AudioError, match="no channel 1; it has one channel"):
        hear(raw(x), input_rate_hz=8_000, channel=1)


def test_a_wav_that_ends_before_its_header_says() -> None:
    data = wav(noise(16_000).reshape(-1, 2))
    for n_bytes, warning in ((len(data), None), (44 + 4 * 2_000, "is cut short: 0.25 of 1.00 s")):
        with StandardInput(8_000, stream=io.BytesIO(data[:n_bytes])) as sound:
            list(sound)
        assert sound.warning == warning


@pytest.mark.parametrize("n_first", [40_000, 32_044, 1_000, 50])
@pytest.mark.parametrize("is_second", [True, False])
def test_a_second_wav_is_told_of(pipe: Pipe, n_first: int, is_second: bool) -> None:
    x = noise(16_000)
    # a chunk of notes may follow the sound
    data = wav(x) + (wav(x) if is_second else b"LIST\x04\x00\x00\x00INFO")

    def write() -> None:
        for i in range(0, len(data), n_first):
            pipe.writing.write(data[i : i + n_first])
        pipe.writing.close()

    writer = threading.Thread(target=write)
    writer.start()
    with StandardInput(8_000, stream=pipe.reading) as sound:
        np.testing.assert_array_equal(np.concatenate(list(sound)), x)
    pipe.reading.read()
    writer.join()
    told = "holds a second WAV, which was not heard; give them one at a time"
    assert sound.warning == (told if is_second else None)


@pytest.mark.parametrize("n_first", [1, 4, 43, 44, 500])
def test_the_header_can_be_read_before_the_sound(pipe: Pipe, n_first: int) -> None:
    x = noise(4_000)
    data = wav(x)
    source = StandardInput(8_000, stream=pipe.reading)
    pipe.writing.write(data[:n_first])
    writer = threading.Timer(0.05, lambda: pipe.writing.write(data[n_first:]))
    writer.start()
    source.read_header()
    source.read_header()
    assert (source.source_rate_hz, source.n_channels) == (8_000, 1)
    np.testing.assert_array_equal(np.concatenate(list(source)), x)
    writer.join()


def test_chunks_are_as_short_as_asked() -> None:
    source = StandardInput(8_000, input_rate_hz=8_000, stream=io.BytesIO(raw(noise(9_000))), chunk_ms=60)
    assert max(len(chunk) for chunk in list(source)[1:]) == 480


@settings(deadline=None, max_examples=30)
@given(sizes=st.lists(st.integers(1, 999), min_size=1, max_size=30), rate_hz=st.sampled_from([8_000, 16_000]))
def test_writes_of_any_size(sizes: list[int], rate_hz: int) -> None:
    x = noise(4_000)
    data, pipe = wav(x, rate_hz), Pipe()

    def write() -> None:
        with pipe.writing:
            at = 0
            for size in [*sizes, len(data)]:
                pipe.writing.write(data[at : at + size])
                at += size

    writer = threading.Thread(target=write)
    writer.start()
    with pipe.reading, StandardInput(8_000, stream=pipe.reading) as sound:
        y = np.concatenate(list(sound))
    writer.join()
    np.testing.assert_array_equal(y, hear(data))


@pytest.mark.parametrize(
    "start", [b"", wav(noise(10))[:44].replace(b"data\x14\x00\x00\x00", b"data\xff\xff\xff\xff")]
)
def test_what_has_come_is_heard_at_once(pipe: Pipe, start: bytes) -> None:
    x = noise(250)
    source = StandardInput(8_000, input_rate_hz=8_000, stream=pipe.reading)
    # If any of it waited for more, the timer would end the iteration instead.
    rescue = threading.Timer(10, source.stop)
    rescue.start()
    pipe.writing.write(start)
    chunks = iter(source)
    for piece in np.split(x, [100, 102]):
        pipe.writing.write(raw(piece))
        np.testing.assert_array_equal(next(chunks), piece)
    pipe.writing.close()
    assert list(chunks) == []
    assert rescue.is_alive()
    rescue.cancel()


def test_stop_ends_a_silent_pipe(pipe: Pipe) -> None:
    source = StandardInput(8_000, input_rate_hz=16_000, stream=pipe.reading)
    pipe.writing.write(raw(noise(100)))
    timer = threading.Timer(0.2, source.stop)
    timer.start()
    assert sum(len(chunk) for chunk in source) == 50
    timer.join()


def test_the_end_of_a_known_length_ends_it(pipe: Pipe) -> None:
    x = noise(100)
    pipe.writing.write(wav(x))
    np.testing.assert_array_equal(np.concatenate(list(StandardInput(8_000, stream=pipe.reading))), x)


@pytest.mark.parametrize(
    ("data", "how", "message"),
    [
        (b"", {}, "holds no sound"),
        (b"", {"input_rate_hz": 8_000}, "holds no sound"),
        (b"a", {"input_rate_hz": 8_000}, "holds no sound"),
        (bytes(1_000), {}, "give --sample-rate"),
        (b"fLaC" + bytes(1_000), {}, "pipe a WAV"),
        (wav(noise(100))[:30], {}, "ends inside the header"),
        (wav(noise(100))[:44], {}, "holds no sound"),
        (wav(np.array([0, 1, np.nan]), subtype="FLOAT"), {}, "NaN at sample 2"),
    ],
)
def test_errors(data: bytes, how: dict[str, int], message: str) -> None:
    with pytest.raises(AudioError, match=f"standard input.*{message}"):
        hear(data, **how)


def test_nothing_is_told_of_before_the_sound(pipe: Pipe) -> None:
    pipe.writing.close()
    source = StandardInput(8_000, stream=pipe.reading)
    with pytest.raises(AudioError, match=r"standard input: holds no sound \(0 samples\)"):
        source.read_header()
    assert (source.source_rate_hz, source.n_channels) == (0, 0)


def test_a_stop_before_anything_came_is_no_error(pipe: Pipe) -> None:
    source = StandardInput(8_000, stream=pipe.reading)
    source.stop()
    assert list(source) == []


def test_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(AudioError, match="standard input is closed; pipe some sound in"):
        StandardInput(8_000)


def test_a_terminal() -> None:
    leader, follower = os.openpty()
    with os.fdopen(leader), os.fdopen(follower, "rb", buffering=0) as terminal:
        source = StandardInput(8_000, stream=terminal)
        with pytest.raises(AudioError, match="is a terminal, expected sound"), source:
            pass


@pytest.mark.parametrize(
    "command",
    [
        ["sox", "-n", "-r", "16000", "-c", "2", "-b", "24", "-t", "wav", "-", "synth", "1", "sine", "440"],
        ["sox", "-n", "-r", "16000", "-b", "16", "-t", "wav", "-", "synth", "1", "sine", "440"],
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:r=16000:d=1", "-f", "wav", "-"],
    ],
)
def test_what_sox_and_ffmpeg_write_to_a_pipe(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as writer:
        y = np.concatenate(list(StandardInput(8_000, stream=writer.stdout)))
    assert len(y) == 8_000
    assert np.argmax(np.abs(np.fft.rfft(y))) == 440


def test_a_read_that_fails_is_an_error_of_the_sound() -> None:
    heard = []
    with (
        pytest.raises(AudioError, match=r"standard input: cannot be read on \(Input/output error\); check "),
        StandardInput(8_000, input_rate_hz=8_000, stream=Torn(raw(noise(9_000)), 4_096)) as sound,
    ):
        heard.extend(sound)
    assert sum(map(len, heard)) == 9_000


@pytest.mark.parametrize("n_bytes", [2, 30])
def test_a_stop_within_a_header_is_no_damage(pipe: Pipe, n_bytes: int) -> None:
    pipe.writing.write(wav(noise(100))[:n_bytes])
    with StandardInput(8_000, stream=pipe.reading) as sound:
        threading.Timer(0.2, sound.stop).start()
        assert [len(samples) for samples in sound] == []
