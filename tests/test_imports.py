"""What only a fresh process shows: who imports what."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OF_TRAINING = {"jax", "keras", "librosa", "numba", "onnx", "scipy", "sklearn", "tensorflow", "torch"}
OF_RUNNING = {"numpy", "onnxruntime", "soundfile", "soxr"}
OF_SOME_COMMANDS = {"click", "jiwer", "rich", "sounddevice"}
HEAVY = OF_TRAINING | OF_RUNNING | OF_SOME_COMMANDS


def loaded(code: str, *arguments: str | Path) -> set[str]:
    """The heavy packages that are loaded after ``code`` has run in a process of its own."""
    code += "\nimport json, sys\nprint(json.dumps([name for name in sys.modules if '.' not in name]))"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


def test_the_package_costs_nothing() -> None:
    assert loaded("import speechlstm; speechlstm.__version__, speechlstm.SpeechLSTMError") == set()


@pytest.mark.parametrize("module", ["errors", "timing", "messages", "config"])
def test_what_all_share_costs_nothing(module: str) -> None:
    assert loaded(f"import speechlstm.{module}") == set()


def test_recognising_needs_nothing_of_training(tiny_bundle: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from speechlstm import Recognizer\n"
        "recognizer = Recognizer.load(sys.argv[1])\n"
        "recognizer.transcribe(np.zeros(8000, np.float32))\n"
        "stream = recognizer.stream()\n"
        "stream.feed(np.zeros(8000, np.float32)), stream.finish()\n"
    )
    found = loaded(code, tiny_bundle)
    assert found == {"numpy", "onnxruntime", "soundfile"}


def test_another_rate_loads_soxr_and_no_more(tiny_bundle: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from speechlstm import Recognizer\n"
        "Recognizer.load(sys.argv[1]).transcribe(np.zeros(8000, np.float32), sample_rate_hz=16000)\n"
    )
    assert loaded(code, tiny_bundle) == OF_RUNNING


def run_command(*arguments: str | Path) -> set[str]:
    """The heavy packages that a command has loaded when it is done."""
    code = (
        "import sys\nfrom speechlstm.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
    )
    return loaded(code, *arguments)


def test_transcribe_needs_nothing_of_training_and_no_sound_device(tiny_bundle: Path) -> None:
    found = run_command("transcribe", ROOT / "samples" / "digits.wav", "-m", tiny_bundle)
    assert found >= OF_RUNNING
    assert not found & (OF_TRAINING | {"sounddevice"})


def test_inspect_needs_nothing_of_training(tiny_bundle: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    found = run_command(
        "inspect", tiny_bundle, ROOT / "samples" / "digits.wav", "--duration", "1", "-o", page
    )
    assert page.exists()
    assert not found & (OF_TRAINING | {"sounddevice"})


@pytest.mark.parametrize(
    "command",
    [
        "",
        "transcribe",
        "listen",
        "evaluate",
        "new-recipe",
        "train",
        "models",
        "devices",
        "doctor",
        "bench",
        "inspect",
    ],
)
def test_help_loads_nothing_heavy(command: str) -> None:
    assert not run_command(*command.split(), "--help") & (OF_TRAINING | {"onnxruntime", "sounddevice"})


def test_imports_point_one_way() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
