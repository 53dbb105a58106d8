import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechlstm.errors import AudioError
from speechlstm.sources.recording import RecordingWriter

ENDLESS = """
import sys, time
import numpy as np
from speechlstm.sources.recording import RecordingWriter
with RecordingWriter(sys.argv[1], 8000) as recording:
    while True:
        recording.write(np.full(800, 0.5, np.float32))
        if recording.n_samples == 20_000:
            print("ready", flush=True)
            time.sleep(60)
"""


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(-32_768, 32_767, 20_001).astype(np.float32) / 32_768
    with RecordingWriter(tmp_path / "a.wav", 8_000) as recording:
        for piece in np.split(x, [0, 1, 9_000, 9_037]):
            recording.write(piece)
        assert recording.n_samples == len(x)
    y, rate_hz = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert rate_hz == 8_000
    np.testing.assert_array_equal(y, x)


def test_clipping(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.wav", 8_000) as recording:
        recording.write(np.array([1, -1, 1.5, -9, np.nan, np.inf, 0.5 / 32_768, 0.6 / 32_768], np.float32))
    y, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert y.tolist() == [32_767, -32_768, 32_767, -32_768, 0, 32_767, 0, 1]


def test_what_the_header_cannot_say_is_whole_samples(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.wav", 8_000) as recording:
        recording.n_samples = 2**31 + 7  # as after 75 hours
    riff, data = struct.unpack("<4xI32xI", (tmp_path / "a.wav").read_bytes()[:44])
    assert data % 2 == 0 and 0xFFFFFFFF - 44 - data < 2 and riff == data + 36


def test_nothing_is_a_file_too(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.wav", 8_000):
        pass
    assert soundfile.info(tmp_path / "a.wav").frames == 0


def test_it_can_be_played_while_it_is_written(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.wav", 8_000) as recording:
        for n_written in range(800, 40_000, 800):
            recording.write(np.zeros(800, np.float32))
            assert n_written - 8_000 < soundfile.info(tmp_path / "a.wav").frames <= n_written


def test_kill_9_leaves_a_file_that_plays(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDLESS, str(tmp_path / "a.wav")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, signal.SIGKILL)
    y, _ = soundfile.read(tmp_path / "a.wav")
    assert 12_000 <= len(y) <= 20_000
    assert (y == 0.5).all()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(AudioError, match=r"cannot be written .*No such file"),
        RecordingWriter(tmp_path / "no/a.wav", 8),
    ):
        pass
    with (
        pytest.raises(AudioError, match=r"cannot be written .*Is a directory"),
        RecordingWriter(tmp_path, 8_000),
    ):
        pass


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs Linux's /dev/full, a disk that is always full"
)
def test_a_full_disk() -> None:
    with (
        pytest.raises(
            AudioError, match=r"writing failed \(No space left on device\) after 0.0 s; .*free some space"
        ),
        RecordingWriter("/dev/full", 8_000),
    ):
        pass


def test_writing_before_opening(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is not open"):
        RecordingWriter(tmp_path / "a.wav", 8_000).write(np.zeros(1, np.float32))
