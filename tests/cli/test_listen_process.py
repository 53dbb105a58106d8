"""What only a process of its own shows: signals, pipes, full disks, imports."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from heard import N_START_LINES, events, final_words, posix, raw, wait_until

from speechlstm.cli.interrupts import interruptible
from speechlstm.recognizer import Recognizer

# of a WAV
N_HEADER_BYTES = 44


@posix
def test_a_dribbling_pipe_is_heard_as_it_comes(start: Any, sound: Path, words: list[str]) -> None:
    process = start("--input", "-", "--sample-rate", 16_000, "-f", "jsonl")
    data = raw(sound)
    for i in range(0, len(data) // 2, 999):
        process.stdin.write(data[i : min(i + 999, len(data) // 2)])
        process.stdin.flush()
    early = [process.stdout.readline() for _ in range(8)]
    assert any("partial" in event for event in events(b"".join(early)))
    assert len(final_words(b"".join(early))) >= 2
    process.stdin.write(data[len(data) // 2 :])
    process.stdin.close()
    assert final_words(b"".join([*early, process.stdout.read()])) == words
    assert (process.wait(10), process.stderr.read().count(b"\n")) == (0, 1)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_gives_the_last_words_and_is_no_failure(
    start: Any, sound: Path, tiny_bundle: Path, tmp_path: Path, number: signal.Signals
) -> None:
    kept = tmp_path / "heard.wav"
    process = start("--input", "-", "--sample-rate", 8_000, "--save-audio", kept)
    half, _ = soundfile.read(sound, frames=16_000, dtype="int16")
    process.stdin.write(half.tobytes())
    process.stdin.flush()
    wait_until(lambda: kept.stat().st_size >= N_HEADER_BYTES + half.nbytes)
    process.send_signal(number)
    text = process.stdout.read().decode()
    assert process.wait(10) == 0
    assert text.endswith("\n")
    assert text.split() == Recognizer.load(tiny_bundle).transcribe(half.astype("f") / 32_768).text.split()
    assert process.stderr.read().startswith(b"heard 2.0 s")


def test_the_second_interrupt_does_not_wait() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    asked: list[int] = []
    with pytest.raises(KeyboardInterrupt), interruptible(lambda: asked.append(1)):
        signal.raise_signal(signal.SIGINT)
        assert asked == [1]
        signal.raise_signal(signal.SIGTERM)
    assert asked == [1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@posix
def test_a_second_interrupt_ends_with_130(tiny_bundle: Path) -> None:
    slow = (
        "import time\nfrom speechlstm.cli.main import main\nfrom speechlstm.recognizer import Stream\n"
        "def finish(self):\n print('ending', flush=True)\n time.sleep(60)\n"
        "Stream.finish = finish\nmain()"
    )
    command = [sys.executable, "-c", slow, "listen", "-m", str(tiny_bundle), "--input", "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "--sample-rate", "8000"], **pipes) as process:
        for _ in range(N_START_LINES):
            process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"ending\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert b"Traceback" not in process.stderr.read()


def test_signals_belong_to_the_main_thread() -> None:
    before, during = signal.getsignal(signal.SIGINT), []

    def look() -> None:
        with interruptible():
            during.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert during == [before]


@posix
@pytest.mark.parametrize("format_name", ["text", "jsonl"])
def test_a_reader_that_has_enough_ends_it_quietly(start: Any, sound: Path, format_name: str) -> None:
    process = start("--input", sound, "--real-time", "-f", format_name)
    process.stdout.read(1)
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr.read().startswith(b"heard ")


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs Linux's /dev/full, a disk that is always full"
)
def test_standard_output_on_a_full_disk(start: Any, sound: Path) -> None:
    with open("/dev/full", "w") as full:
        process = start("--input", sound, stdout=full)
        assert process.wait(20) == 1
    told = b"No space left on device; free some space there or choose another folder\n"
    assert process.stderr.read().endswith(b"\nError: standard output: " + told)


def test_real_time(start: Any, sound: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", soundfile.read(sound, frames=4 * 16_000)[0], 16_000)
    process = start("--input", tmp_path / "short.wav", "--real-time", "-f", "jsonl")
    began_s = time.monotonic()
    first = process.stdout.readline()
    assert events(first)
    assert time.monotonic() - began_s < 3
    process.stdout.read()
    assert 3 < time.monotonic() - began_s < 20


@posix
def test_the_recording_can_be_played_after_a_kill(start: Any, sound: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    process = start("--input", "-", "--sample-rate", 16_000, "--save-audio", heard)
    process.stdin.write(raw(sound)[: 2 * 16_000 * 5])
    process.stdin.flush()
    wait_until(lambda: heard.stat().st_size >= 2 * 8_000 * 4)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    x, rate = soundfile.read(heard)
    assert rate == 8_000
    assert 3 * 8_000 <= len(x) <= 5 * 8_000
    assert np.std(x) > 0.01


@posix
def test_nothing_on_standard_input_is_told_before_anything_is_announced(tiny_bundle: Path) -> None:
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(tiny_bundle), "--input", "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    told = "Error: standard input: holds no sound (0 samples); check the command before the pipe\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command], capture_output=True, text=True)
    told = "Error: standard input is closed; pipe some sound in\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


NO_PORTAUDIO = """
import sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
sys.meta_path.insert(0, Finder())
from speechlstm.cli.main import main
main()
"""


def test_without_portaudio_all_but_the_microphone_works(
    tiny_bundle: Path, sound: Path, words: list[str]
) -> None:
    command = [sys.executable, "-c", NO_PORTAUDIO, "listen", "-m", str(tiny_bundle)]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: the microphone needs the PortAudio library; install it: ")
    assert "libportaudio2" in refused.stderr
    done = subprocess.run([*command, "--input", str(sound)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == words


def test_listening_loads_nothing_heavy(tiny_bundle: Path, sound: Path) -> None:
    heavy = "{'tensorflow', 'keras', 'librosa', 'sounddevice', 'rich', 'jiwer', 'onnx', 'scipy'}"
    code = (
        f"import atexit, sys\natexit.register(lambda: print(sorted({heavy} & set(sys.modules))))\n"
        "from speechlstm.cli.main import main\nmain()"
    )
    for arguments in (["-h"], ["-m", str(tiny_bundle), "--input", str(sound)]):
        done = subprocess.run(
            [sys.executable, "-c", code, "listen", *arguments], capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("\n[]\n")
