"""What only a process of its own shows: imports, pipes, signals, memory."""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import soundfile
from heard import wait_until
from tiny import make_tiny_bundle, speechlike

from speechlstm.features.mfcc import MfccConfig

NO_SPACE = "No space left on device; free some space there or choose another folder"
MAIN = "from speechlstm.cli.main import main; main()"
# the most memory of this process alone: ru_maxrss would tell of its parent too
MEMORY = (
    "import atexit, sys\n"
    "def tell():\n"
    "    status = open('/proc/self/status').read()\n"
    "    print(status.partition('VmHWM:')[2].split()[0], file=sys.stderr)\n"
    "atexit.register(tell)\n"
)
linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from Linux's /proc")


def command(*arguments: object, before: str = "") -> list[str]:
    return [sys.executable, "-c", before + MAIN, "transcribe", *map(str, arguments)]


def test_imports_and_start_up(tiny_bundle: Path, clips: Path) -> None:
    heavy = "{'tensorflow', 'keras', 'librosa', 'jiwer', 'rich', 'sounddevice', 'onnx', 'torch', 'scipy'}"
    code = f"import atexit, sys\natexit.register(lambda: print(sorted({heavy} & set(sys.modules))))\n"
    arguments = command(clips, "-m", tiny_bundle, "-o", clips.parent / "out", before=code)
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_names_of_any_language_go_through_a_pipe(tiny_bundle: Path, clips: Path) -> None:
    (clips / "a.wav").rename(clips / "жук.wav")
    # as on Windows
    environment = os.environ | {"PYTHONIOENCODING": "cp1252:strict"}
    for name, start in (("txt", f"{clips / 'b.flac'}: "), ("tsv", "audio\tstart\t")):
        done = subprocess.run(
            command(clips, "-m", tiny_bundle, "-f", name), env=environment, capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, b"")
        told = done.stdout.decode("utf-8")
        assert told.startswith(start) and str(clips / "жук.wav") in told


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their names are Unicode, always")
@pytest.mark.parametrize("name", ["txt", "tsv", "ctm", "json", "jsonl"])
def test_names_that_are_no_unicode(tiny_bundle: Path, clips: Path, name: str) -> None:
    os.rename(clips / "a.wav", os.fsencode(clips) + b"/caf\xe9.wav")
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(command(clips, "-m", tiny_bundle, "-f", name), env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "caf?.wav" in done.stdout.decode("utf-8")


def test_a_broken_pipe_is_quiet(tiny_bundle: Path, clips: Path) -> None:
    for i in range(200):
        shutil.copy(clips / "a.wav", clips / f"a{i}.wav")
    arguments = command(clips, "-m", tiny_bundle, "-f", "json")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"[\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs Linux's /dev/full, a disk that is always full"
)
@pytest.mark.parametrize("name", ["txt", "json"])
def test_standard_output_on_a_full_disk(tiny_bundle: Path, clips: Path, name: str) -> None:
    with open("/dev/full", "w") as full:
        arguments = command(clips, "-m", tiny_bundle, "-f", name)
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True)
    told = f"Error: standard output: {NO_SPACE}\n"
    assert (done.returncode, done.stderr) == (1, told)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX's SIGINT")
def test_an_interrupt_ends_a_pipe_that_says_nothing(tiny_bundle: Path) -> None:
    arguments = command("-", "-m", tiny_bundle, "--sample-rate", "8000")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, **pipes) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(bytes(16_000))
        process.stdin.flush()
        wait_until(lambda: _n_unread(process.stdin) == 0)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert process.stderr.read() == b""


def _n_unread(pipe: IO[bytes]) -> int:
    """Bytes that lie in a pipe."""
    import fcntl
    import termios

    (n,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return n


def _memory_kb(tiny_bundle: Path, chunks: Iterator[bytes]) -> int:
    arguments = command("-", "-m", tiny_bundle, "--sample-rate", "8000", before=MEMORY)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, **pipes) as process:
        assert process.stdin is not None and process.stderr is not None
        for chunk in chunks:
            process.stdin.write(chunk)
        process.stdin.close()
        told = process.stderr.read()
    assert process.returncode == 0
    return int(told)


@linux
def test_memory_does_not_grow_with_a_pipe(tiny_bundle: Path) -> None:
    sound = (32767 * speechlike(80_000)).astype("<i2").tobytes()
    minute = _memory_kb(tiny_bundle, iter([sound] * 6))
    hour = _memory_kb(tiny_bundle, iter([sound] * 360))
    assert hour < 150_000
    assert hour < minute + 15_000


@linux
@pytest.mark.slow
def test_a_day_of_sound_in_a_file(tmp_path: Path) -> None:
    # long frames, so that a day takes seconds
    features = MfccConfig(win_length=400, hop_length=400, fmin_hz=40.0, fmax_hz=4000.0)
    model = make_tiny_bundle(tmp_path / "coarse", features=features)
    with soundfile.SoundFile(tmp_path / "day.wav", "w", 8000, 1, "PCM_16") as day:
        day.write(speechlike(80_000))
    n_bytes = 2 * 24 * 3600 * 8000
    with (tmp_path / "day.wav").open("r+b") as day:
        header = bytearray(day.read(44))
        header[4:8], header[40:44] = (n_bytes + 36).to_bytes(4, "little"), n_bytes.to_bytes(4, "little")
        day.seek(0)
        day.write(header)
        day.truncate(44 + n_bytes)  # a hole: it takes no space
    arguments = command(tmp_path / "day.wav", "-m", model, "-f", "jsonl", before=MEMORY)
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["duration"] == 24 * 3600
    assert int(done.stderr) < 150_000


def test_an_mp3_that_is_none_is_told_of_in_our_words_only(tiny_bundle: Path, tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"{i}.mp3").write_bytes(b"\x80garbage" * 500)
    arguments = command(tmp_path, "-m", tiny_bundle, "--jobs", "2")
    done = subprocess.run(arguments, capture_output=True, text=True)
    told = [
        f"Error: {p}: cannot be read as sound (Format not recognised); " for p in sorted(tmp_path.iterdir())
    ]
    *lines, last = done.stderr.splitlines()
    assert (done.returncode, last, len(lines)) == (1, "3 of 3 failed", 3)
    assert all(line.startswith(start) for line, start in zip(lines, told, strict=True))
