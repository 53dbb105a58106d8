import errno
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from tiny import speechlike

from speechlstm.cli.interrupts import interruptible
from speechlstm.cli.main import cli
from speechlstm.errors import DeviceError
from speechlstm.messages import Overflow
from speechlstm.recognizer import Recognizer

posix = pytest.mark.skipif(os.name == "nt", reason="signals and pipes as POSIX has them")
# what it says before it hears: device and model, delay, how to stop
N_START_LINES = 3


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds at a rate that the model does not have."""
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    soundfile.write(path, speechlike(8 * 16_000), 16_000)
    return path


@pytest.fixture(scope="module")
def words(tiny_bundle: Path, sound: Path) -> list[str]:
    words = Recognizer.load(tiny_bundle).transcribe(sound).text.split()
    assert len(words) > 10
    return words


@pytest.fixture
def listen(tiny_bundle: Path) -> Any:
    """Run the command in this process."""

    def run(*arguments: object, **options: Any) -> Result:
        return CliRunner().invoke(cli, ["listen", "-m", str(tiny_bundle), *map(str, arguments)], **options)

    return run


@pytest.fixture
def start(tiny_bundle: Path) -> Iterator[Any]:
    """Run the command in a process of its own; give it once it hears."""
    processes = []

    def run(*arguments: object, **pipes: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "speechlstm", "listen", "-m", tiny_bundle, *arguments]
        both = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen([str(part) for part in command], **(both | pipes))
        processes.append(process)
        started = [process.stderr.readline() for _ in range(N_START_LINES)]
        assert started[-1] == b"Ctrl+C to stop\n", started
        return process

    yield run
    for process in processes:
        with process:
            process.kill()


def events(lines: str | bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def final_words(lines: str | bytes) -> list[str]:
    return [word for event in events(lines) for word in event.get("text", "").split()]


def raw(path: Path) -> bytes:
    return (soundfile.read(path, dtype="int16")[0]).astype("<i2").tobytes()


def test_a_file_gives_the_words_of_transcribe(listen: Any, sound: Path, words: list[str]) -> None:
    result = listen("--input", sound)
    assert result.exit_code == 0
    assert result.stdout.split() == words
    first, delay, stop, end = result.stderr.splitlines()
    assert first == f"listening to {sound} at 16000 Hz with tiny, latency balanced"
    assert delay == "algorithmic delay 674 ms: 555 ms of the model, 119 ms of resampling"
    assert stop == "Ctrl+C to stop"
    assert end.startswith("heard 8.0 s: real-time factor 0.")
    assert end.endswith(", overflows 0, dropped samples 0")


def test_json_lines(listen: Any, sound: Path, tiny_bundle: Path, words: list[str]) -> None:
    result = listen("--input", sound, "-f", "jsonl", "--latency", "balanced")
    assert final_words(result.stdout) == words
    lines = events(result.stdout)
    assert {tuple(line) for line in lines} == {("partial",), ("text", "result")}
    heard = [word for line in lines if "result" in line for word in line["result"]]
    expected = Recognizer.load(tiny_bundle).transcribe(sound).words
    np.testing.assert_allclose(
        [(w["start"], w["end"], w["conf"]) for w in heard],
        [(w.start_samples / 8_000, w.end_samples / 8_000, w.confidence) for w in expected],
        atol=0.002,
    )


def test_final_words_only(listen: Any, sound: Path, words: list[str]) -> None:
    result = listen("--input", sound, "-f", "jsonl", "--no-partials")
    assert final_words(result.stdout) == words
    assert all("text" in event for event in events(result.stdout))


def test_stats(listen: Any, sound: Path, words: list[str]) -> None:
    *_, last = listen("--input", sound, "--stats").stderr.splitlines()
    assert re.match(rf"words {len(words)}, processing \d\.\d+ s, longest step ", last)
    assert last.endswith(" ms, reconnections 0")


@pytest.mark.parametrize("is_wav", [True, False])
def test_a_pipe_gives_the_words_of_transcribe(
    listen: Any, sound: Path, words: list[str], is_wav: bool
) -> None:
    options = [] if is_wav else ["--sample-rate", 16_000]
    result = listen(
        "--input", "-", "-f", "jsonl", *options, input=sound.read_bytes() if is_wav else raw(sound)
    )
    assert (result.exit_code, final_words(result.stdout)) == (0, words)
    assert result.stderr.startswith("listening to standard input at 16000 Hz with tiny")
    assert "algorithmic delay 674 ms: 555 ms of the model, 119 ms of resampling" in result.stderr


@pytest.mark.parametrize("is_piped", [True, False])
def test_a_wav_cut_short_is_told_of(listen: Any, sound: Path, tmp_path: Path, is_piped: bool) -> None:
    (tmp_path / "cut.wav").write_bytes(cut := sound.read_bytes()[: 44 + 2 * 16_000 * 3])
    result = listen("--input", "-", input=cut) if is_piped else listen("--input", tmp_path / "cut.wav")
    name = "standard input" if is_piped else tmp_path / "cut.wav"
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == f"Warning: {name}: is cut short: 3.00 of 8.00 s"


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
    start: Any, sound: Path, tiny_bundle: Path, number: signal.Signals
) -> None:
    process = start("--input", "-", "--sample-rate", 8_000)
    half, _ = soundfile.read(sound, frames=16_000, dtype="int16")
    process.stdin.write(half.tobytes())
    process.stdin.flush()
    assert select.select([process.stdout], [], [], 10)[0]
    time.sleep(0.5)
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


def test_real_time(start: Any, sound: Path) -> None:
    process = start("--input", sound, "--real-time", "-f", "jsonl")
    began_s = time.monotonic()
    first = process.stdout.readline()
    assert events(first)
    assert time.monotonic() - began_s < 7
    process.stdout.read()
    assert 7 < time.monotonic() - began_s < 20


def test_the_recording_gives_the_same_words(listen: Any, sound: Path, tmp_path: Path) -> None:
    heard, again = tmp_path / "heard.wav", tmp_path / "again.wav"
    listen("--input", sound, "--save-audio", heard)
    assert soundfile.info(heard).samplerate == 8_000
    assert soundfile.info(heard).frames == 64_000
    # random weights may take a rounding to 16 bits for another word: sound that has it needs none
    result = listen("--input", heard, "--save-audio", again)
    assert again.read_bytes() == heard.read_bytes()
    assert len(result.stdout.split()) > 10
    assert listen("--input", again).stdout == result.stdout


@posix
def test_the_recording_can_be_played_after_a_kill(start: Any, sound: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    process = start("--input", "-", "--sample-rate", 16_000, "--save-audio", heard)
    process.stdin.write(raw(sound)[: 2 * 16_000 * 5])
    process.stdin.flush()
    until_s = time.monotonic() + 20
    while heard.stat().st_size < 2 * 8_000 * 4 and time.monotonic() < until_s:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    x, rate = soundfile.read(heard)
    assert rate == 8_000
    assert 3 * 8_000 <= len(x) <= 5 * 8_000
    assert np.std(x) > 0.01


def test_a_recording_on_a_full_disk(
    listen: Any, sound: Path, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_writes = 0

    def write(file: Any, data: Any) -> None:
        nonlocal n_writes
        n_writes += 1
        if n_writes > 60:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.write(data)

    monkeypatch.setattr("speechlstm.sources.recording._write_all", write)
    result = listen("--input", sound, "--save-audio", tmp_path / "heard.wav")
    assert result.exit_code == 1
    assert 3 < len(result.stdout.split()) < len(words)
    assert "heard.wav: writing failed (No space left on device) after" in result.stderr


def test_a_recording_that_cannot_be_made(listen: Any, sound: Path, tmp_path: Path) -> None:
    result = listen("--input", sound, "--save-audio", tmp_path / "none" / "heard.wav")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "heard.wav: cannot be written (No such file or directory); give a file" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--real-time"], "give --input"),
        (["--channel", "0"], "give --input"),
        (["--input", "a.wav", "-d", "usb"], "leave --input out"),
        (["--input", "-", "--reconnect"], "leave --input out"),
        (["--input", "a.wav", "--sample-rate", "8000"], "give --input -"),
        (["--sample-rate", "8000"], "give --input -"),
        (["-f", "srt"], "'srt' is not one of 'text', 'jsonl'"),
    ],
)
def test_options_that_do_not_go_together(listen: Any, arguments: list[str], message: str) -> None:
    result = listen(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_recording_does_not_overwrite_the_input(listen: Any, sound: Path) -> None:
    size = sound.stat().st_size
    result = listen("--input", sound, "--save-audio", sound)
    assert (result.exit_code, sound.stat().st_size) == (2, size)
    assert "--save-audio would overwrite --input" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "none.wav"], "Error: none.wav: no such file; check the name\n"),
        (["--input", "-"], "standard input: holds no sound (0 samples)"),
        (["--input", "."], "Error: .: is a folder, expected a file; name one of the files in it\n"),
        (["--input", ""], "Error: an empty path, expected a file"),
        (["--input", "-", "-m", "none"], "Error: no model 'none'"),
    ],
)
def test_mistakes(listen: Any, arguments: list[str], message: str) -> None:
    result = listen(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


@posix
def test_nothing_on_standard_input_is_told_before_anything_is_announced(tiny_bundle: Path) -> None:
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(tiny_bundle), "--input", "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    told = "Error: standard input: holds no sound (0 samples); check the command before the pipe\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command], capture_output=True, text=True)
    told = "Error: standard input is closed; pipe some sound in\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


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


def test_devices_can_be_listed(listen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechlstm.sources.devices.list_devices", lambda: [])
    result = listen("--list-devices")
    assert result.exit_code == 1
    assert result.stderr.startswith("no sound device can be heard")


def test_help_has_an_example(listen: Any) -> None:
    assert "  speechlstm listen --input samples/digits.wav --real-time\n" in listen("-h").stdout


def test_utterances_are_lines(listen: Any, sound: Path, words: list[str]) -> None:
    plain = listen("--input", sound, "--endpoint-silence-s", "0.03", "--endpoint-max-s", "0.5")
    assert plain.exit_code == 0
    assert plain.stdout.split() == words
    told = listen("--input", sound, "-f", "jsonl", "--endpoint-silence-s", "0.03", "--endpoint-max-s", "0.5")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    utterances = [line for line in lines if "text" in line]
    assert [one["text"] for one in utterances] == plain.stdout.splitlines()
    assert len(utterances) > 3
    assert all(set(one) == {"text", "conf", "result"} for one in utterances)
    assert all(set(line) <= {"text", "conf", "result", "partial"} for line in lines)
    longer = listen("--input", sound, "--endpoint", "long").stdout.splitlines()
    assert len(longer) < len(utterances)
    assert " ".join(longer).split() == words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--endpoint", "brief"], "'brief' is not one of 'short', 'default', 'long'"),
        (["--endpoint-silence-s", "0"], "--endpoint-silence-s"),
        (["--endpoint-max-s", "-1"], "--endpoint-max-s"),
        (["--endpoint-silence-s", "soon"], "'soon' is not a valid float"),
    ],
)
def test_endpoints_that_cannot_be(listen: Any, sound: Path, options: list[str], message: str) -> None:
    result = listen("--input", sound, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_sensor_has_no_endpoint() -> None:
    root = Path(__file__).parents[2]
    command = [
        "listen",
        "-m",
        str(root / "models" / "activity"),
        "--input",
        str(root / "samples" / "wrist.csv"),
    ]
    result = CliRunner().invoke(cli, [*command, "--endpoint", "short"])
    assert result.exit_code == 1
    assert "Error: an endpoint is for models of words; activity decodes by 'segments'" in result.stderr
