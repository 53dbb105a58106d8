import json
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from pulse import PulseMicrophone
from tiny import speechlike
from wrist import make_wrist_bundle, write_wrist

from speechlstm.cli import doctor as home
from speechlstm.cli.main import cli
from speechlstm.engine.engine import Answer
from speechlstm.errors import DeviceError, MissingDependency
from speechlstm.recognizer import Recognizer
from speechlstm.sources import devices
from speechlstm.sources.devices import InputDevice

MICROPHONE = InputDevice(3, "USB", "ALSA", 1, 16_000, True)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["doctor", *map(str, arguments)])


def checks(*arguments: str) -> dict[str, tuple[str, str]]:
    return {check["name"]: (check["state"], check["detail"]) for check in json.loads(run("--json").stdout)}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tiny_bundle: Path, tmp_path: Path) -> None:
    """One sound device that gives a tone, and one model."""
    tone = 0.1 * np.sin(np.arange(16_000)).astype(np.float32)
    monkeypatch.setattr(devices, "list_devices", lambda: [MICROPHONE])
    monkeypatch.setattr(home, "_heard", lambda: tone)
    elsewhere = tmp_path / "checkout" / "package" / "bundle" / "places.py"
    monkeypatch.setattr("speechlstm.bundle.places.__file__", str(elsewhere))
    monkeypatch.setenv("SPEECHLSTM_MODELS", str(tiny_bundle.parent))


@pytest.mark.parametrize("command", ["doctor", "devices"])
def test_what_a_library_in_c_says_of_devices_is_dropped(command: str) -> None:
    noisy = (
        "import os\nfrom speechlstm.sources import devices\n"
        "def list_devices():\n    os.write(2, b'ALSA lib pcm.c: no such device\\n')\n    return []\n"
        "devices.list_devices = list_devices\nfrom speechlstm.cli.main import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", noisy, command], capture_output=True, text=True)
    assert "ALSA" not in done.stderr


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    soundfile.write(path := tmp_path / "clip.wav", speechlike(12_345), 8000)
    return path


def test_all_is_well(tiny_bundle: Path) -> None:
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"ok"}
    assert "microphone     level -23 dBFS, peak -20 dBFS over 1 s\n" in result.stdout
    found = checks()
    assert found["model"] == ("ok", f"tiny: whole, 5 words ({tiny_bundle})")
    assert found["sound device"] == ("ok", "*   3  USB  (ALSA, 1 channel, 16000 Hz)")


def test_packages_are_those_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert [line.partition(">")[0] for line in project["dependencies"]] == list(home._NEEDED)
    extras = {
        name: [line.partition(">")[0] for line in lines if not line.startswith("speechlstm[")]
        for name, lines in project["optional-dependencies"].items()
        # that of those who change the program, and a build of what is in another
        if name not in ("test", "gpu")
    }
    assert {name: list(packages) for name, packages in home._OPTIONAL.items()} == extras


@pytest.mark.parametrize(
    ("package", "state", "code"),
    [("soxr", "wrong", 1), ("tensorflow", "absent", 0), ("pyserial", "absent", 0), ("nbformat", "absent", 0)],
)
def test_a_package_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, package: str, state: str, code: int
) -> None:
    def version(name: str) -> str:
        if name == package:
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(home, "version", version)
    assert run().exit_code == code
    assert checks()[package][0] == state
    assert "pip install" in checks()[package][1]


def test_the_extra_of_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(home, "version", version)
    found = checks()
    assert found["matplotlib"][1] == (
        "a picture as PNG needs matplotlib, which is not installed: "
        "pip install 'speechlstm[plot]' (in a checkout: '.[plot]')"
    )
    for package, extra in {"onnx": "train", "paho-mqtt": "sensors", "nbclient": "notebooks"}.items():
        assert f"pip install 'speechlstm[{extra}]'" in found[package][1]


def test_without_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise MissingDependency("the microphone needs the PortAudio library; install it: `apt`")

    monkeypatch.setattr(devices, "load_sounddevice", missing)
    assert run().exit_code == 0
    assert checks()["sound devices"] == (
        "absent",
        "the microphone needs the PortAudio library; install it: `apt`",
    )


def test_without_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "list_devices", lambda: [])
    assert run().exit_code == 0
    assert checks()["sound devices"][0] == "absent"
    assert "microphone" not in checks()


def test_a_microphone_that_refuses_or_is_muted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DeviceError("'USB' cannot be opened")

    monkeypatch.setattr(home, "_heard", refuse)
    assert (run().exit_code, checks()["microphone"]) == (1, ("wrong", "'USB' cannot be opened"))
    monkeypatch.setattr(home, "_heard", lambda: np.zeros(16_000, np.float32))
    assert checks()["microphone"][1].endswith("over 1 s; only silence: is it muted?")


def test_a_damaged_model(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "bundle.json").write_text("{")
    monkeypatch.setenv("SPEECHLSTM_MODELS", str(tmp_path / "models"))
    result = run()
    assert result.exit_code == 1
    assert (
        f"wrong   model          {tmp_path / 'models' / 'broken' / 'bundle.json'} is not JSON"
        in result.stdout
    )
    monkeypatch.setenv("SPEECHLSTM_MODELS", str(tmp_path))
    assert (run().exit_code, checks()["models"][0]) == (0, "absent")


def test_one_answer(tiny_bundle: Path, clip: Path) -> None:
    result = run("tiny", clip)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].split(maxsplit=3)[3] == Recognizer.load(tiny_bundle).transcribe(clip).text
    assert [line.partition(" largest")[0].rstrip() for line in lines[1:-1]] == [
        "chunks of 1 sample",
        "chunks of 37 samples",
        "chunks of 160 samples",
        "chunks of 4000 samples",
        "in a batch with 3 other clips",
    ]
    assert all(line.endswith(", same answer") for line in lines[1:-1])
    assert lines[-1].startswith("one answer: largest difference ") and lines[-1].endswith(", allowed 1e-04")


def test_one_answer_as_json(clip: Path) -> None:
    found = json.loads(run("tiny", clip, "--latency", "low", "--json").stdout)
    assert (found["holds"], found["n_samples"], len(found["ways"])) == (True, 12_345, 5)
    assert 0 <= found["largest_difference"] <= 1e-4


@pytest.mark.parametrize("off", [1e-2, np.nan])
def test_two_answers_exit_1(clip: Path, monkeypatch: pytest.MonkeyPatch, off: float) -> None:
    right = Recognizer.posteriors_batch

    def wrong(self: Recognizer, clips: list[np.ndarray]) -> list[Answer]:
        return [Answer(answer.log_probs - np.float32(off), answer.extent) for answer in right(self, clips)]

    monkeypatch.setattr(Recognizer, "posteriors_batch", wrong)
    result = run("tiny", clip)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("NOT one answer: largest difference ")
    found = json.loads(run("tiny", clip, "--json").stdout, parse_constant=pytest.fail)
    assert (found["holds"], found["largest_difference"] is None) == (False, bool(np.isnan(off)))


@pytest.mark.pulse
def test_the_level_of_a_real_microphone(pulse_microphone: PulseMicrophone) -> None:
    command = [sys.executable, "-c", "from speechlstm.cli.main import main; main()", "doctor", "--json"]
    done = subprocess.run(command, env=pulse_microphone.env, capture_output=True, text=True)
    (level,) = [check for check in json.loads(done.stdout) if check["name"] == "microphone"]
    assert (done.returncode, level["state"]) == (0, "ok")
    assert level["detail"].endswith("peak -120 dBFS over 1 s; only silence: is it muted?")


def test_long_sound_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_MOST_S", 2)
    soundfile.write(path := tmp_path / "long.wav", speechlike(200_000), 8000)
    found = json.loads(run("tiny", path, "--json").stdout)
    assert (found["n_samples"], found["sample_rate_hz"], found["file_s"]) == (16_000, 8000, 25.0)
    assert run("tiny", path).stdout.splitlines()[0] == "checked the first 2.0 of 25.0 s"


def test_a_sensor_does_not_say_how_long_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = make_wrist_bundle(tmp_path / "wrist")
    whole = write_wrist(tmp_path / "data", n_files=1) / "0.csv"
    assert json.loads(run(bundle, whole, "--json").stdout)["file_s"] > 2
    assert not run(bundle, whole).stdout.startswith("checked the first")
    monkeypatch.setattr(home, "_MOST_S", 2)
    monkeypatch.setattr(home, "_LEAST_SAMPLES", 1)
    assert json.loads(run(bundle, whole, "--json").stdout)["file_s"] is None
    assert run(bundle, whole).stdout.splitlines()[0] == "checked the first 2.0 s"


def test_wrong_use(clip: Path) -> None:
    assert run("tiny").exit_code == 2
    assert run("tiny", clip.parent / "gone.wav").stderr.endswith("no such file; check the name\n")
    assert run("nothing", clip).exit_code == 1


def test_training_packages_are_not_imported(clip: Path) -> None:
    heavy = "{'tensorflow', 'keras', 'librosa', 'onnx'}"
    code = (
        f"import atexit, sys\natexit.register(lambda: print(sorted({heavy} & set(sys.modules))))\n"
        "from speechlstm.cli.main import main; main()"
    )
    for arguments in (["doctor"], ["doctor", "tiny", str(clip)]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == "[]"


def test_the_characters_of_a_pen_are_not_joined() -> None:
    root = Path(__file__).parents[2]
    result = run(root / "models" / "pen-digits", root / "samples" / "pen-digits.csv")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split("  ")[-1].strip() == "0 1 2 3 4 5 6 7 8 9"
