"""What goes wrong in the world, command by command: one line that says what and how to mend it."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner
from disks import Disk
from faults import COMMAND, NO_SPACE, error_line, error_of, fill, process_error_of
from heard import posix
from tiny import speechlike

from speechlstm.bundle import Bundle, save
from speechlstm.cli.main import cli
from speechlstm.errors import MissingDependency
from speechlstm.recognizer import Recognizer
from speechlstm.sources.devices import list_devices


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    soundfile.write(path := tmp_path / "clip.wav", speechlike(12_000), 8000)
    return path


@pytest.fixture
def corrupt(tmp_path: Path) -> Path:
    (path := tmp_path / "corrupt.wav").write_bytes(b"RIFF but no sound" * 99)
    return path


@pytest.fixture
def manifest(tmp_path: Path, clip: Path) -> Path:
    path = tmp_path / "manifest.jsonl"
    path.write_text(json.dumps({"audio": clip.name, "text": "yes no"}) + "\n")
    return path


# a model that was altered, or put together from parts of several


def _alter_graph(folder: Path) -> None:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)


def _alter_rate(folder: Path) -> None:
    described = json.loads((folder / "bundle.json").read_text())
    described["config"]["features"]["sample_rate_hz"] = 16_000
    (folder / "bundle.json").write_text(json.dumps(described))


def _cut(folder: Path) -> None:
    os.truncate(folder / "frontend.npz", 100)


def _lose(folder: Path) -> None:
    (folder / "card.json").unlink()


def _with_features(**features: int) -> Callable[[Path], None]:
    """The bundle with other settings of its front end, and every hash right."""

    def rebuild(folder: Path) -> None:
        b = Bundle.load(folder)
        config = dataclasses.replace(b.config, features=dataclasses.replace(b.config.features, **features))
        save(folder, config, b.front_end, b.model, b.card)

    return rebuild


DAMAGE = {
    "altered": (_alter_graph, "model.onnx was altered or damaged: its SHA-256 is "),
    "altered-rate": (_alter_rate, "bundle.json was altered or damaged: its SHA-256 is "),
    "cut": (_cut, "frontend.npz was altered or damaged: "),
    "lost": (_lose, "card.json cannot be read: No such file or directory; get the model again"),
    "wrong-rate": (_with_features(sample_rate_hz=16_000), "they were made for another sample rate; get the"),
    "other-front-end": (_with_features(n_mels=40), "the settings ask for ((40, 101), "),
}
USES = {
    "transcribe": ["transcribe", "-m", "MODEL", "CLIP"],
    "listen": ["listen", "-m", "MODEL", "--input", "CLIP"],
    "evaluate": ["evaluate", "MODEL", "MANIFEST"],
    "doctor": ["doctor", "MODEL", "CLIP"],
    "verify": ["models", "verify", "MODEL"],
    "show": ["models", "show", "MODEL"],
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("use", USES)
def test_a_damaged_model_is_refused(
    use: str, damage: str, tiny_bundle: Path, clip: Path, manifest: Path, tmp_path: Path
) -> None:
    model = shutil.copytree(tiny_bundle, tmp_path / "model")
    spoil, message = DAMAGE[damage]
    spoil(model)
    places = {"MODEL": model, "CLIP": clip, "MANIFEST": manifest}
    assert message in error_of(*(places.get(part, part) for part in USES[use]))


# sound and lists that cannot be read


def test_corrupt_sound(tiny_bundle: Path, corrupt: Path) -> None:
    assert "corrupt.wav: " in error_of("listen", "-m", tiny_bundle, "--input", corrupt)
    assert "corrupt.wav: " in error_of("doctor", tiny_bundle, corrupt)
    piped = error_of("listen", "-m", tiny_bundle, "--input", "-", input=b"\x01\x02 no sound" * 99)
    assert "neither a WAV nor raw sound of a known rate; give --sample-rate" in piped


def test_a_corrupt_clip_costs_an_evaluation_nothing_else(
    tiny_bundle: Path, manifest: Path, corrupt: Path
) -> None:
    with manifest.open("a") as file:
        file.write(json.dumps({"audio": corrupt.name, "text": "yes"}) + "\n")
    result = CliRunner().invoke(cli, ["evaluate", str(tiny_bundle), str(manifest), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["n_clips"]) == (1, 1)
    assert result.stderr == (
        f"Error: {corrupt}: cannot be read as sound (Format not recognised); if it plays elsewhere, "
        f"convert it: `ffmpeg -i {corrupt} out.wav`\n1 of 2 clips failed\n"
    )


def test_a_corrupt_manifest(tiny_bundle: Path, manifest: Path) -> None:
    manifest.write_bytes(b'{"audio": "clip.wav", "te')
    assert "manifest.jsonl" in error_of("evaluate", tiny_bundle, manifest)


def test_a_corrupt_recipe(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("name = ")
    assert "config.toml is not TOML: " in error_of("train", tmp_path)
    (tmp_path / "config.toml").unlink()
    assert "config.toml cannot be read (No such file or directory)" in error_of("train", tmp_path)


# disks


def test_transcripts_on_a_full_disk(tiny_bundle: Path, clip: Path, disk: Disk) -> None:
    (folder := disk(4)).joinpath("full").write_bytes(bytes(4096))
    error = error_of("transcribe", "-m", tiny_bundle, clip, "-o", folder)
    assert (
        f"cannot write {folder / 'clip.wav.txt'}: {NO_SPACE}; free some space there or choose another"
        in error
    )
    assert os.listdir(folder) == ["full"]


def test_a_disk_that_fills_while_it_records(tiny_bundle: Path, tmp_path: Path, disk: Disk) -> None:
    soundfile.write(long := tmp_path / "long.wav", speechlike(80_000), 8000)
    heard = disk() / "heard.wav"
    command = ["listen", "-m", str(tiny_bundle), "--input", str(long), "--save-audio", str(heard)]
    result = CliRunner().invoke(cli, command)
    error = error_line(result.exit_code, result.stderr)
    assert f"heard.wav: writing failed ({NO_SPACE}) after 4.0" in error
    assert error.endswith("what is there can be played; free some space or choose another disk")
    kept, rate = soundfile.read(heard, dtype="float32")
    assert (rate, len(kept)) == (8000, pytest.approx(32_000, abs=800))
    # the words until then are out
    words = Recognizer.load(tiny_bundle).transcribe(kept).text.split()
    assert len(words) > 3
    assert result.stdout.split()[: len(words) - 2] == words[:-2]


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs Linux's /dev/full, a disk that is always full"
)
@pytest.mark.parametrize("use", ["evaluate", "show"])
def test_standard_output_on_a_full_disk(use: str, tiny_bundle: Path, manifest: Path) -> None:
    places = {"MODEL": str(tiny_bundle), "MANIFEST": str(manifest)}
    with open("/dev/full", "w") as full:
        command = [*COMMAND, *(places.get(part, part) for part in USES[use])]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    error = error_line(done.returncode, done.stderr)
    assert error == f"Error: standard output: {NO_SPACE}; free some space there or choose another folder"


def test_an_unwritable_folder(tiny_bundle: Path, clip: Path, unwritable: Path) -> None:
    use = ["-m", tiny_bundle, clip, "-o"]
    assert f"cannot write {unwritable / 'clip.wav.txt'}: " in error_of("transcribe", *use, unwritable)
    error = error_of("transcribe", *use, unwritable / "new")
    assert f"cannot make the folder {unwritable / 'new'}: " in error
    assert "; choose a folder " in error
    error = error_of("listen", *use[:2], "--input", clip, "--save-audio", unwritable / "heard.wav")
    assert error.endswith("; give a file in a folder that exists and may be written")


@pytest.mark.parametrize("is_full", [True, False])
def test_figures_that_find_no_place_in_the_card_leave_the_model_whole(
    is_full: bool, tiny_bundle: Path, manifest: Path, disk: Disk
) -> None:
    model = shutil.copytree(tiny_bundle, disk(256) / "model")
    if is_full:
        fill(model.parent)
    else:
        subprocess.run(["mount", "-o", "remount,ro", model.parent], check=True)
    error = error_of("evaluate", model, manifest, "--card", "mine")
    cure = f"{NO_SPACE}; free some space" if is_full else "Read-only file system; choose a folder that is not"
    assert f"cannot write {model}: {cure}" in error
    assert sorted(os.listdir(model)) == sorted(os.listdir(tiny_bundle))
    assert Bundle.load(model).card["name"] == "tiny"


# sound devices


def test_no_sound_device(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechlstm.sources.devices.list_devices", lambda: [])
    expected = "Error: no sound device can be heard; plug in a microphone, or give a file to --input"
    assert error_of("listen", "-m", tiny_bundle) == expected
    assert error_of("listen", "-m", tiny_bundle, "-d", "usb", "--reconnect") == expected


def test_this_machine_without_a_sound_device(tiny_bundle: Path) -> None:
    try:
        found = list_devices()
    except MissingDependency as error:
        pytest.skip(str(error))
    if found:
        pytest.skip("this machine has a sound device")
    assert "no sound device can be heard" in process_error_of("listen", "-m", tiny_bundle)


def test_no_package_for_sound_devices(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for arguments in (["listen", "-m", tiny_bundle], ["listen", "--list-devices"], ["devices"]):
        assert error_of(*arguments).endswith("package sounddevice; install it: `pip install sounddevice`")


def test_no_portaudio_library(tmp_path: Path, tiny_bundle: Path) -> None:
    # what sounddevice does where the library is missing
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    for arguments in (["listen", "-m", tiny_bundle], ["devices"]):
        error = process_error_of(*arguments, env={"PYTHONPATH": path})
        assert "the microphone needs the PortAudio library; install it: `sudo apt install lib" in error


# runs that are killed


@pytest.fixture
def many_clips(tmp_path: Path) -> Path:
    (folder := tmp_path / "clips").mkdir()
    for i in range(400):
        soundfile.write(folder / f"{i:03}.wav", speechlike(24_000, seed=i % 7), 8000)
    return folder


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_transcription_that_is_killed_can_be_gone_on_with(
    number: signal.Signals, tiny_bundle: Path, many_clips: Path, tmp_path: Path
) -> None:
    use = ["transcribe", "-m", str(tiny_bundle), str(many_clips), "-o", str(tmp_path / "out")]
    use += ["-f", "json", "--jobs", "1"]
    with subprocess.Popen([*COMMAND, *use], stderr=subprocess.PIPE, text=True) as process:
        until_s = time.monotonic() + 60
        while not list(tmp_path.glob("out/*.json")) and time.monotonic() < until_s:
            time.sleep(0.005)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert told == ""
    done = list(tmp_path.glob("out/*.json"))
    assert 0 < len(done) < 400
    # nothing is half written
    assert all(json.loads(path.read_text())["duration"] == 3 for path in done)
    result = CliRunner().invoke(cli, [*use, "--skip-existing"])
    assert (result.exit_code, result.stderr) == (0, f"{len(done)} of 400 are there already\n")
    assert len(list(tmp_path.glob("out/*.json"))) == 400
